/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A user, created when absent and never altered when there. useradd(8) makes him where it can be
 * run; without subordinate ids, because it looks at one file only and for overlap with nobody: they
 * are a change of their own, of one range for both files. Shadow before 4.9 (Debian 11, RHEL 8) takes
 * a count of 0 for a failure: there it gives ids, which are given back at once. The home is 0700; directories above it
 * that are made are 0755, or the mapped ids of the user's own containers could not pass.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/user.h"
#include "setup/account.h"
#include "setup/entry.h"
#include "setup/journal.h"
#include "setup/kind.h"
#include "setup/lock.h"
#include "setup/newuser.h"
#include "setup/shadow.h"
#include "setup/skel.h"
#include "setup/subids.h"
#include "setup/target.h"
#include "setup/tool.h"

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "create the %s '%s'", c->count ? "service account" : "user", c->name);
	if (c->number)
		text_addf(ret, " with the uid %llu", (unsigned long long)c->number);
	if (*c->path)
		text_addf(ret, "%s the home '%s'", c->number ? " and" : " with", c->path);
}

static bool by_tool(const struct target *t)
{
	return t->live && tool_is_here("useradd") && tool_is_here("userdel");
}

static bool is_there(struct target *t, const char *path)
{
	struct stat st;

	return target_stat(t, path, &st) == 0;
}

/* Of those a login may have, and those that refuse one: the first that is there. */
static const char *default_shell(struct target *t, bool system)
{
	static const char *const login[] = { "/bin/bash", "/bin/sh", NULL };
	static const char *const refuse[] = { "/usr/sbin/nologin", "/sbin/nologin", "/bin/false",
		NULL };
	const char *const *at = system ? refuse : login;

	while (at[1] && !is_there(t, *at))
		at++;
	return *at;
}

/* Home and shell as they will be. */
static int decide(struct target *t, const struct change *c, struct entry *entry)
{
	const char *shell = *c->text ? c->text : default_shell(t, c->count != 0);
	int r = *c->path ? entry_note(&entry->path, "%s", c->path)
			 : entry_note(&entry->path, "/home/%s", c->name);

	return r < 0 ? r : entry_note(&entry->text, "%s", shell);
}

static bool is_plain_path(const char *path)
{
	return path[0] == '/' && path[1] && !strpbrk(path, ":\n") && !text_ends(path, "/");
}

/* A home that is there: made for this (an empty directory, a mounted disk), or somebody's. */
static int look_at_home(struct target *t, struct entry *entry, struct error *err)
{
	struct stat st;
	int r;

	if (!is_plain_path(entry->path))
		return error_say(err, -EINVAL,
			"'%s' can be no home: it must be an absolute path without "
			"':' and without '/' at its end",
			entry->path);
	r = target_stat(t, entry->path, &st);
	if (r == 0 && !S_ISDIR(st.st_mode))
		return error_say(err, -ENOTDIR,
			"'%s' is there already and is no directory; give another "
			"--home",
			entry->path);
	if (r == 0 && !skel_is_all(t, entry->path))
		return error_say(err, -ENOTEMPTY,
			"'%s' is there already and is not empty; empty it, or "
			"give another --home",
			entry->path);
	if (r < 0 && r != -ENOENT)
		return error_set(err, r, "cannot look at '%s'", entry->path);
	if (r == 0)
		return 0;
	r = entry_add_parents(entry, t, entry->path);
	if (r >= 0)
		r = entry_add(entry, EFFECT_HOME, entry->path);
	return r < 0 ? error_set(err, r, "cannot keep a record of '%s'", entry->path) : 0;
}

/* One whose making by a run of ours was cut short is completed; any other is left as he is. */
static int look_at_user(
	struct target *t, const struct account *who, struct entry *entry, struct error *err)
{
	int r;

	if (!journal_was_cut(t, CHANGE_USER, who->name))
		return LOOK_DONE;
	r = newuser_note_missing(t, who, entry, err);
	if (r != 0)
		return r < 0 ? r : LOOK_DONE;
	if (entry_note(&entry->path, "%s", who->home) < 0 ||
		entry_note(&entry->words, "complete the user '%s', whose making was cut short",
			who->name) < 0)
		return error_set(err, -ENOMEM, "cannot keep a record of '%s'", who->name);
	return LOOK_TODO;
}

static int look_at_rest(
	struct target *t, const struct change *c, const struct entry *entry, struct error *err)
{
	if (*c->text && !is_there(t, entry->text))
		return error_say(err, -ENOENT,
			"there is no shell '%s' on this host; install it, or give another --shell",
			entry->text);
	if (c->count && c->number >= account_default(t, "UID_MIN", 1000))
		return error_say(err, -ERANGE,
			"the uid %llu is no service account's: these are below UID_MIN; give "
			"another "
			"--uid, or leave out --system",
			(unsigned long long)c->number);
	if (c->number && account_has_uid(t, (uid_t)c->number))
		return error_say(err, -EEXIST,
			"the uid %llu is another user's; choose another --uid",
			(unsigned long long)c->number);
	return 0;
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	struct account there;
	int r;

	if (!user_name_is_valid(c->name))
		return error_say(err, -EINVAL, "'%s' can be no user's name", c->name);
	r = account_find(t, c->name, &there, err);
	if (r != -ENOENT)
		return r < 0 ? r : look_at_user(t, &there, entry, err);
	r = decide(t, c, entry);
	if (r < 0)
		return error_set(err, r, "cannot keep a record of '%s'", c->name);
	r = look_at_rest(t, c, entry, err);
	if (r >= 0)
		r = look_at_home(t, entry, err);
	if (r >= 0 && !by_tool(t))
		r = newuser_note(t, c, entry, err);
	return r < 0 ? r : LOOK_TODO;
}

enum {
	USERADD_NO_IDS = 16, /* "can't create subordinate user IDs": nothing has been made then */
};

/* With ids: as many as useradd likes. 0, its status, or a negative errno; not 0 has words. */
static int useradd(struct target *t, const struct change *c, const struct entry *entry,
	bool make_home, bool with_ids, struct error *err)
{
	const char *argv[20] = { "useradd", make_home ? "--create-home" : "--no-create-home",
		"--home-dir", entry->path, "--shell", entry->text, "--key", "UMASK=077", "--key",
		with_ids ? "UMASK=077" : "SUB_UID_COUNT=0", "--key",
		with_ids ? "UMASK=077" : "SUB_GID_COUNT=0" };
	char uid[24];
	size_t n = 12;

	(void)snprintf(uid, sizeof(uid), "%llu", (unsigned long long)c->number);
	if (c->count)
		argv[n++] = "--system";
	if (c->number) {
		argv[n++] = "--uid";
		argv[n++] = uid;
	}
	/* a system account gets a group of its own only where login.defs says so for users */
	argv[n++] = "--user-group";
	argv[n++] = "--";
	argv[n] = c->name;
	return shadow_status(c->name, t->timeout_s, err, argv);
}

static int add_user(struct target *t, const struct change *c, const struct entry *entry,
	bool make_home, struct account *ret, struct error *err)
{
	struct error why = { 0 };
	int first = useradd(t, c, entry, make_home, false, &why);
	int r = first == USERADD_NO_IDS ? useradd(t, c, entry, make_home, true, &why) : first;

	if (r != 0) {
		*err = why;
		(void)error_prefix(err, "cannot create the user '%s'", c->name);
		return r > 0 ? -EIO : r;
	}
	r = account_find(t, c->name, ret, err);
	return r < 0 || first == 0 ? r : subids_give_back(t, ret, err);
}

/* HOME_MODE of login.defs(5) has the last word in useradd; here it is ours. */
static int own_home(struct target *t, const struct account *who, struct error *err)
{
	_cleanup_close_ int parent = -1, fd = -1;
	const char *name;

	parent = target_open_parent(t, who->home, &name);
	fd = parent < 0 ? -1
			: openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fchmod(fd, 0700) < 0 || fchown(fd, who->uid, who->gid) < 0)
		return error_set(err, -errno, "cannot give '%s' to its user", who->home);
	return 0;
}

static int apply_by_tool(
	struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	bool make_home = !is_there(t, entry->path);
	struct account who;
	char parent[PATH_MAX];
	int r = account_lock_check(t, err);

	if (r < 0)
		return r;
	(void)text_copy(parent, sizeof(parent), entry->path);
	*strrchr(parent, '/') = '\0';
	if (*parent)
		r = target_mkdirs(t, parent, 0755);
	if (r < 0)
		return error_set(err, r, "cannot make the directories above '%s'", entry->path);
	r = add_user(t, c, entry, make_home, &who, err);
	if (r >= 0 && entry_note(&entry->live, "%u", (unsigned)who.gid) < 0)
		r = error_set(err, -ENOMEM, "cannot keep a record of '%s'", c->name);
	return r < 0 ? r : own_home(t, &who, err);
}

static int make(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	struct account there;

	if (account_find(t, c->name, &there, NULL) == 0)
		return newuser_complete(t, entry, err);
	return by_tool(t) ? apply_by_tool(t, c, entry, err) : newuser_make(t, entry, err);
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	int r = make(t, c, entry, err);

	/* nothing half made: what was made of it goes again */
	if (r < 0)
		(void)!entry_undo_effects(entry, t, NULL);
	return r;
}

/* What useradd made for mail: an empty file. */
static void remove_spool(struct target *t, const char *name)
{
	static const char *const places[] = { "/var/mail", "/var/spool/mail" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		char path[PATH_MAX];
		struct stat st;

		(void)snprintf(path, sizeof(path), "%s/%s", places[i], name);
		if (target_stat(t, path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
			(void)!target_remove(t, path);
	}
}

/* With userdel, or what is left to do after one that was cut short. */
static int remove_by_tool(struct target *t, struct entry *entry, bool is_there, struct error *err)
{
	const char *const argv[] = { "userdel", "--", entry->name, NULL };
	int r = account_lock_check(t, err);

	if (r >= 0 && is_there)
		r = shadow_run(entry->name, t->timeout_s, err, argv);
	else if (r >= 0 && *entry->live)
		r = newuser_forget(t, entry->name, entry->live, err);
	if (r >= 0)
		remove_spool(t, entry->name);
	return r;
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	struct error why = { 0 };
	struct account who;
	int r = account_find(t, entry->name, &who, err);
	bool is_there = r == 0;

	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0 && strcmp(who.home, entry->path) != 0) {
		(void)error_say(err, -ECANCELED, "the user '%s' stays: his home was changed since",
			entry->name);
		return UNDO_LEFT;
	}
	r = by_tool(t) ? remove_by_tool(t, entry, is_there, err) : 0;
	if (r < 0)
		return r;
	r = entry_undo_effects(entry, t, &why);
	if (r <= UNDO_ALL || !is_there) {
		*err = why;
		return r;
	}
	(void)error_say(err, -ECANCELED, "the user is removed; %.800s", why.text);
	return UNDO_PARTLY;
}

const struct kind kind_user = {
	.word = "user",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
