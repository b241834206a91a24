/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels of what containers are made from: the home, and the storage where it is not in the home.
 * Two things must hold of each: the policy knows the place (host/selinux.c says how that is seen),
 * and the place has the label the policy says. The first lasts, the second works today.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"
#include "checks/request.h"

enum {
	FIX_PATH = 60,
	FIX_LIKE = 80
};

/* The type in "user:role:type:level", "" where there is none. */
static void type_of(const char *label, char *ret, size_t size)
{
	for (int i = 0; i < 2; i++) {
		label += strcspn(label, ":");
		label += *label == ':';
	}
	(void)snprintf(ret, size, "%.*s", (int)strcspn(label, ":"), label);
}

/* Engines label by themselves too, always with another type of the same family. */
static bool is_of_family(const char *a, const char *b, const char *family)
{
	return text_starts(a, family) && text_starts(b, family);
}

static bool suits(const struct fact_text *label, const struct fact_text *wanted)
{
	char a[64], b[64];

	type_of(label->value, a, sizeof(a));
	type_of(wanted->value, b, sizeof(b));
	return strcmp(a, b) == 0 || is_of_family(a, b, "user_home_") ||
	       is_of_family(a, b, "container_");
}

static bool both_known(const struct fact_text *a, const struct fact_text *b)
{
	return a->state == FACT_KNOWN && b->state == FACT_KNOWN;
}

static bool is_known_to_policy(const struct label_place *place)
{
	return !both_known(&place->wanted, &place->model) || suits(&place->wanted, &place->model);
}

static const struct fact_text *expected(const struct label_place *place)
{
	return place->model.state == FACT_KNOWN ? &place->model : &place->wanted;
}

static bool is_mislabelled(const struct label_place *place)
{
	return both_known(&place->has, expected(place)) && !suits(&place->has, expected(place));
}

/* No policy could be asked (no libselinux): a home is known by the name of its type. */
static bool is_no_home(const struct label_place *home)
{
	char type[64];

	type_of(home->has.value, type, sizeof(type));
	return home->has.state == FACT_KNOWN && expected(home)->state != FACT_KNOWN &&
	       !text_starts(type, "user_home_");
}

static bool are_known(const struct label_place *places)
{
	for (size_t i = 0; i < LABEL_PLACES; i++)
		if (!is_known_to_policy(&places[i]))
			return false;
	return true;
}

static bool are_labelled(const struct label_place *places)
{
	for (size_t i = 0; i < LABEL_PLACES; i++)
		if (is_mislabelled(&places[i]))
			return false;
	return true;
}

static bool is_on(const struct host *host)
{
	return host->lsm.selinux == SELINUX_ENFORCING || host->lsm.selinux == SELINUX_PERMISSIVE;
}

/* A home where the policy has homes, as a path for semanage(8). */
static const char *home_like(const struct host *host)
{
	const struct label_place *home = &host->lsm.home[0];

	return host->user.state == FACT_KNOWN && *home->as && are_known(host->lsm.home) &&
			       both_known(&home->wanted, &home->model)
		       ? home->as
		       : host->lsm.home_model;
}

static void say_fix(struct verdict *v, const struct label_place *places, const char *like)
{
	bool by_policy = are_known(places) && expected(places)->state == FACT_KNOWN;

	/* half a path would be another place */
	if (strlen(places->path) > FIX_PATH || strlen(like) > FIX_LIKE)
		return;
	if (by_policy || strcmp(places->path, like) == 0)
		verdict_fix(v, "sudo restorecon -RF %s", places->path);
	else
		verdict_fix(v, "sudo semanage fcontext -a -e %s %s && sudo restorecon -RF %s", like,
			places->path, places->path);
}

static void say_label(struct verdict *v, const struct label_place *place)
{
	char wanted[64] = "user_home_dir_t";

	if (expected(place)->state == FACT_KNOWN)
		type_of(expected(place)->value, wanted, sizeof(wanted));
	verdict_evidence(v, place->path, wanted, "%.150s", place->has.value);
}

static void say_mislabelled(const struct host *host, struct verdict *v,
	const struct label_place *places, const char *what, const char *like)
{
	if (host->lsm.selinux == SELINUX_ENFORCING)
		verdict_fail(v, "%s", what);
	else
		verdict_warn(v, "%s (permissive now)", what);
	for (size_t i = 0; i < LABEL_PLACES; i++)
		if (is_mislabelled(&places[i]) || is_no_home(&places[i]))
			say_label(v, &places[i]);
	verdict_effect(v, "SELinux keeps containers from their own files");
	say_fix(v, places, like);
}

static void say_unknown_to_policy(
	struct verdict *v, const struct label_place *places, const char *what, const char *like)
{
	verdict_warn(v, "the policy does not know the %s", what);
	for (size_t i = 0; i < LABEL_PLACES; i++)
		if (!is_known_to_policy(&places[i]))
			verdict_evidence(v, places[i].path, places[i].model.value,
				"the policy says %.120s", places[i].wanted.value);
	verdict_effect(v, "the next relabelling takes from containers what is theirs");
	say_fix(v, places, like);
}

/* Says nothing where there is no SELinux, or it cannot be asked. */
static bool is_asked(const struct host *host, struct verdict *v)
{
	if (host->lsm.selinux == SELINUX_DISABLED)
		verdict_pass(v, "SELinux is off");
	else if (!is_on(host))
		judge_unknown(v, host, "/sys/fs/selinux", 0);
	else
		return true;
	return false;
}

static void say_closed(struct verdict *v, const struct label_place *above)
{
	verdict_warn(v, "no rule of the policy is for '%.160s'", above->path);
	verdict_evidence(v, above->path, above->model.value, "%.150s", above->has.value);
	verdict_effect(v, "sshd and its like may not pass it: keys in the home are not found");
	verdict_fix(v, "sudo semanage fcontext -a -t home_root_t %.80s && sudo restorecon %.80s",
		above->path, above->path);
}

/* Without the type a container runs in its caller's domain, which is an ordinary user's. */
static void judge_policy(const struct host *host, struct verdict *v)
{
	const char *install = os_install_command(&host->os, OS_PACKAGE_SELINUX_POLICY);

	if (!is_asked(host, v) || host->lsm.container_type == FACT_KNOWN)
		return;
	if (host->lsm.container_type == FACT_UNKNOWN) {
		judge_unknown(v, host, "/sys/fs/selinux/context", host->lsm.container_type_error);
		return;
	}
	verdict_warn(v, "the loaded policy does not know containers");
	verdict_evidence(v, "/sys/fs/selinux/context", "accepted",
		"system_u:system_r:container_t:s0: no such type");
	verdict_effect(v, "containers run in the caller's domain, or are refused their label");
	if (install)
		verdict_fix(v, "sudo %s", install);
	else
		verdict_fix(v, "take a policy with a module for containers; Debian's has one from "
			       "version 13 on");
}

static void judge_home(const struct host *host, struct verdict *v)
{
	const struct label_place *home = host->lsm.home;

	if (!is_asked(host, v))
		return;
	if (home->has.state != FACT_KNOWN)
		judge_unknown(v, host, host->user.home, home->has.error);
	else if (is_mislabelled(home) || is_no_home(home))
		say_mislabelled(
			host, v, home, "the home is not labelled as a home", host->lsm.home_model);
	else if (!are_labelled(home))
		say_mislabelled(host, v, home, "the storage in the home is not labelled",
			host->lsm.home_model);
	else if (!are_known(home))
		say_unknown_to_policy(v, home, "home", host->lsm.home_model);
	else if (*host->lsm.above.path)
		say_closed(v, &host->lsm.above);
	else
		verdict_pass(v, "%.200s", home->has.value);
}

static void storage_like(const struct host *host, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%.3500s%s", home_like(host), LABEL_STORAGE);
}

static void judge_storage(const struct host *host, struct verdict *v)
{
	const struct label_place *storage = host->lsm.storage;
	char like[PATH_MAX];

	if (!is_asked(host, v))
		return;
	storage_like(host, like, sizeof(like));
	if (!*storage->path)
		verdict_pass(v, "images are kept in the home");
	else if (storage->has.state == FACT_UNKNOWN)
		judge_unknown(v, host, storage->path, storage->has.error);
	else if (!are_labelled(storage))
		say_mislabelled(
			host, v, storage, "the storage is not labelled for containers", like);
	else if (!are_known(storage))
		say_unknown_to_policy(v, storage, "storage", like);
	else if (storage->has.state == FACT_KNOWN)
		verdict_pass(v, "%.200s", storage->has.value);
	else
		verdict_pass(v, "'%.200s' is not there yet", storage->path);
}

/* Told to a tree, whose labels nobody can read here: by its lines alone. */
static void mend_in_tree(struct plan *plan, const struct label_place *place, const char *like)
{
	if (strcmp(place->as, place->path) == 0)
		plan_label(plan, place->path, like);
}

static void mend_places(const struct host *host, struct plan *plan,
	const struct label_place *places, const char *like)
{
	if (!host->live)
		mend_in_tree(plan, places, like);
	else if (!are_known(places))
		plan_label(plan, places->path, like);
	else if (!are_labelled(places))
		plan_label(plan, places->path, "");
}

/* The directory whose homes the policy labels by itself: "/home". */
static void find_homes(const struct host *host, char ret[PATH_MAX])
{
	const char *model = host->lsm.home_model;
	const char *slash = strrchr(model, '/');

	(void)snprintf(ret, PATH_MAX, "%.*s", slash ? (int)(slash - model) : 0, model);
}

static bool is_among_homes(const struct host *host, const char *home)
{
	char homes[PATH_MAX];
	size_t n;

	find_homes(host, homes);
	n = strlen(homes);
	return n > 0 && strncmp(home, homes, n) == 0 && home[n] == '/';
}

/*
 * A directory with nothing but this home in it, and no rule of the policy for it, is a directory of
 * homes; so genhomedircon(8) sees it too, when the policy is built the next time. Where other things
 * are beside the home it must not be: rules an admin made for them would not be found any more.
 */
static bool is_for_homes(const struct host *host)
{
	const struct lsm *lsm = &host->lsm;
	size_t n = strlen(lsm->above.path);

	return n > 0 && lsm->home_is_alone && strncmp(lsm->home->path, lsm->above.path, n) == 0 &&
	       lsm->home->path[n] == '/' && !strchr(lsm->home->path + n + 1, '/');
}

static void mend_homes(const struct host *host, struct plan *plan)
{
	const struct label_place *above = &host->lsm.above;
	char homes[PATH_MAX];

	find_homes(host, homes);
	if (!host->live)
		mend_in_tree(plan, above, homes);
	else if (!are_known(host->lsm.home) || !is_known_to_policy(above))
		plan_label(plan, above->path, homes);
	else
		plan_label(plan, above->path, "");
}

static void mend_home(const struct host *host, const struct request *request, struct plan *plan)
{
	const struct label_place *home = host->lsm.home;
	bool among_homes = is_among_homes(host, home->path);

	(void)request;
	if (!judge_has_selinux(host) || !*home->path || (among_homes && !host->live))
		return;
	if (is_no_home(home))
		plan_label(plan, home->path, among_homes ? "" : host->lsm.home_model);
	else if (is_for_homes(host) && strcmp(home->as, home->path) == 0)
		mend_homes(host, plan);
	else
		mend_places(host, plan, home, host->lsm.home_model);
}

static void mend_storage(const struct host *host, const struct request *request, struct plan *plan)
{
	const struct label_place *storage = host->lsm.storage;
	char like[PATH_MAX];

	if (!judge_has_selinux(host))
		return;
	storage_like(host, like, sizeof(like));
	if (request->storage && strcmp(request->storage, storage->path) != 0)
		plan_label(plan, request->storage, like);
	else if (*storage->path)
		mend_places(host, plan, storage, like);
}

static const struct check checks[] = {
	{
		.id = "selinux.policy",
		.title = "the loaded policy knows containers",
		.see = "container_selinux(8)",
		.scope = CHECK_HOST,
		.sections = HOST_LSM | HOST_OS,
		.judge = judge_policy,
	},
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
	{
		.id = "selinux.storage",
		.title = "storage outside the home is labelled as in it",
		.see = "semanage-fcontext(8)",
		.scope = CHECK_USER,
		.sections = HOST_LSM | HOST_USER,
		.needs = NEEDS("user.exists"),
		.judge = judge_storage,
		.mend = mend_storage,
	},
};

const struct check_group selinux_group = { "selinux", checks, ARRAY_SIZE(checks) };
