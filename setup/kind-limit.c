/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits of a user manager that runs already; the drop-ins and the reload are changes of their own.
 * Of tasks systemd writes the new figure when it next starts something in the user's slice (seen on
 * systemd 257: not at the reload), so it is made to. The limit of open files is one of the process:
 * the manager that runs keeps its own, and a restart would end what the user runs.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "host/manager.h"
#include "host/user.h"
#include "setup/account.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/systemd.h"
#include "setup/target.h"

enum {
	WAIT_MS = 15000,
	STEP_MS = 50
};

static bool is_of_tasks(const struct change *c)
{
	return strcmp(c->text, "tasks") == 0;
}

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "let the running user manager of '%s' have %llu %s", c->name,
		(unsigned long long)c->number, is_of_tasks(c) ? "tasks" : "open files");
}

static bool is_set(struct target *t, const struct change *c, uid_t uid, bool *ret_runs)
{
	const struct user user = { .state = FACT_KNOWN, .uid = uid };
	struct manager manager;

	manager_read(&manager, t->root, &user);
	*ret_runs = manager.pid.state == FACT_KNOWN;
	if (!is_of_tasks(c))
		return manager.nofile.value == (int64_t)c->number;
	return manager.tasks.value == (int64_t)c->number &&
	       manager.slice_tasks.value >= (int64_t)c->number;
}

static int need_restart(struct entry *entry, uid_t uid)
{
	entry->needs |= NEEDS_RELOGIN;
	return entry_note(&entry->hint, "systemctl restart user@%u.service", (unsigned)uid);
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	struct account who;
	bool runs, set;
	int r;

	if (!t->systemd)
		return LOOK_NONE;
	r = account_find(t, c->name, &who, err);
	if (r < 0)
		return r;
	set = is_set(t, c, who.uid, &runs);
	if (!runs) /* it will be born with them */
		return LOOK_NONE;
	if (set)
		return LOOK_DONE;
	if (is_of_tasks(c))
		return LOOK_TODO;
	r = need_restart(entry, who.uid);
	return r < 0 ? r : LOOK_PENDING;
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	uint64_t deadline = io_now_ms() + WAIT_MS;
	struct error why = { 0 };
	struct account who;
	bool runs, set;
	int r = account_find(t, c->name, &who, err);

	if (r < 0)
		return r;
	r = systemd_nudge_all(&why); /* the drop-in is every user's */
	while (!(set = is_set(t, c, who.uid, &runs)) && r == 0 && io_now_ms() < deadline)
		(void)poll(NULL, 0, STEP_MS);
	return set ? 0 : need_restart(entry, who.uid);
}

/* Taken back with the drop-in; settle() has the managers that run hear of it. */
static int undo(struct target *t, struct entry *entry, struct error *err)
{
	(void)t;
	(void)entry;
	(void)err;
	return 0;
}

static int settle(struct target *t, struct error *err)
{
	return t->systemd ? systemd_nudge_all(err) : 0;
}

const struct kind kind_limit = {
	.word = "limit",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
	.settle = settle,
};
