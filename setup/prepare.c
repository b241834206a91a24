/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/prepare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "checks/check.h"
#include "checks/plan.h"
#include "host/host.h"
#include "host/root.h"
#include "setup/account.h"
#include "setup/apply.h"
#include "setup/args.h"
#include "setup/entry.h"
#include "setup/journal.h"
#include "setup/kind.h"
#include "setup/nixos.h"
#include "setup/outcome.h"
#include "setup/storage.h"
#include "setup/target.h"
#include "setup/wanted.h"

/* A user to be made, then all that is his; more for what only shows then, and where another tool was
 * quicker. */
enum {
	ROUNDS = 6
};

/* What one reading of the host gave. */
struct view {
	struct host host;
	struct verdict *verdicts;
	bool *wanted;
};

static void view_done(struct view *view)
{
	host_done(&view->host);
	free(view->verdicts);
	free(view->wanted);
	*view = (struct view){ 0 };
}
#define _cleanup_view_ CLEANUP(view_done)

/* A user still to be made: his home's place is looked at already, so that the plan is whole. */
static void read_wish(struct prepare *p, struct host *host)
{
	struct user wish = host->user;

	if (host->user.state != FACT_ABSENT || !p->args->request.home ||
		!(host->sections & HOST_LSM))
		return;
	wish.state = FACT_KNOWN;
	if (text_copy(wish.home, sizeof(wish.home), p->args->request.home))
		lsm_read(&host->lsm, p->root, &wish, "");
}

static int view_read(struct prepare *p, const char *user, struct view *ret, struct error *err)
{
	size_t count = check_count();
	struct host_parts parts;
	int r;

	*ret = (struct view){ .verdicts = calloc(count, sizeof(*ret->verdicts)),
		.wanted = calloc(count, sizeof(*ret->wanted)) };
	if (!ret->verdicts || !ret->wanted)
		return error_set(err, -ENOMEM, "cannot judge the host");
	for (size_t i = 0; i < count; i++)
		ret->wanted[i] = wanted_check(p->args, p->subject, check_at(i));
	parts = check_parts(ret->wanted);
	parts.sections |= HOST_USER | HOST_OS;
	r = host_read(&ret->host, p->root, user, parts, err);
	if (r >= 0)
		read_wish(p, &ret->host);
	if (r >= 0)
		check_judge(&ret->host, ret->wanted, ret->verdicts);
	return r;
}

static bool wants(const struct view *view, const char *id)
{
	for (size_t i = 0; i < check_count(); i++)
		if (strcmp(check_at(i)->id, id) == 0)
			return view->wanted[i];
	return false;
}

static int refuse_other_user(const struct prepare *p, const struct user *user, struct error *err)
{
	const struct request *request = &p->args->request;
	uint64_t min = account_default(p->target, "UID_MIN", 1000);

	if (request->home && strcmp(user->home, request->home) != 0)
		return error_say(err, -EEXIST,
			"the user '%s' exists with the home '%s', not '%s'; leave "
			"out --home, or move him with usermod(8) first",
			user->name, user->home, request->home);
	if (request->uid && user->uid != request->uid)
		return error_say(err, -EEXIST,
			"the user '%s' exists with the uid %u, not %u; leave out --uid, or change "
			"it with usermod(8) first",
			user->name, (unsigned)user->uid, (unsigned)request->uid);
	if (request->shell && strcmp(user->shell, request->shell) != 0)
		return error_say(err, -EEXIST,
			"the user '%s' exists with the shell '%s', not '%s'; leave out --shell, or "
			"change it with usermod(8) first",
			user->name, user->shell, request->shell);
	if (request->system && user->uid >= min)
		return error_say(err, -EEXIST,
			"the user '%s' exists with the uid %u and is no service account; leave out "
			"--system",
			user->name, (unsigned)user->uid);
	return 0;
}

/* What was asked for and is otherwise with an existing user is never changed behind his back. */
static int refuse_conflicts(const struct prepare *p, const struct view *view, struct error *err)
{
	const struct user *user = &view->host.user;
	const char *storage = p->args->request.storage;
	int r = 0;

	/* to take somebody for absent because nobody could look would make him twice */
	if (user->state == FACT_UNKNOWN && p->subject->takes_users)
		return error_set(err, -user->error, "cannot look up the user '%s'", user->name);
	if (user->state == FACT_ABSENT && p->subject->takes_users && !wants(view, "user.exists"))
		return error_say(err, -ENOENT,
			"there is no user '%s'; 'rpod-setup user %s' makes him", user->name,
			user->name);
	if (user->state == FACT_KNOWN)
		r = refuse_other_user(p, user, err);
	return r >= 0 && storage ? storage_check(p->root, storage, &view->host, err) : r;
}

static bool has_kind(const struct plan *plan, enum change_kind kind)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->changes[i].kind == kind)
			return true;
	return false;
}

/* What was made in it is read anew in the next: a user, and programs that other checks look for. */
static unsigned kinds_of_round(const struct prepare *p, const struct plan *plan, int round)
{
	unsigned all = (1u << CHANGE_KIND_COUNT) - 1, first = 0;
	bool packages = p->args->request.packages;

	if (has_kind(plan, CHANGE_USER))
		first |= 1u << CHANGE_USER;
	if (packages && round == 0 && has_kind(plan, CHANGE_PACKAGE))
		first |= 1u << CHANGE_PACKAGE;
	if (first)
		return first;
	return packages && round > 0 ? all & ~(1u << CHANGE_PACKAGE) : all;
}

/* There is more to be done in the next round. */
static bool is_first_part(unsigned kinds)
{
	return (kinds & ~(1u << CHANGE_USER | 1u << CHANGE_PACKAGE)) == 0;
}

/* Whoever could not be made has nothing that could be made for him. */
static bool lacks_a_user(const struct outcomes *outcomes)
{
	for (size_t i = 0; i < outcomes->count; i++)
		if (outcomes->changes[i].state == OUTCOME_FAILED &&
			strcmp(outcomes->changes[i].kind, kind_of(CHANGE_USER)->word) == 0)
			return true;
	return false;
}

/* A user is there for the checks with the first line useradd writes; a run that was cut after that
 * is completed (kind-user.c looks what is missing). */
static void plan_completion(struct prepare *p, const struct view *view, struct plan *plan)
{
	const struct user *user = &view->host.user;

	if (!p->subject->takes_users || user->state != FACT_KNOWN || !wants(view, "user.exists") ||
		!journal_was_cut(p->target, CHANGE_USER, user->name))
		return;
	plan->check = "user.exists";
	plan_user(plan, user->name, &(struct request){ .home = user->home, .shell = user->shell });
}

/* One reading, one plan, shown and made. 1: look again, a user was made or somebody was quicker. */
static int round_of(
	struct prepare *p, const char *user, int round, struct view *view, struct error *err)
{
	_cleanup_outcomes_ struct outcomes planned = { 0 };
	_cleanup_plan_ struct plan plan = { 0 };
	struct applier a = {
		.args = p->args, .target = p->target, .journal = p->journal, .outcomes = &planned
	};
	int r = refuse_conflicts(p, view, err);

	if (r < 0)
		return r;
	plan_mend(&plan, &view->host, &p->args->request, view->verdicts, view->wanted);
	if (round == 0)
		plan_completion(p, view, &plan);
	if (view->host.os.family == OS_NIXOS) {
		nixos_configure(&plan, &p->outcomes->configuration);
		return plan.failed || text_failed(&p->outcomes->configuration)
			       ? error_set(err, -ENOMEM, "cannot keep the plan")
			       : 0;
	}
	a.kinds = kinds_of_round(p, &plan, round);
	r = apply_show(&a, &plan, err);
	if (r < 0)
		return r;
	p->show(p, user, round, &planned);
	if (p->args->dry_run)
		return outcomes_take(p->outcomes, &planned) < 0
			       ? error_set(err, -ENOMEM, "cannot keep the plan")
			       : 0;
	if (outcomes_take_differences(p->outcomes, &planned) < 0)
		return error_set(err, -ENOMEM, "cannot keep the plan");
	a.outcomes = p->outcomes;
	r = apply_plan(&a, &plan, err);
	if (r >= 0 && round + 1 < ROUNDS && outcomes_forget_again(p->outcomes))
		return 1;
	return r < 0 ? r : is_first_part(a.kinds) && !lacks_a_user(p->outcomes);
}

int prepare_user(struct prepare *p, const char *user, struct error *err)
{
	_cleanup_view_ struct view view = { 0 };
	int r = 1;

	for (int round = 0; r == 1 && round < ROUNDS; round++) {
		view_done(&view);
		r = view_read(p, user, &view, err);
		if (r >= 0)
			r = round_of(p, user, round, &view, err);
		if (r < 0)
			return r;
	}
	if (!p->args->dry_run && *p->outcomes->run) {
		view_done(&view);
		r = view_read(p, user, &view, err);
		if (r < 0)
			return r;
	}
	r = outcome_add_judged(p->outcomes, user ? user : "", view.verdicts, view.wanted);
	if (r < 0)
		return error_set(err, r, "cannot keep the verdicts");
	view.verdicts = NULL;
	view.wanted = NULL;
	return 0;
}

int prepare_plan(struct prepare *p, const char *user, struct plan *ret, struct error *err)
{
	_cleanup_view_ struct view view = { 0 };
	int r = view_read(p, user, &view, err);

	if (r < 0)
		return r;
	plan_mend(ret, &view.host, &p->args->request, view.verdicts, view.wanted);
	ret->host = NULL;
	return ret->failed ? error_set(err, -ENOMEM, "cannot keep the plan") : 0;
}

static bool is_failing(const struct outcomes *outcomes, const struct judged *j, size_t i)
{
	return j->wanted[i] && j->verdicts[i].kind == VERDICT_FAIL &&
	       !outcome_is_pending(outcomes, check_at(i)->id);
}

int prepare_still_failing(const struct outcomes *outcomes)
{
	int failing = 0;

	for (size_t j = 0; j < outcomes->judged_count; j++)
		for (size_t i = 0; i < check_count(); i++)
			failing += is_failing(outcomes, &outcomes->judged[j], i);
	return failing;
}

/* A kernel that cannot is nothing setup or the admin could change on this host; a version of cgroups
 * that only warns is what somebody outside of it decides. */
static bool cannot_be_prepared(const struct args *args, const struct outcomes *outcomes)
{
	for (size_t j = 0; j < outcomes->judged_count; j++)
		for (size_t i = 0; i < check_count(); i++) {
			const struct judged *judged = &outcomes->judged[j];

			if (is_failing(outcomes, judged, i) && !check_at(i)->mend &&
				check_matches(check_at(i), "kernel"))
				return true;
			if (args->boot_alone && judged->wanted[i] &&
				judged->verdicts[i].kind == VERDICT_WARN &&
				check_matches(check_at(i), "cgroup.v2"))
				return true;
		}
	return false;
}

/* 0, or what the first change that failed asks for: 75 where another process holds a lock. */
static int status_of_failed(const struct args *args, const struct outcomes *outcomes)
{
	for (size_t i = 0; i < outcomes->count; i++) {
		const struct outcome *o = &outcomes->changes[i];

		/* what nobody plans unasked: to have said that it cannot be done is no success */
		bool asked = strcmp(o->kind, kind_of(CHANGE_PORT)->word) == 0 ||
			     (args->request.packages &&
				     strcmp(o->kind, kind_of(CHANGE_PACKAGE)->word) == 0);

		if (o->state == OUTCOME_FAILED && (!o->cannot || asked))
			return o->exit_status ? o->exit_status : EXIT_FAILED;
	}
	return 0;
}

int prepare_status(const struct args *args, const struct outcomes *outcomes)
{
	bool changed = *outcomes->run || outcome_count(outcomes, OUTCOME_WOULD);
	int failed = status_of_failed(args, outcomes);

	if (outcomes->configuration.length || cannot_be_prepared(args, outcomes))
		return EXIT_CANNOT_PREPARE;
	if (failed)
		return failed;
	if (!args->dry_run && prepare_still_failing(outcomes) > 0)
		return EXIT_FAILED;
	if (!args->detailed || !changed)
		return 0;
	return outcome_needs(outcomes, NEEDS_REBOOT) ? EXIT_REBOOT : EXIT_CHANGED;
}
