/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits of a user manager that runs already; the drop-ins and the reload are changes of their own.
 * Of tasks systemd writes the new figure when it next starts something in the user's slice (seen on
 * systemd 257: not at the reload), so it is made to. The limit of open files is one of the process:
 * the manager that runs keeps its own, and a restart would end what the user runs.
 */
#include <stdio.h>
#include <string.h>

#include "host/manager.h"
#include "host/user.h"
#include "setup/account.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/systemd.h"
#include "setup/target.h"
#include "setup/user-manager.h"

static bool is_of_tasks(const struct change *c)
{
	return strcmp(c->text, "tasks") == 0;
}

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "let the running user manager of '%s' have %llu %s", c->name,
		(unsigned long long)c->number, is_of_tasks(c) ? "tasks" : "open files");
}

static bool runs(struct target *t, uid_t uid, struct manager *ret)
{
	const struct user user = { .state = FACT_KNOWN, .uid = uid };

	manager_read(ret, t->root, &user);
	return ret->pid.state == FACT_KNOWN;
}

static bool is_set(struct target *t, const struct change *c, uid_t uid)
{
	struct manager manager;

	(void)runs(t, uid, &manager);
	if (!is_of_tasks(c))
		return manager.nofile.value >= (int64_t)c->number;
	return manager.tasks.value == (int64_t)c->number &&
	       manager.slice_tasks.value >= (int64_t)c->number;
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	struct manager manager;
	struct account who;
	int r;

	if (!t->systemd)
		return LOOK_NONE;
	r = account_find(t, c->name, &who, err);
	if (r < 0)
		return r;
	if (!runs(t, who.uid, &manager)) /* it will be born with them */
		return LOOK_NONE;
	if (is_set(t, c, who.uid))
		return LOOK_DONE;
	if (is_of_tasks(c))
		return LOOK_TODO;
	r = user_manager_needs_restart(entry, who.uid);
	return r < 0 ? r : LOOK_PENDING;
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	struct error why = { 0 };
	struct account who;
	int r = account_find(t, c->name, &who, err);

	if (r < 0)
		return r;
	r = systemd_nudge_all(&why); /* the drop-in is every user's */
	return user_manager_await(t, c, entry, who.uid, r == 0, is_set);
}

/* The drop-ins and the reload are what undo takes back. */
const struct kind kind_limit = {
	.word = "limit",
	.words = words,
	.look = look,
	.apply = apply,
	.settle = user_manager_settle,
};
