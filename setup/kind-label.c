/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SELinux labels of what is outside /home: the policy is told that the path is labelled like one
 * below /home, and what is there is relabelled. Where the policy knows the path only the second is
 * done. semanage-fcontext(8) keeps such equivalences in file_contexts.subs and nowhere else, so
 * that is what is read, and, in a tree (--root) that no tool is run in, what is written; its labels
 * are given by whoever boots it, because /.autorelabel asks for it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/label.h"
#include "setup/table.h"
#include "setup/target.h"
#include "setup/tool.h"

#define AUTORELABEL "/.autorelabel"

/* In entry->live: what there was before. */
#define WAS_LISTED  "listed" /* the equivalence: only labels are changed */
#define WAS_NO_FILE "nofile" /* semanage(8) leaves the file it made, empty */

static void words(const struct change *c, struct text *ret)
{
	if (*c->text)
		text_addf(ret, "label '%s' like '%s'", c->path, c->text);
	else if (strcmp(c->path, "/") == 0)
		text_add(ret, "have the tree labelled at its first boot");
	else
		text_addf(ret, "label '%s' as the policy says", c->path);
}

/* The directory of the policy this host has, by /etc/selinux/config. */
static int find_subs(struct target *t, char *ret, size_t size)
{
	_cleanup_text_ struct text config = { 0 };
	char type[64] = "targeted"; /* selinux_config(5) */
	size_t at = 0, length;
	const char *line;
	struct stat st;
	int r = target_read(t, "/etc/selinux/config", &config, NULL);

	if (r < 0)
		return r;
	while ((line = text_line(config.data, config.length, &at, &length))) {
		char copy[128], word[64];

		(void)snprintf(
			copy, sizeof(copy), "%.*s", (int)MIN(length, sizeof(copy) - 1), line);
		if (sscanf(copy, " SELINUXTYPE = %63[a-zA-Z0-9_-]", word) == 1)
			(void)text_copy(type, sizeof(type), word);
	}
	(void)snprintf(ret, size, "/etc/selinux/%s/contexts/files", type);
	r = target_stat(t, ret, &st);
	(void)snprintf(ret, size, "/etc/selinux/%s/contexts/files/file_contexts.subs", type);
	return r;
}

/* What @path is labelled like, or -ENOENT. */
static int find_like(struct target *t, const char *subs, const char *path, char *ret, size_t size)
{
	_cleanup_text_ struct text data = { 0 };
	size_t at = 0, length;
	const char *line;
	int r = target_read(t, subs, &data, NULL);

	if (r < 0)
		return r;
	while ((line = text_line(data.data, data.length, &at, &length))) {
		char copy[2 * PATH_MAX], from[PATH_MAX], to[PATH_MAX];

		(void)snprintf(
			copy, sizeof(copy), "%.*s", (int)MIN(length, sizeof(copy) - 1), line);
		if (sscanf(copy, " %4095s %4095s", from, to) == 2 && strcmp(from, path) == 0)
			return text_copy(ret, size, to) ? 0 : -ENAMETOOLONG;
	}
	return -ENOENT;
}

/* 1: the policy has the equivalence, 0: it has none for this path. semanage(8) replaces one that is
 * there without a word: it was somebody's wish. */
static int is_listed(struct target *t, const char *subs, const struct change *c, struct error *err)
{
	char like[PATH_MAX];
	int r = *c->text ? find_like(t, subs, c->path, like, sizeof(like)) : -ENOENT;

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return error_set(err, r, "cannot read '%s'", subs);
	if (strcmp(like, c->text) != 0)
		return error_say(err, -EEXIST,
			"'%s' is labelled like '%s' already, not like '%s'; see 'semanage fcontext "
			"-l -C'",
			c->path, like, c->text);
	return 1;
}

static int look_in_tree(struct target *t, const char *subs, const struct change *c,
	struct entry *entry, struct error *err)
{
	_cleanup_text_ struct text line = { 0 };
	int listed = is_listed(t, subs, c, err);
	struct stat st;
	int r = listed;

	text_addf(&line, "%s %s", c->path, c->text);
	if (listed == 0 && *c->text)
		r = table_note(entry, t, subs, text_get(&line), err);
	if (r < 0)
		return r;
	/* one that is there may say how: "-F" */
	if (target_stat(t, AUTORELABEL, &st) == -ENOENT) {
		r = entry_add_file(entry, t, AUTORELABEL, "", 0);
		if (r < 0)
			return error_set(err, r, "cannot keep a record of '%s'", AUTORELABEL);
	}
	return entry->effect_count ? LOOK_TODO : LOOK_DONE;
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	char subs[PATH_MAX];
	struct stat st;
	int r = find_subs(t, subs, sizeof(subs));

	if (r == -ENOENT)
		return LOOK_NONE;
	if (r < 0)
		return error_set(err, r, "cannot find the policy of this host");
	if (!t->live)
		return look_in_tree(t, subs, c, entry, err);
	if (!label_is_enabled())
		return LOOK_NONE;
	if (!tool_is_here("semanage") || !tool_is_here("restorecon"))
		return error_say(err, -EOPNOTSUPP,
			"cannot label '%s': no semanage on this host; install "
			"policycoreutils-python-utils",
			c->path);
	r = is_listed(t, subs, c, err);
	if (r < 0)
		return r;
	/* listed and still planned: the labels of what is there are wrong */
	r = entry_note(&entry->live, "%s",
		r == 1 || !*c->text                    ? WAS_LISTED
		: target_stat(t, subs, &st) == -ENOENT ? WAS_NO_FILE
						       : "");
	return r < 0 ? error_set(err, r, "cannot keep a record of '%s'", c->path) : LOOK_TODO;
}

static int relabel(struct target *t, const char *path, struct error *err)
{
	const char *const argv[] = { "restorecon", "-RF", "--", path, NULL };
	int r;

	target_progress(t, "relabelling");
	r = access(path, F_OK) < 0 ? 0 : tool_run(TOOL_SLOW_SECONDS, err, argv);
	target_progress(t, NULL);
	return r;
}

static int semanage(
	struct target *t, const char *verb, const char *path, const char *like, struct error *err)
{
	const char *const argv[] = { "semanage", "fcontext", verb, "-e", like, path, NULL };
	int r;

	target_progress(t, "telling the policy");
	r = tool_run(TOOL_SLOW_SECONDS, err, argv);
	target_progress(t, NULL);
	return r;
}

static int apply_in_tree(struct target *t, struct entry *entry, struct error *err)
{
	int r = *entry->text ? table_add_all(entry, t, err) : 0;

	return r < 0 ? r : entry_write_files(entry, t, 0644, err);
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	int r = 0;

	if (!t->live)
		return apply_in_tree(t, entry, err);
	if (strcmp(entry->live, WAS_LISTED) != 0)
		r = semanage(t, "-a", c->path, c->text, err);
	return r < 0 ? r : relabel(t, c->path, err);
}

static int remove_if_empty(struct target *t, const char *subs)
{
	struct stat st;
	int r = target_stat(t, subs, &st);

	return r == 0 && S_ISREG(st.st_mode) && st.st_size == 0 ? target_remove(t, subs) : 0;
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	char subs[PATH_MAX], like[PATH_MAX];
	int r;

	if (!t->live || strcmp(entry->live, WAS_LISTED) == 0)
		return entry_undo_effects(entry, t, err);
	r = find_subs(t, subs, sizeof(subs));
	if (r >= 0)
		r = find_like(t, subs, entry->path, like, sizeof(like));
	if (r == -ENOENT)
		return UNDO_ALL;
	if (r < 0)
		return error_set(err, r, "cannot read the policy's equivalences");
	if (strcmp(like, entry->text) != 0) {
		(void)error_say(err, -ECANCELED,
			"'%s' stays as it is labelled: it was made like '%s' since", entry->path,
			like);
		return UNDO_LEFT;
	}
	r = semanage(t, "-d", entry->path, entry->text, err);
	if (r >= 0 && strcmp(entry->live, WAS_NO_FILE) == 0)
		r = remove_if_empty(t, subs);
	return r < 0 ? r : relabel(t, entry->path, err);
}

const struct kind kind_label = {
	.word = "label",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
