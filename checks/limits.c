/* SPDX-License-Identifier: Apache-2.0 */
/* Limits per user that many containers meet, whose errors name something else. */
#include <string.h>

#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"

struct limit {
	enum sysctl_key key;
	int64_t least; /* below the kernel's own default somebody lowered it */
	const char *wanted;
	uint64_t good;
};

/* A container takes about 15 keys of its user; the figures to mend with are kind's. */
static const struct limit keys[] = {
	{ SYSCTL_MAX_KEYS, 200, ">= 200", 20000 },
	{ SYSCTL_MAX_KEY_BYTES, 20000, ">= 20000", 500000 },
};

static const struct limit inotify[] = {
	{ SYSCTL_INOTIFY_INSTANCES, 128, ">= 128", 512 },
};

static bool is_low(const struct host *host, const struct limit *limit)
{
	const struct fact_number *live = &host->sysctl.keys[limit->key].live;

	return live->state == FACT_KNOWN && live->value < limit->least;
}

static void judge_limits(const struct host *host, struct verdict *v, const struct limit *limits,
	size_t n, const char *effect)
{
	for (size_t i = 0; i < n; i++) {
		const struct fact_number *live = &host->sysctl.keys[limits[i].key].live;

		if (live->state == FACT_UNKNOWN && v->kind == VERDICT_PASS)
			judge_unknown(v, host, sysctl_path(limits[i].key), live->error);
		if (!is_low(host, &limits[i]))
			continue;
		verdict_warn(
			v, "%s is only %lld", sysctl_name(limits[i].key), (long long)live->value);
		verdict_evidence(v, sysctl_path(limits[i].key), limits[i].wanted, "%lld",
			(long long)live->value);
		verdict_effect(v, effect);
	}
}

static void mend_limits(
	const struct host *host, struct plan *plan, const struct limit *limits, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_low(host, &limits[i]))
			plan_sysctl(plan, sysctl_name(limits[i].key), limits[i].good);
}

static void judge_keys(const struct host *host, struct verdict *v)
{
	judge_limits(host, v, keys, ARRAY_SIZE(keys),
		"after a few containers: 'create keyring: Disk quota exceeded'");
}

static void mend_keys(const struct host *host, const struct request *request, struct plan *plan)
{
	(void)request;
	mend_limits(host, plan, keys, ARRAY_SIZE(keys));
}

static void judge_inotify(const struct host *host, struct verdict *v)
{
	judge_limits(host, v, inotify, ARRAY_SIZE(inotify),
		"after a few containers: 'inotify_init: too many open files'");
}

static void mend_inotify(const struct host *host, const struct request *request, struct plan *plan)
{
	(void)request;
	mend_limits(host, plan, inotify, ARRAY_SIZE(inotify));
}

static const struct check checks[] = {
	{
		.id = "limits.keys",
		.title = "enough kernel keys per user",
		.see = "keyrings(7)",
		.scope = CHECK_HOST,
		.sections = HOST_SYSCTL,
		.judge = judge_keys,
		.mend = mend_keys,
	},
	{
		.id = "limits.inotify",
		.title = "enough inotify instances per user",
		.see = "inotify(7)",
		.scope = CHECK_HOST,
		.sections = HOST_SYSCTL,
		.judge = judge_inotify,
		.mend = mend_inotify,
	},
};

const struct check_group limits_group = { "limits", checks, ARRAY_SIZE(checks) };
