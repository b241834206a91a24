/* SPDX-License-Identifier: Apache-2.0 */
/* Limits per user that many containers meet, whose errors name something else. */
#include <stdio.h>

#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/setting.h"

/* Below the kernel's own default somebody lowered it. A container takes about 15 keys of its user;
 * the figures to mend with are kind's. */
static const struct setting keys[] = {
	{ SYSCTL_MAX_KEYS, 200, 20000 },
	{ SYSCTL_MAX_KEY_BYTES, 20000, 500000 },
};

static const struct setting inotify[] = {
	{ SYSCTL_INOTIFY_INSTANCES, 128, 512 },
	{ SYSCTL_INOTIFY_WATCHES, 8192, 524288 },
};

static void judge_settings(const struct host *host, struct verdict *v,
	const struct setting *settings, size_t n, const char *effect)
{
	char wanted[32];

	setting_judge_boot(v, host, settings, n);
	for (size_t i = 0; i < n; i++) {
		const struct fact_number *live = &host->sysctl.keys[settings[i].key].live;

		if (live->state == FACT_UNKNOWN && v->kind == VERDICT_PASS)
			judge_unknown(v, host, sysctl_path(settings[i].key), live->error);
		if (!setting_is_low(host, &settings[i]))
			continue;
		(void)snprintf(wanted, sizeof(wanted), ">= %lld", (long long)settings[i].least);
		verdict_warn(
			v, "%s is only %lld", sysctl_name(settings[i].key), (long long)live->value);
		verdict_evidence(
			v, sysctl_path(settings[i].key), wanted, "%lld", (long long)live->value);
	}
	if (v->kind == VERDICT_WARN)
		verdict_effect(v, effect);
}

static void judge_keys(const struct host *host, struct verdict *v)
{
	judge_settings(host, v, keys, ARRAY_SIZE(keys),
		"after a few containers: 'create keyring: Disk quota exceeded'");
}

static void mend_keys(const struct host *host, const struct request *request, struct plan *plan)
{
	(void)request;
	setting_mend(plan, host, keys, ARRAY_SIZE(keys));
}

static void judge_inotify(const struct host *host, struct verdict *v)
{
	judge_settings(host, v, inotify, ARRAY_SIZE(inotify),
		"after a few containers: 'inotify_init: too many open files', or of watches 'no "
		"space left on device'");
}

static void mend_inotify(const struct host *host, const struct request *request, struct plan *plan)
{
	(void)request;
	setting_mend(plan, host, inotify, ARRAY_SIZE(inotify));
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
		.title = "enough inotify instances and watches per user",
		.see = "inotify(7)",
		.scope = CHECK_HOST,
		.sections = HOST_SYSCTL,
		.judge = judge_inotify,
		.mend = mend_inotify,
	},
};

const struct check_group limits_group = { "limits", checks, ARRAY_SIZE(checks) };
