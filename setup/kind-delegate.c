/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Controllers for a user manager that runs already. The drop-in with Delegate= and the reload are
 * changes of their own, and after them systemd *knows* the new set, but the running manager's
 * cgroup.controllers stay as they are until systemd next realises cgroups in that subtree. The
 * system's own manager must start a unit there, in user-UID.slice; one that the user's manager
 * starts is not enough (seen on systemd 257, while 252 is done at the reload). A restart of
 * user@UID.service would be sure, and would end what the user runs: that is left to the admin.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include "base/io.h"
#include "setup/account.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/systemd.h"
#include "setup/target.h"

enum {
	WAIT_MS = 15000, /* a busy or emulated host takes seconds; an idle one 50 ms */
	STEP_MS = 50
};

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "hand '%s' to the running user manager of '%s'", c->text, c->name);
}

static void controllers_of(uid_t uid, struct text *ret)
{
	char path[256];

	(void)snprintf(path, sizeof(path),
		"/sys/fs/cgroup/user.slice/user-%u.slice/user@%u.service/cgroup.controllers",
		(unsigned)uid, (unsigned)uid);
	(void)!io_read_file_at(AT_FDCWD, path, 4096, ret);
}

static bool has_all(uid_t uid, const char *wanted)
{
	_cleanup_text_ struct text has = { 0 };
	char word[32];

	controllers_of(uid, &has);
	for (const char *at = wanted; *at;) {
		size_t n;

		at += strspn(at, " ");
		n = strcspn(at, " ");
		(void)snprintf(word, sizeof(word), "%.*s", (int)n, at);
		if (n && !text_has_word(text_get(&has), word))
			return false;
		at += n;
	}
	return true;
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	_cleanup_text_ struct text has = { 0 };
	struct account who;
	int r;

	(void)entry;
	if (!t->systemd)
		return LOOK_NONE;
	r = account_find(t, c->name, &who, err);
	if (r < 0)
		return r;
	controllers_of(who.uid, &has);
	if (!has.length) /* no manager: it will be born with them */
		return LOOK_NONE;
	return has_all(who.uid, c->text) ? LOOK_DONE : LOOK_TODO;
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	uint64_t deadline = io_now_ms() + WAIT_MS;
	struct error why = { 0 };
	struct account who;
	int r = account_find(t, c->name, &who, err);

	if (r < 0)
		return r;
	/* systemd that does not answer was told by the reload before; a restart is left in any case */
	r = systemd_nudge(who.uid, &why);
	while (r == 0 && !has_all(who.uid, c->text) && io_now_ms() < deadline)
		(void)poll(NULL, 0, STEP_MS);
	if (has_all(who.uid, c->text))
		return 0;
	entry->needs |= NEEDS_RELOGIN;
	return entry_note(&entry->hint, "systemctl restart user@%u.service", (unsigned)who.uid);
}

/* Taken back with the drop-in; settle() has the managers that run hear of it. */
static int undo(struct target *t, struct entry *entry, struct error *err)
{
	(void)t;
	(void)entry;
	(void)err;
	return 0;
}

/* The drop-in may be every user's, so every manager that runs is brought up to date. */
static int settle(struct target *t, struct error *err)
{
	return t->systemd ? systemd_nudge_all(err) : 0;
}

const struct kind kind_delegate = {
	.word = "delegate",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
	.settle = settle,
};
