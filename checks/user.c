/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

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

/* Who asks for himself has been let in. */
static void judge_account(const struct host *host, struct verdict *v)
{
	const struct fact_text *account = &host->user.account;
	bool expired = strcmp(account->value, "expired") == 0;

	if (account->state == FACT_UNKNOWN && !judge_is_own(host))
		judge_unknown(v, host, "/etc/shadow", account->error);
	if (account->state != FACT_KNOWN || strcmp(account->value, "fine") == 0)
		return;
	verdict_fail(
		v, expired ? "the account has expired" : "a new password must be chosen first");
	verdict_evidence(v, "/etc/shadow", "an account that is let in", "%.40s", account->value);
	verdict_effect(v, "systemd starts no manager for it, and nobody logs in to it");
	if (expired)
		verdict_fix(v, "sudo chage -E -1 %s && sudo systemctl restart user@%u",
			host->user.name, (unsigned)host->user.uid);
	else
		verdict_fix(v, "sudo passwd %s && sudo systemctl restart user@%u", host->user.name,
			(unsigned)host->user.uid);
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
	{
		.id = "user.account",
		.title = "the account is let in",
		.see = "shadow(5)",
		.scope = CHECK_USER,
		.sections = HOST_USER | HOST_CONTEXT,
		.needs = NEEDS("user.exists"),
		.judge = judge_account,
	},
};

const struct check_group user_group = { "user", checks, ARRAY_SIZE(checks) };
