/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A range of subordinate ids, the same in /etc/subuid and /etc/subgid. Three ways, by what the host
 * has: libsubid, which looks for overlap under the file's lock, but only gives what lies behind all
 * lines (find_free_range() of shadow 4.9 to 4.19 adds 1 to the greatest number and finds no gap);
 * usermod(8), which looks for no overlap with others, so that is looked for before and again after;
 * on a tree, and on hosts without either, the lines are written here. Two tools that ran at once may
 * both have found the range free: who finds it taken asks for another (-EAGAIN).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/idmap.h"
#include "setup/account.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/lock.h"
#include "setup/shadow.h"
#include "setup/subid-library.h"
#include "setup/table.h"
#include "setup/target.h"
#include "setup/tool.h"

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "give '%s' the ids %llu-%llu in /etc/subuid and /etc/subgid", c->name,
		(unsigned long long)c->number, (unsigned long long)(c->number + c->count - 1));
}

enum found {
	FREE,
	OURS,
	TAKEN
};

static bool has_range(const struct idmap_file *file, const struct change *c)
{
	for (size_t i = 0; i < file->count; i++)
		if (file->ranges[i].ours && file->ranges[i].start == c->number &&
			file->ranges[i].count == c->count)
			return true;
	return false;
}

/* Whose is the range in this file? @ret_line is the line of another owner that meets it. */
static int find(struct target *t, const char *path, const struct account *who,
	const struct change *c, enum found *ret, unsigned *ret_line)
{
	_cleanup_text_ struct text content = { 0 };
	struct idmap_file file = { 0 };
	const struct idmap_range *other;
	int r = target_read(t, path, &content, NULL);

	*ret = FREE;
	if (r < 0)
		return r;
	r = idmap_parse(&file, text_get(&content), content.length, who->name, who->uid);
	other = r < 0 ? NULL : idmap_overlap(&file, c->number, c->count);
	if (other) {
		*ret = TAKEN;
		*ret_line = other->line;
	}
	if (r >= 0 && *ret == FREE && has_range(&file, c))
		*ret = OURS;
	free(file.ranges);
	return r;
}

/* A range that was found taken is for another look, and busy for who looks no more. */
static int busy(int r, struct error *err)
{
	return r == -EAGAIN && err ? error_exit(err, EXIT_BUSY) : r;
}

/* 2: in both files already; 1 and 0: less; negative with words. */
static int survey(
	struct target *t, const struct account *who, const struct change *c, struct error *err)
{
	int ours = 0;

	for (enum idmap_kind kind = 0; kind < IDMAP_KIND_COUNT; kind++) {
		enum found found;
		unsigned line = 0;
		int r = find(t, idmap_path(kind), who, c, &found, &line);

		if (r < 0 && r != -ENOENT)
			return error_set(err, r, "cannot read '%s'", idmap_path(kind));
		if (found == TAKEN)
			return busy(
				error_say(err, -EAGAIN,
					"line %u of '%s' has ids of %llu-%llu meanwhile; run this "
					"again",
					line, idmap_path(kind), (unsigned long long)c->number,
					(unsigned long long)(c->number + c->count - 1)),
				err);
		ours += found == OURS;
	}
	return ours;
}

/* The way is noted with the entry, which undo may go back on another day. */
static const char by_library[] = "libsubid", by_tool[] = "usermod", by_hand[] = "";

static bool is_way(const struct entry *entry, const char *way)
{
	return strcmp(entry->live, way) == 0;
}

/* Do all lines of both files lie before the range? */
static bool is_behind_all(struct target *t, const struct change *c)
{
	for (enum idmap_kind kind = 0; kind < IDMAP_KIND_COUNT; kind++) {
		_cleanup_text_ struct text content = { 0 };
		struct idmap_file file = { 0 };
		bool behind;

		(void)!target_read(t, idmap_path(kind), &content, NULL);
		behind =
			idmap_parse(&file, text_get(&content), content.length, "", UINT64_MAX) == 0;
		for (size_t i = 0; i < file.count; i++)
			behind = behind && file.ranges[i].start + file.ranges[i].count <= c->number;
		free(file.ranges);
		if (!behind)
			return false;
	}
	return true;
}

static const char *way_of(struct target *t, const struct change *c)
{
	if (t->live && subid_library_is_here() && is_behind_all(t, c))
		return by_library;
	return t->live && tool_is_here("usermod") ? by_tool : by_hand;
}

/* The owner as it is written: shadow's tools look that up for themselves, the library does not. */
static int owner_of(struct target *t, const struct account *who, struct text *ret)
{
	if (account_default_is_yes(t, "SUB_UID_STORE_BY_UID"))
		text_addf(ret, "%u", (unsigned)who->uid);
	else
		text_add(ret, who->name);
	return text_failed(ret) ? -ENOMEM : 0;
}

static int look_for_tool(struct target *t, struct entry *entry, struct error *err)
{
	/* usermod refuses to begin a file: it is made empty, and goes with its last line */
	for (enum idmap_kind kind = 0; kind < IDMAP_KIND_COUNT; kind++) {
		struct stat st;
		int r = target_stat(t, idmap_path(kind), &st);

		if (r == -ENOENT)
			r = entry_add_file(entry, t, idmap_path(kind), "", 0);
		if (r < 0)
			return error_set(err, r, "cannot look at '%s'", idmap_path(kind));
	}
	return LOOK_TODO;
}

static int look_for_lines(struct target *t, const struct account *who, const struct change *c,
	struct entry *entry, struct error *err)
{
	_cleanup_text_ struct text line = { 0 };

	if (owner_of(t, who, &line) < 0)
		return error_set(err, -ENOMEM, "cannot give '%s' ids", who->name);
	text_addf(&line, ":%llu:%llu", (unsigned long long)c->number, (unsigned long long)c->count);
	for (enum idmap_kind kind = 0; kind < IDMAP_KIND_COUNT; kind++) {
		enum found found;
		unsigned other;
		int r = find(t, idmap_path(kind), who, c, &found, &other);

		if (r < 0 && r != -ENOENT)
			return error_set(err, r, "cannot read '%s'", idmap_path(kind));
		r = found == OURS ? 0
				  : table_note(entry, t, idmap_path(kind), text_get(&line), err);
		if (r < 0)
			return r;
	}
	return LOOK_TODO;
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	struct account who;
	int r = account_find(t, c->name, &who, err);

	if (r < 0)
		return r;
	r = survey(t, &who, c, err);
	if (r < 0)
		return r;
	if (r == IDMAP_KIND_COUNT)
		return LOOK_DONE;
	if (entry_note(&entry->live, "%s", way_of(t, c)) < 0)
		return error_set(err, -ENOMEM, "cannot give '%s' ids", c->name);
	if (!is_way(entry, by_hand))
		return look_for_tool(t, entry, err);
	return look_for_lines(t, &who, c, entry, err);
}

static int usermod(struct target *t, const char *uids, const char *gids, const char *name,
	uint64_t start, uint64_t count, struct error *err)
{
	const char *argv[] = { "usermod", uids, NULL, gids, NULL, "--", name, NULL };
	char range[64];

	(void)snprintf(range, sizeof(range), "%llu-%llu", (unsigned long long)start,
		(unsigned long long)(start + count - 1));
	argv[2] = argv[4] = range;
	return shadow_run(name, t->timeout_s, err, argv);
}

static int give(struct target *t, const struct account *who, const struct change *c,
	const struct entry *entry, struct error *err)
{
	_cleanup_text_ struct text owner = { 0 };

	if (is_way(entry, by_tool))
		return usermod(
			t, "--add-subuids", "--add-subgids", who->name, c->number, c->count, err);
	if (owner_of(t, who, &owner) < 0)
		return error_set(err, -ENOMEM, "cannot give '%s' ids", who->name);
	return subid_library_grant(text_get(&owner), c->number, c->count, err);
}

static int take_back(
	struct target *t, const struct account *who, const struct change *c, struct error *err)
{
	_cleanup_text_ struct text owner = { 0 };

	if (tool_is_here("usermod"))
		return usermod(
			t, "--del-subuids", "--del-subgids", who->name, c->number, c->count, err);
	if (owner_of(t, who, &owner) < 0)
		return error_set(err, -ENOMEM, "cannot take ids from '%s'", who->name);
	return subid_library_ungrant(text_get(&owner), c->number, c->count, err);
}

static int apply_by_tool(
	struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	struct account who;
	int r = account_find(t, c->name, &who, err);

	if (r >= 0)
		r = account_lock_check(t, err);
	if (r >= 0)
		r = entry_write_files(entry, t, 0644, err);
	if (r >= 0)
		r = survey(t, &who, c, err);
	if (r >= 0)
		r = give(t, &who, c, entry, err);
	if (r < 0)
		return busy(r, err);
	r = survey(t, &who, c, err);
	if (r == -EAGAIN)
		(void)!take_back(t, &who, c, NULL);
	return r < 0 ? r : 0;
}

/* Under the locks it is looked again: the lines may be somebody's by now. */
static int apply_by_hand(
	struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	_cleanup_account_lock_ struct account_lock lock = { 0 };
	struct account who;
	int r = account_find(t, c->name, &who, err);

	if (r >= 0)
		r = account_lock(&lock, t, err);
	if (r >= 0)
		r = survey(t, &who, c, err);
	return r < 0 ? r : table_add_locked(entry, t, err);
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	return is_way(entry, by_hand) ? apply_by_hand(t, c, entry, err)
				      : apply_by_tool(t, c, entry, err);
}

/* Does either file still have the range as his? Whom it overlaps by now is no matter. */
static int is_his(
	struct target *t, const struct account *who, const struct change *was, struct error *err)
{
	bool his = false;

	for (enum idmap_kind kind = 0; kind < IDMAP_KIND_COUNT; kind++) {
		_cleanup_text_ struct text content = { 0 };
		struct idmap_file file = { 0 };
		int r = target_read(t, idmap_path(kind), &content, NULL);

		if (r >= 0)
			r = idmap_parse(
				&file, text_get(&content), content.length, who->name, who->uid);
		his = his || (r >= 0 && has_range(&file, was));
		free(file.ranges);
		if (r < 0 && r != -ENOENT)
			return error_set(err, r, "cannot read '%s'", idmap_path(kind));
	}
	return his;
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	struct change was = { .number = entry->number, .count = entry->count };
	struct account who;
	int r;

	if (is_way(entry, by_hand))
		return entry_undo_effects(entry, t, err);
	r = account_find(t, entry->name, &who, err);
	if (r == -ENOENT) /* userdel took them along */
		return entry_undo_effects(entry, t, err);
	if (r >= 0)
		r = is_his(t, &who, &was, err);
	if (r > 0)
		r = take_back(t, &who, &was, err);
	return r < 0 ? r : entry_undo_effects(entry, t, err);
}

const struct kind kind_subid = {
	.word = "subid",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
