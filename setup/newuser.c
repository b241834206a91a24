/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/newuser.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "setup/account.h"
#include "setup/entry.h"
#include "setup/skel.h"
#include "setup/table.h"
#include "setup/target.h"

enum {
	SECONDS_PER_DAY = 86400
};

struct ids {
	uint32_t min, max;
	uint32_t highest; /* in use within [min, max]; min - 1: none */
	bool wanted_taken;
	uint32_t own;     /* of the name itself, UINT32_MAX where it is free */
	bool has_members; /* the group of that name */
};

/* Third field of every "name:x:id:..." line. */
static int look_at(
	struct target *t, const char *path, const char *name, uint32_t wanted, struct ids *ids)
{
	_cleanup_text_ struct text table = { 0 };
	size_t at = 0, length;
	const char *line;
	int r = target_read(t, path, &table, NULL);

	while (r >= 0 && (line = text_line(table.data, table.length, &at, &length))) {
		_cleanup_free_ char *own = strndup(line, length);
		char *rest = own, *first, *third;
		uint32_t id;

		if (!own)
			return -ENOMEM;
		first = strsep(&rest, ":");
		(void)strsep(&rest, ":");
		third = rest ? strsep(&rest, ":") : NULL;
		if (!third || parse_id(third, &id) < 0)
			continue;
		if (strcmp(first, name) == 0) {
			ids->own = id;
			ids->has_members = rest && *rest;
		}
		ids->wanted_taken |= id == wanted;
		if (id >= ids->min && id <= ids->max)
			ids->highest = MAX(ids->highest, id);
	}
	return r == -ENOENT ? 0 : r;
}

/* The id after the highest in use, as useradd does; the same for user and group where it can be. */
static int choose_ids(
	struct target *t, const char *name, uint32_t *ret_uid, uint32_t *ret_gid, struct error *err)
{
	uint32_t min = (uint32_t)account_default(t, "UID_MIN", 1000);
	uint32_t max = (uint32_t)account_default(t, "UID_MAX", 60000);
	struct ids users = { .min = min, .max = max, .highest = min - 1, .own = UINT32_MAX };
	struct ids groups = users;
	int r = look_at(t, "/etc/passwd", name, UINT32_MAX, &users);

	if (r >= 0)
		r = look_at(t, "/etc/group", name, users.highest + 1, &groups);
	if (r < 0)
		return error_set(err, r, "cannot read the users of the tree");
	if (users.highest + 1 > max)
		return error_say(
			err, -ERANGE, "no user id is left up to UID_MAX %u", (unsigned)max);
	if (groups.own != UINT32_MAX && groups.has_members)
		return error_say(err, -EEXIST,
			"a group '%s' with members exists already; choose another name, or "
			"make the user yourself",
			name);
	*ret_uid = users.highest + 1;
	*ret_gid = groups.own != UINT32_MAX ? groups.own
		   : groups.wanted_taken    ? groups.highest + 1
					    : *ret_uid;
	return 0;
}

static bool has(struct target *t, const char *path)
{
	struct stat st;

	return target_stat(t, path, &st) == 0;
}

/* Days since 1970 of the last password change; SOURCE_DATE_EPOCH makes images reproducible. */
static uint64_t today(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t seconds = (uint64_t)time(NULL);

	if (epoch && parse_u64(epoch, &seconds) < 0)
		seconds = (uint64_t)time(NULL);
	return seconds / SECONDS_PER_DAY;
}

/* A line of that name is there when a run was killed between two files: it stays. */
static int note(struct entry *entry, struct target *t, const char *path, const char *name,
	const char *line, struct error *err)
{
	_cleanup_text_ struct text table = { 0 };
	size_t at = 0, length, n = strlen(name);
	const char *s;

	if (target_read(t, path, &table, NULL) == 0)
		while ((s = text_line(table.data, table.length, &at, &length)))
			if (length > n && s[n] == ':' && memcmp(s, name, n) == 0)
				return 0;
	return table_note(entry, t, path, line, err);
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
static int note_lines(
	struct target *t, const char *name, uint32_t gid, struct entry *entry, struct error *err)
{
	_cleanup_lines_ struct lines lines = { 0 };
	int r;

	text_addf(&lines.group, "%s:x:%u:", name, (unsigned)gid);
	text_addf(&lines.gshadow, "%s:!::", name);
	text_addf(&lines.shadow, "%s:!:%llu:0:99999:7:::", name, (unsigned long long)today());
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
	uint32_t uid = 0, gid = 0;
	int r = choose_ids(t, c->name, &uid, &gid, err);

	if (r < 0)
		return r;
	entry->number = uid;
	entry->count = gid;
	text_addf(&passwd, "%s:%s:%u:%u::%s:%s", c->name, has(t, "/etc/shadow") ? "x" : "!",
		(unsigned)uid, (unsigned)gid, entry->path, entry->text);
	r = note_lines(t, c->name, gid, entry, err);
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

/* There, or made but not given to him yet. */
static bool lacks_home(struct target *t, const struct account *who)
{
	struct stat st;

	if (target_stat(t, who->home, &st) < 0)
		return true;
	return (st.st_uid != who->uid || (st.st_mode & 07777) != 0700) && skel_is_all(t, who->home);
}

int newuser_note_missing(
	struct target *t, const struct account *who, struct entry *entry, struct error *err)
{
	int r = note_lines(t, who->name, who->gid, entry, err);

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
