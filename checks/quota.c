/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the disk still lets the user have. Files of his containers that belong to one of his
 * subordinate ids count for that id, which has a quota of its own, or none.
 */
#include <stdio.h>

#include "checks/groups.h"
#include "checks/judge.h"

#define FULL 0.95 /* of what is allowed */

/* The limit that is nearly reached, or 0. Above the soft one there is a time of grace. */
static uint64_t reached(const struct quota_limit *limit)
{
	if (limit->hard && (double)limit->used >= (double)limit->hard * FULL)
		return limit->hard;
	return limit->soft && limit->used > limit->soft ? limit->soft : 0;
}

static void judge_quota(const struct host *host, struct verdict *v)
{
	const struct quota *quota = &host->storage.quota;
	uint64_t bytes = reached(&quota->bytes), files = reached(&quota->files);

	if (!host->live || quota->state == FACT_UNKNOWN) {
		judge_unknown(v, host, "quotactl", quota->error);
		return;
	}
	if (quota->state == FACT_ABSENT) {
		verdict_pass(v, "none");
		return;
	}
	if (!bytes && !files)
		return;
	verdict_warn(v, "the user's disk quota is nearly used up");
	if (bytes)
		verdict_evidence(v, "quotactl", "less than the limit", "%llu of %llu MiB",
			(unsigned long long)(quota->bytes.used >> 20),
			(unsigned long long)(bytes >> 20));
	if (files)
		verdict_evidence(v, "quotactl", "less than the limit", "%llu of %llu files",
			(unsigned long long)quota->files.used, (unsigned long long)files);
	verdict_effect(v, "pulling and writing fail soon: 'disk quota exceeded'");
	verdict_fix(v, "take away what is not used: podman system prune");
	verdict_fix(v, "sudo edquota -u %s", host->user.name);
}

static const struct check checks[] = {
	{
		.id = "home.quota",
		.title = "the user's disk quota has room",
		.see = "quota(1)",
		.scope = CHECK_USER,
		.sections = HOST_STORAGE | HOST_USER,
		.needs = NEEDS("user.exists", "home.exists", "home.writable", "home.storage"),
		.judge = judge_quota,
	},
};

const struct check_group quota_group = { "home", checks, ARRAY_SIZE(checks) };
