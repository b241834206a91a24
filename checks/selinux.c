/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"

/* The type in "user:role:type:level", "" where there is none. */
static void type_of(const char *label, char *ret, size_t size)
{
	for (int i = 0; i < 2; i++) {
		label += strcspn(label, ":");
		label += *label == ':';
	}
	(void)snprintf(ret, size, "%.*s", (int)strcspn(label, ":"), label);
}

static bool is_home_type(const struct lsm *lsm)
{
	char has[64], wanted[64];

	type_of(lsm->home_label.value, has, sizeof(has));
	if (text_starts(has, "user_home_"))
		return true;
	if (lsm->home_wanted.state != FACT_KNOWN)
		return false;
	type_of(lsm->home_wanted.value, wanted, sizeof(wanted));
	return text_starts(wanted, "user_home_") && strcmp(has, wanted) == 0;
}

static bool is_on(const struct host *host)
{
	return host->lsm.selinux == SELINUX_ENFORCING || host->lsm.selinux == SELINUX_PERMISSIVE;
}

static void judge_home(const struct host *host, struct verdict *v)
{
	const struct lsm *lsm = &host->lsm;

	if (lsm->selinux == SELINUX_DISABLED) {
		verdict_pass(v, "SELinux is off");
	} else if (!is_on(host)) {
		judge_unknown(v, host, "/sys/fs/selinux", 0);
	} else if (lsm->home_label.state != FACT_KNOWN) {
		judge_unknown(v, host, host->user.home, lsm->home_label.error);
	} else if (is_home_type(lsm)) {
		verdict_pass(v, "%.200s", lsm->home_label.value);
	} else {
		if (lsm->selinux == SELINUX_ENFORCING)
			verdict_fail(v, "the home is not labelled as a home");
		else
			verdict_warn(v, "the home is not labelled as a home (permissive now)");
		verdict_evidence(
			v, host->user.home, "user_home_dir_t", "%.150s", lsm->home_label.value);
		verdict_effect(v, "SELinux keeps containers from their own files");
		if (lsm->home_is_substituted)
			verdict_fix(v, "sudo restorecon -RF %.200s", host->user.home);
		else
			verdict_fix(v,
				"sudo semanage fcontext -a -e /home/%.40s %.100s && sudo "
				"restorecon -RF %.60s",
				host->user.name, host->user.home, host->user.home);
	}
}

static void mend_home(const struct host *host, const struct request *request, struct plan *plan)
{
	char like[80];

	(void)request;
	if (!is_on(host) || host->lsm.home_label.state != FACT_KNOWN || is_home_type(&host->lsm) ||
		text_starts(host->user.home, "/home/"))
		return;
	(void)snprintf(like, sizeof(like), "/home/%s", host->user.name);
	plan_label(plan, host->user.home, like);
}

static const struct check checks[] = {
	{
		.id = "selinux.home",
		.title = "the home is labelled as a home",
		.see = "semanage-fcontext(8)",
		.scope = CHECK_USER,
		.sections = HOST_LSM | HOST_USER,
		.needs = NEEDS("user.exists", "home.exists"),
		.judge = judge_home,
		.mend = mend_home,
	},
};

const struct check_group selinux_group = { "selinux", checks, ARRAY_SIZE(checks) };
