/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A user manager that runs without a login. The file in /var/lib/systemd/linger is logind's own
 * record of it; writing it and starting user@UID.service does what `loginctl enable-linger` does
 * without needing an answer of logind, which in early boot may wait for the very job that calls us.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "setup/account.h"
#include "setup/entry.h"
#include "setup/journal.h"
#include "setup/kind.h"
#include "setup/login.h"
#include "setup/systemd.h"
#include "setup/target.h"

#define LINGER_DIR "/var/lib/systemd/linger"

enum {
	WAIT_MS = 20000,
	STEP_MS = 100
};

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "let the user manager of '%s' run without a login", c->name);
}

static bool manager_has(uid_t uid, const char *socket)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "/run/user/%u/%s", (unsigned)uid, socket);
	return access(path, F_OK) == 0;
}

static bool is_running(uid_t uid)
{
	return manager_has(uid, "systemd/private");
}

/* A manager that is not to be there without the change: in what a tree boots it runs by it too. */
static bool runs_by_it(const struct target *t, uid_t uid)
{
	return !t->live || (t->systemd && !is_running(uid));
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	struct account who;
	char path[PATH_MAX];
	int r = account_find(t, c->name, &who, err);
	struct stat st;

	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), LINGER_DIR "/%s", c->name);
	r = target_stat(t, path, &st);
	if (r < 0 && r != -ENOENT)
		return error_set(err, r, "cannot look at '%s'", path);
	if (r == 0 && (!t->systemd || is_running(who.uid)))
		return LOOK_DONE;
	if (r == -ENOENT)
		r = entry_add_file(entry, t, path, "", 0);
	if (r >= 0)
		r = entry_note(&entry->live, "%s", runs_by_it(t, who.uid) ? "stopped" : "");
	return r < 0 ? error_set(err, r, "cannot look at '%s'", path) : LOOK_TODO;
}

static bool has_user_bus(void)
{
	return access("/usr/lib/systemd/user/dbus.socket", F_OK) == 0 ||
	       access("/lib/systemd/user/dbus.socket", F_OK) == 0;
}

static void wait_until(uid_t uid, const char *socket, bool there)
{
	uint64_t deadline = io_now_ms() + WAIT_MS;

	while (manager_has(uid, socket) != there && io_now_ms() < deadline)
		(void)poll(NULL, 0, STEP_MS);
}

static int start(struct target *t, const char *user, struct error *err)
{
	struct account who;
	char unit[64];
	int r = account_find(t, user, &who, err);

	if (r < 0 || !t->systemd)
		return r;
	(void)snprintf(unit, sizeof(unit), "user@%u.service", (unsigned)who.uid);
	target_progress(t, "waiting for the user manager");
	r = systemd_start(unit, err);
	if (r >= 0)
		wait_until(who.uid, "systemd/private", true);
	/* the socket of a bus that is not installed never comes: a check of its own says so */
	if (r >= 0 && has_user_bus())
		wait_until(who.uid, "bus", true);
	target_progress(t, NULL);
	if (r >= 0 && !is_running(who.uid))
		return error_say(err, -ETIMEDOUT,
			"'%s' did not come up in %d s; see 'systemctl status "
			"%s'",
			unit, WAIT_MS / 1000, unit);
	return r;
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	int r = entry_write_files(entry, t, 0644, err);

	return r < 0 ? r : start(t, c->name, err);
}

static bool is_ours(struct target *t, const char *user)
{
	int state = journal_state_of(t, CHANGE_USER, user);

	return state == ENTRY_DONE || state == ENTRY_BEGUN;
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	struct account who;
	char unit[64];
	int r = entry_undo_effects(entry, t, err);

	if (r < 0 || r == UNDO_LEFT || !t->systemd || strcmp(entry->live, "stopped") != 0)
		return r;
	/* who is logged in keeps his manager until he logs out, as with `loginctl disable-linger` */
	if (account_find(t, entry->name, &who, err) < 0 || !is_running(who.uid) ||
		login_has_session("/run/systemd", who.uid))
		return 0;
	/* Of a user who will be removed all goes, as `loginctl terminate-user` does: what rpod keeps
	 * from one container to the next outlives the session it was started in. */
	(void)snprintf(unit, sizeof(unit),
		is_ours(t, entry->name) ? "user-%u.slice" : "user@%u.service", (unsigned)who.uid);
	target_progress(t, "stopping the user manager");
	r = systemd_stop(unit, err);
	if (r >= 0)
		wait_until(who.uid, "", false); /* /run/user/UID goes last of all */
	target_progress(t, NULL);
	return r;
}

const struct kind kind_linger = {
	.word = "linger",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
