/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/newuser.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "setup/account.h"
#include "setup/entry.h"
#include "setup/epoch.h"
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
