/* SPDX-License-Identifier: Apache-2.0 */
#include "checks/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "checks/check.h"
#include "checks/dropin.h"
#include "checks/judge.h"
#include "checks/request.h"

/*
 * The order of doing: programs before the user who is made with them, the user before what belongs
 * to him, files before the kernel and systemd are told of them, the label before files in the home.
 * Lingering comes after the units were read again: the manager it starts then has its controllers.
 */
static const enum change_kind order[] = {
	CHANGE_PACKAGE,
	CHANGE_USER,
	CHANGE_SUBID,
	CHANGE_MODE,
	CHANGE_CAPS,
	CHANGE_FILE,
	CHANGE_MODULE,
	CHANGE_SYSCTL,
	CHANGE_SHARE,
	CHANGE_APPARMOR,
	CHANGE_KERNEL_ARG,
	CHANGE_RELOAD,
	CHANGE_LINGER,
	CHANGE_DELEGATE,
	CHANGE_LIMIT,
	CHANGE_DIRECTORY,
	CHANGE_LABEL,
	CHANGE_USER_FILE,
	CHANGE_PORT,
	CHANGE_USER_UNIT,
};
_Static_assert(ARRAY_SIZE(order) == CHANGE_KIND_COUNT, "a place per kind");

static void change_done(struct change *c)
{
	free(c->path);
	free(c->name);
	free(c->text);
}

void plan_done(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		change_done(&plan->changes[i]);
	free(plan->changes);
	*plan = (struct plan){ 0 };
}

static bool same(const struct change *a, const struct change *b)
{
	return a->kind == b->kind && a->number == b->number && a->count == b->count &&
	       a->mode == b->mode && strcmp(a->path, b->path) == 0 &&
	       strcmp(a->name, b->name) == 0 && strcmp(a->text, b->text) == 0;
}

static bool known(const struct plan *plan, const struct change *c)
{
	for (size_t i = 0; i < plan->count; i++)
		if (same(&plan->changes[i], c))
			return true;
	return false;
}

/* @like is borrowed: its strings are copied. */
static void add(struct plan *plan, struct change like)
{
	struct change *grown;

	like.check = plan->check;
	like.cost = plan->cost;
	like.path = strdup(like.path ? like.path : "");
	like.name = strdup(like.name ? like.name : "");
	like.text = strdup(like.text ? like.text : "");
	if (like.path && like.name && like.text && known(plan, &like)) {
		change_done(&like);
		return;
	}
	grown = reallocarray(plan->changes, plan->count + 1, sizeof(*grown));
	if (grown)
		plan->changes = grown;
	if (!grown || !like.path || !like.name || !like.text) {
		change_done(&like);
		plan->failed = true;
		return;
	}
	grown[plan->count++] = like;
}

/* The strings of a borrowed change are only read: add() copies them. */
static char *borrow(const char *s)
{
	return (char *)(uintptr_t)s;
}

void plan_user(struct plan *plan, const char *name, const struct request *request)
{
	add(plan, (struct change){
			  .kind = CHANGE_USER,
			  .name = borrow(name),
			  .path = borrow(request->home),
			  .text = borrow(request->shell),
			  .number = request->uid,
			  .count = request->system,
		  });
}

void plan_package(struct plan *plan, const char *name)
{
	add(plan, (struct change){ .kind = CHANGE_PACKAGE, .name = borrow(name) });
}

void plan_no_package(struct plan *plan, const char *name)
{
	add(plan, (struct change){ .kind = CHANGE_PACKAGE,
			  .name = borrow(name),
			  .text = borrow(PLAN_NO_PACKAGE) });
}

void plan_subid(struct plan *plan, const char *user, uint64_t start, uint64_t count)
{
	add(plan, (struct change){
			  .kind = CHANGE_SUBID,
			  .name = borrow(user),
			  .number = start,
			  .count = count,
		  });
}

void plan_file(struct plan *plan, const char *path, mode_t mode, const char *content)
{
	add(plan, (struct change){
			  .kind = CHANGE_FILE,
			  .path = borrow(path),
			  .text = borrow(content),
			  .mode = mode,
		  });
}

void plan_user_file(
	struct plan *plan, const char *user, const char *path, mode_t mode, const char *content)
{
	add(plan, (struct change){
			  .kind = CHANGE_USER_FILE,
			  .name = borrow(user),
			  .path = borrow(path),
			  .text = borrow(content),
			  .mode = mode,
		  });
}

void plan_user_unit(struct plan *plan, const char *user, const char *path, const char *content)
{
	add(plan, (struct change){
			  .kind = CHANGE_USER_UNIT,
			  .name = borrow(user),
			  .path = borrow(path),
			  .text = borrow(content),
			  .mode = 0644,
		  });
}

void plan_mode(struct plan *plan, const char *path, mode_t mode)
{
	add(plan, (struct change){ .kind = CHANGE_MODE, .path = borrow(path), .mode = mode });
}

void plan_caps(struct plan *plan, const char *path, uint64_t caps, const char *words)
{
	add(plan, (struct change){
			  .kind = CHANGE_CAPS,
			  .path = borrow(path),
			  .text = borrow(words),
			  .number = caps,
		  });
}

void plan_share(struct plan *plan, bool kept)
{
	add(plan, (struct change){ .kind = CHANGE_SHARE, .path = borrow("/"), .number = kept });
}

void plan_kernel_arg(struct plan *plan, const char *argument)
{
	add(plan, (struct change){ .kind = CHANGE_KERNEL_ARG, .name = borrow(argument) });
}

void plan_linger(struct plan *plan, const char *user)
{
	add(plan, (struct change){ .kind = CHANGE_LINGER, .name = borrow(user) });
}

void plan_reload(struct plan *plan)
{
	add(plan, (struct change){ .kind = CHANGE_RELOAD });
}

void plan_delegate(struct plan *plan, const char *user, const char *controllers)
{
	add(plan, (struct change){
			  .kind = CHANGE_DELEGATE,
			  .name = borrow(user),
			  .text = borrow(controllers),
		  });
}

void plan_limit(struct plan *plan, const char *user, const char *which, uint64_t value)
{
	add(plan, (struct change){
			  .kind = CHANGE_LIMIT,
			  .name = borrow(user),
			  .text = borrow(which),
			  .number = value,
		  });
}

void plan_directory(struct plan *plan, const char *user, const char *path, mode_t mode)
{
	add(plan, (struct change){
			  .kind = CHANGE_DIRECTORY,
			  .name = borrow(user),
			  .path = borrow(path),
			  .mode = mode,
		  });
}

void plan_label(struct plan *plan, const char *path, const char *like)
{
	add(plan, (struct change){
			  .kind = CHANGE_LABEL,
			  .path = borrow(path),
			  .text = borrow(like),
		  });
}

void plan_apparmor(struct plan *plan, const char *path, bool is_new)
{
	add(plan,
		(struct change){ .kind = CHANGE_APPARMOR, .path = borrow(path), .number = is_new });
}

void plan_sysctl_live(struct plan *plan, const char *key, const char *value)
{
	add(plan, (struct change){
			  .kind = CHANGE_SYSCTL, .name = borrow(key), .text = borrow(value) });
}

void plan_module_now(struct plan *plan, const char *name, bool spare)
{
	add(plan, (struct change){ .kind = CHANGE_MODULE, .name = borrow(name), .number = spare });
}

void plan_port(struct plan *plan, const char *port, const char *firewall)
{
	add(plan, (struct change){
			  .kind = CHANGE_PORT, .name = borrow(port), .text = borrow(firewall) });
}

struct change *plan_find_file(struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->changes[i].kind == CHANGE_FILE &&
			strcmp(plan->changes[i].path, path) == 0)
			return &plan->changes[i];
	return NULL;
}

static bool is_asked(size_t index, const struct verdict *verdicts, const bool *wanted)
{
	const char *cause = verdicts[index].skipped_because;

	if (!check_at(index)->mend || (wanted && !wanted[index]))
		return false;
	if (!cause)
		return true;
	for (size_t i = 0; i < index; i++)
		if (strcmp(check_at(i)->id, cause) == 0)
			return verdicts[i].kind == VERDICT_FAIL && check_at(i)->mend &&
			       (!wanted || wanted[i]);
	return false;
}

/* Packages that will be installed are one change: one transaction brings all of them or none. */
static void join_packages(struct plan *plan)
{
	_cleanup_text_ struct text names = { 0 };
	struct change *first = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < plan->count; i++) {
		struct change *c = &plan->changes[i];
		bool joins = c->kind == CHANGE_PACKAGE && !*c->text;

		if (joins && !text_has_word(text_get(&names), c->name))
			text_addf(&names, "%s%s", names.length ? " " : "", c->name);
		if (joins && first) {
			first->check = c->check;
			change_done(c);
			continue;
		}
		if (joins)
			first = &plan->changes[kept];
		plan->changes[kept++] = *c;
	}
	plan->count = kept;
	if (!first)
		return;
	free(first->name);
	first->name = text_take(&names);
	plan->failed = plan->failed || !first->name;
}

static void bring_into_order(struct plan *plan)
{
	struct change *sorted = calloc(plan->count + 1, sizeof(*sorted));
	size_t n = 0;

	if (!sorted) {
		plan->failed = true;
		return;
	}
	for (size_t k = 0; k < ARRAY_SIZE(order); k++)
		for (size_t i = 0; i < plan->count; i++)
			if (plan->changes[i].kind == order[k])
				sorted[n++] = plan->changes[i];
	free(plan->changes);
	plan->changes = sorted;
}

void plan_keep(struct plan *plan, enum change_kind kind)
{
	size_t kept = 0;

	for (size_t i = 0; i < plan->count; i++)
		if (plan->changes[i].kind == kind)
			plan->changes[kept++] = plan->changes[i];
		else
			change_done(&plan->changes[i]);
	plan->count = kept;
}

/* The change of @plan that @c takes the place of: the same one, or another content for its file. */
static struct change *counterpart(struct plan *plan, const struct change *c)
{
	struct change *file = c->kind == CHANGE_FILE ? plan_find_file(plan, c->path) : NULL;

	for (size_t i = 0; !file && i < plan->count; i++)
		if (same(&plan->changes[i], c))
			return &plan->changes[i];
	return file;
}

void plan_join(struct plan *plan, struct plan *more)
{
	struct change *grown =
		reallocarray(plan->changes, plan->count + more->count + 1, sizeof(*grown));

	if (!grown) {
		plan->failed = true;
		return;
	}
	plan->changes = grown;
	for (size_t i = 0; i < more->count; i++) {
		struct change *there = counterpart(plan, &more->changes[i]);

		if (there)
			change_done(there);
		else
			there = &grown[plan->count++];
		*there = more->changes[i];
	}
	more->count = 0;
	plan->failed = plan->failed || more->failed;
	bring_into_order(plan);
}

void plan_mend(struct plan *plan, const struct host *host, const struct request *request,
	const struct verdict *verdicts, const bool *wanted)
{
	plan->host = host;
	for (size_t i = 0; i < check_count(); i++) {
		if (!is_asked(i, verdicts, wanted))
			continue;
		plan->check = check_at(i)->id;
		check_at(i)->mend(host, request, plan);
	}
	/* what is written into a tree has no label: it gets one at the first boot */
	if (plan->count > 0 && !host->live && judge_has_selinux(host)) {
		plan->check = "selinux.home";
		plan_label(plan, "/", "");
	}
	plan->check = NULL;
	if (request->packages)
		join_packages(plan);
	bring_into_order(plan);
}
