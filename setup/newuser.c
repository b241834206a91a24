/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/newuser.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "setup/account.h"
#include "setup/entry.h"
#include "setup/epoch.h"
#include "setup/lock.h"
#include "setup/newid.h"
#include "setup/skel.h"
#include "setup/table.h"
#include "setup/target.h"

enum {
	SECONDS_PER_DAY = 86400
};

static bool has(struct target *t, const char *path)
{
	struct stat st;

	return target_stat(t, path, &st) == 0;
}

/* Days since 1970, of the last password change. */
static uint64_t today(void)
{
	return epoch_or((uint64_t)time(NULL)) / SECONDS_PER_DAY;
}

/* The line of that name, or nothing. */
static void find_line(const struct text *table, const char *name, struct text *ret)
{
	size_t at = 0, length, n = strlen(name);
	const char *s;

	while (!ret->length && (s = text_line(table->data, table->length, &at, &length)))
		if (length > n && s[n] == ':' && memcmp(s, name, n) == 0)
			text_add_bytes(ret, s, length);
}

/* A line of that name is there when a run was killed between two files: it stays. */
static int note(struct entry *entry, struct target *t, const char *path, const char *name,
	const char *line, struct error *err)
{
	_cleanup_text_ struct text table = { 0 }, there = { 0 };

	if (target_read(t, path, &table, NULL) == 0)
		find_line(&table, name, &there);
	return there.length ? 0 : table_note(entry, t, path, line, err);
}

struct lines {
	struct text group, gshadow, shadow;
};

static void lines_done(struct lines *lines)
{
	text_done(&lines->group);
	text_done(&lines->gshadow);
	text_done(&lines->shadow);
}
#define _cleanup_lines_ CLEANUP(lines_done)

/* All but that of passwd(5). */
static int note_lines(struct target *t, const char *name, uint32_t gid, bool system,
	struct entry *entry, struct error *err)
{
	_cleanup_lines_ struct lines lines = { 0 };
	int r;

	text_addf(&lines.group, "%s:x:%u:", name, (unsigned)gid);
	text_addf(&lines.gshadow, "%s:!::", name);
	/* the password of a service account does not age */
	text_addf(&lines.shadow, system ? "%s:!:%llu::::::" : "%s:!:%llu:0:99999:7:::", name,
		(unsigned long long)today());
	r = note(entry, t, "/etc/group", name, text_get(&lines.group), err);
	if (r >= 0 && has(t, "/etc/gshadow"))
		r = note(entry, t, "/etc/gshadow", name, text_get(&lines.gshadow), err);
	if (r >= 0 && has(t, "/etc/shadow"))
		r = note(entry, t, "/etc/shadow", name, text_get(&lines.shadow), err);
	return r;
}

int newuser_note(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	_cleanup_text_ struct text passwd = { 0 };
	struct newid id = { 0 };
	int r = newid_choose(t, c->name, (uint32_t)c->number, c->count != 0, &id, err);

	if (r < 0)
		return r;
	entry->number = id.uid;
	entry->count = id.gid;
	text_addf(&passwd, "%s:%s:%u:%u::%s:%s", c->name, has(t, "/etc/shadow") ? "x" : "!",
		(unsigned)id.uid, (unsigned)id.gid, entry->path, entry->text);
	r = note_lines(t, c->name, id.gid, c->count != 0, entry, err);
	/* last: with this line the user is there */
	return r < 0 ? r : table_note(entry, t, "/etc/passwd", text_get(&passwd), err);
}

static int make_home(struct target *t, const struct entry *entry, struct error *err)
{
	char parent[PATH_MAX];
	int r;

	(void)text_copy(parent, sizeof(parent), entry->path);
	*strrchr(parent, '/') = '\0';
	r = *parent ? target_mkdirs(t, parent, 0755) : 0;
	if (r >= 0)
		r = skel_make(t, entry->path, (uid_t)entry->number, (gid_t)entry->count);
	return r < 0 ? error_set(err, r, "cannot make the home '%s'", entry->path) : 0;
}

int newuser_make(struct target *t, struct entry *entry, struct error *err)
{
	int r = make_home(t, entry, err);

	return r < 0 ? r : table_add_all(entry, t, err);
}

/* Not there, or half made by a useradd that was cut short; never one that its user has used. */
static bool lacks_home(struct target *t, const struct account *who)
{
	return !skel_is_whole(t, who->home, who->uid, who->gid) &&
	       (!has(t, who->home) || skel_is_all(t, who->home));
}

int newuser_note_missing(
	struct target *t, const struct account *who, struct entry *entry, struct error *err)
{
	int r = note_lines(t, who->name, who->gid, false, entry, err);

	entry->number = who->uid;
	entry->count = who->gid;
	if (r >= 0 && lacks_home(t, who)) {
		r = entry_add_parents(entry, t, who->home);
		if (r >= 0)
			r = entry_add(entry, EFFECT_HOME, who->home);
		if (r < 0)
			(void)error_set(err, r, "cannot keep a record of '%s'", who->home);
	}
	return r < 0 ? r : entry->effect_count == 0;
}

int newuser_complete(struct target *t, struct entry *entry, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < entry->effect_count; i++)
		if (entry->effects[i].what == EFFECT_HOME)
			r = make_home(t, entry, err);
	return r < 0 ? r : table_add_all(entry, t, err);
}

/* Is it what useradd made, and nobody's by now? Of a group: it has no members. */
static bool is_leftover(const char *path, const char *name, const char *gid, const char *line)
{
	_cleanup_text_ struct text wanted = { 0 };

	if (strcmp(path, "/etc/shadow") == 0) /* of no use without the line in passwd */
		return true;
	if (strcmp(path, "/etc/gshadow") == 0)
		text_addf(&wanted, "%s:!::", name);
	else
		text_addf(&wanted, "%s:x:%s:", name, gid);
	return strcmp(text_get(&wanted), line) == 0;
}

static int forget(struct target *t, const char *path, const char *name, const char *gid)
{
	static char no_newline[] = "";
	_cleanup_text_ struct text table = { 0 }, line = { 0 };
	struct effect e = { .what = EFFECT_LINE, .before = no_newline };
	int r = target_read(t, path, &table, NULL);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	find_line(&table, name, &line);
	if (!line.length || !is_leftover(path, name, gid, text_get(&line)))
		return 0;
	e.path = strdup(path);
	e.after_length = line.length;
	e.after = text_take(&line);
	r = e.path && e.after ? table_remove(t, &e) : -ENOMEM;
	free(e.path);
	free(e.after);
	return MIN(r, 0);
}

int newuser_forget(struct target *t, const char *name, const char *gid, struct error *err)
{
	/* as userdel goes on after passwd; gshadow's line is the group's, and stays with it */
	static const char *const paths[] = { "/etc/shadow", "/etc/gshadow", "/etc/group" };
	_cleanup_account_lock_ struct account_lock lock = { 0 };
	int r = account_lock(&lock, t, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		r = forget(t, paths[i], name, gid);
		if (r < 0)
			return error_set(
				err, r, "cannot take the line of '%s' out of '%s'", name, paths[i]);
	}
	return 0;
}
