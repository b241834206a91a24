/* SPDX-License-Identifier: Apache-2.0 */
#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"
#include "checks/request.h"

static void judge_exists(const struct host *host, struct verdict *v)
{
	const struct user *user = &host->user;

	if (user->state == FACT_KNOWN && user->uid == 0) {
		/* skipped because of itself: what needs an ordinary user is skipped with it */
		verdict_skip(v, "root needs no preparation; name a user with --user");
		v->skipped_because = "user.exists";
	} else if (user->state == FACT_KNOWN) {
		verdict_pass(v, "uid %u, home %s", (unsigned)user->uid, user->home);
	} else if (user->state == FACT_ABSENT) {
		verdict_fail(v, "there is no user '%s'", user->name);
		verdict_evidence(v, host->live ? "getpwnam" : "/etc/passwd", "an entry",
			"no entry for '%s'", user->name);
		verdict_effect(v, "nobody to run the containers");
		if (!user_name_is_valid(user->name))
			verdict_fix(v, "choose a name of lower case letters, digits, '_' and '-'");
	} else {
		judge_unknown(v, host, "/etc/passwd", user->error);
		v->skipped_because = judge_exhausted(user->error);
		if (!v->skipped_because)
			v->skipped_because = "user.exists";
	}
}

static void mend_exists(const struct host *host, const struct request *request, struct plan *plan)
{
	if (host->user.state == FACT_ABSENT && user_name_is_valid(host->user.name))
		plan_user(plan, host->user.name, request);
}

static const struct check checks[] = {
	{
		.id = "user.exists",
		.title = "the user exists",
		.see = "useradd(8)",
		.scope = CHECK_USER,
		.sections = HOST_USER,
		.judge = judge_exists,
		.mend = mend_exists,
	},
};

const struct check_group user_group = { "user", checks, ARRAY_SIZE(checks) };
