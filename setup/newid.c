/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/newid.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "setup/account.h"
#include "setup/target.h"

/* One of passwd(5) and group(5). */
struct table {
	uint32_t *ids; /* sorted */
	size_t count;
	uint32_t own; /* of the name itself, UINT32_MAX where there is none */
	bool has_members;
};

static void table_done(struct table *table)
{
	free(table->ids);
}
#define _cleanup_table_ CLEANUP(table_done)

static int by_id(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static int keep(struct table *table, uint32_t id)
{
	/* room doubles at every power of two */
	if ((table->count & (table->count - 1)) == 0) {
		uint32_t *grown =
			reallocarray(table->ids, MAX(table->count * 2, (size_t)1), sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		table->ids = grown;
	}
	table->ids[table->count++] = id;
	return 0;
}

/* Third field of every "name:x:id:..." line. */
static int read_table(struct target *t, const char *path, const char *name, struct table *ret)
{
	_cleanup_text_ struct text content = { 0 };
	size_t at = 0, length;
	const char *line;
	int r = target_read(t, path, &content, NULL);

	while (r >= 0 && (line = text_line(content.data, content.length, &at, &length))) {
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
			ret->own = id;
			ret->has_members = rest && *rest;
		}
		r = keep(ret, id);
	}
	if (ret->count > 1)
		qsort(ret->ids, ret->count, sizeof(*ret->ids), by_id);
	return r == -ENOENT ? 0 : r;
}

static bool is_taken(const struct table *table, uint32_t id)
{
	return table->count > 0 &&
	       bsearch(&id, table->ids, table->count, sizeof(id), by_id) != NULL;
}

static bool is_free(const struct table *a, const struct table *b, uint32_t id)
{
	return !is_taken(a, id) && !(b && is_taken(b, id));
}

/* @b NULL: free in @a alone is enough. */
static int pick(const struct table *a, const struct table *b, uint32_t min, uint32_t max,
	bool downwards, uint32_t *ret)
{
	uint32_t highest = min - 1;

	for (size_t i = 0; i < a->count; i++)
		if (a->ids[i] >= min && a->ids[i] <= max)
			highest = a->ids[i];
	if (!downwards && highest < max && is_free(a, b, highest + 1)) {
		*ret = highest + 1;
		return 0;
	}
	for (uint32_t n = 0; n <= max - min; n++) {
		uint32_t id = downwards ? max - n : min + n;

		if (is_free(a, b, id)) {
			*ret = id;
			return 0;
		}
	}
	return -ERANGE;
}

static int choose_uid(struct target *t, const struct table *users, const struct table *groups,
	bool system, uint32_t *ret, struct error *err)
{
	uint32_t min = (uint32_t)account_default(t, "UID_MIN", 1000);
	uint32_t max = (uint32_t)account_default(t, "UID_MAX", 60000);

	if (system) {
		max = (uint32_t)account_default(t, "SYS_UID_MAX", min - 1);
		min = (uint32_t)account_default(t, "SYS_UID_MIN", 101);
	}
	if (min == 0 || max < min)
		return error_say(err, -ERANGE,
			"the bounds of user ids in '/etc/login.defs' are "
			"%u and %u; no id lies between them",
			(unsigned)min, (unsigned)max);
	/* a group of the name, of an earlier run that was cut short or of somebody's making */
	if (groups->own >= min && groups->own <= max && !is_taken(users, groups->own)) {
		*ret = groups->own;
		return 0;
	}
	/* one that is no group's either gives the user a group of the same number */
	if (pick(users, groups, min, max, system, ret) < 0 &&
		pick(users, NULL, min, max, system, ret) < 0)
		return error_say(err, -ERANGE, "no user id is left from %u to %u", (unsigned)min,
			(unsigned)max);
	return 0;
}

static int choose_gid(struct target *t, const struct table *groups, uint32_t uid, bool system,
	uint32_t *ret, struct error *err)
{
	const char *keys[2] = { system ? "SYS_GID_MIN" : "GID_MIN",
		system ? "SYS_GID_MAX" : "GID_MAX" };
	uint32_t min = (uint32_t)account_default(t, keys[0], system ? 101 : 1000);
	uint32_t max = (uint32_t)account_default(t, keys[1], system ? 999 : 60000);

	*ret = groups->own != UINT32_MAX ? groups->own : uid;
	if (groups->own != UINT32_MAX || !is_taken(groups, uid))
		return 0;
	if (min == 0 || max < min || pick(groups, NULL, min, max, system, ret) < 0)
		return error_say(err, -ERANGE, "no group id is left from %u to %u", (unsigned)min,
			(unsigned)max);
	return 0;
}

int newid_choose(struct target *t, const char *name, uint32_t wanted, bool system,
	struct newid *ret, struct error *err)
{
	_cleanup_table_ struct table users = { .own = UINT32_MAX }, groups = { .own = UINT32_MAX };
	struct newid id = { .uid = wanted };
	int r = read_table(t, "/etc/passwd", name, &users);

	if (r >= 0)
		r = read_table(t, "/etc/group", name, &groups);
	if (r < 0)
		return error_set(err, r, "cannot read the users of the tree");
	if (groups.own != UINT32_MAX && groups.has_members)
		return error_say(err, -EEXIST,
			"a group '%s' with members exists already; choose another name, or "
			"make the user yourself",
			name);
	if (wanted && is_taken(&users, wanted))
		return error_say(err, -EEXIST, "the uid %u is another user's; choose another --uid",
			(unsigned)wanted);
	if (!wanted)
		r = choose_uid(t, &users, &groups, system, &id.uid, err);
	if (r >= 0)
		r = choose_gid(t, &groups, id.uid, system, &id.gid, err);
	if (r >= 0)
		*ret = id;
	return r;
}
