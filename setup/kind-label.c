/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SELinux labels of a home outside /home: the policy is told that the path is labelled like one
 * below /home, and the tree is relabelled. On a tree (--root) only the policy's list of
 * substitutions is written, semanage-fcontext(8) keeps it in file_contexts.subs; the labels are
 * for whoever boots it.
 */
#include <errno.h>
#include <unistd.h>

#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/label.h"
#include "setup/table.h"
#include "setup/target.h"
#include "setup/tool.h"

#define SUBS "/etc/selinux/targeted/contexts/files/file_contexts.subs"

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "label '%s' like '%s'", c->path, c->text);
}

static bool is_listed(struct target *t, const char *line)
{
	_cleanup_text_ struct text subs = { 0 };
	size_t at = 0, length;
	const char *s;

	if (target_read(t, SUBS, &subs, NULL) < 0)
		return false;
	while ((s = text_line(subs.data, subs.length, &at, &length)))
		if (length == strlen(line) && memcmp(s, line, length) == 0)
			return true;
	return false;
}

static int look_in_tree(struct target *t, const char *line, struct entry *entry, struct error *err)
{
	struct stat st;
	int r;

	if (target_stat(t, "/etc/selinux/targeted/contexts/files", &st) < 0)
		return LOOK_NONE;
	if (is_listed(t, line))
		return LOOK_DONE;
	r = table_note(entry, t, SUBS, line, err);
	return r < 0 ? r : LOOK_TODO;
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	_cleanup_text_ struct text line = { 0 };

	text_addf(&line, "%s %s", c->path, c->text);
	if (!t->live)
		return look_in_tree(t, text_get(&line), entry, err);
	if (!label_is_enabled())
		return LOOK_NONE;
	if (!tool_is_here("semanage") || !tool_is_here("restorecon"))
		return error_say(err, -EOPNOTSUPP,
			"cannot label '%s': no semanage on this host; install "
			"policycoreutils-python-utils",
			c->path);
	/* listed and still planned: the labels of the tree are what is wrong */
	return entry_note(&entry->live, "%s", is_listed(t, text_get(&line)) ? "listed" : "") < 0
		       ? -ENOMEM
		       : LOOK_TODO;
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

static int semanage(const char *verb, const char *path, const char *like, struct error *err)
{
	const char *const argv[] = { "semanage", "fcontext", verb, "-e", like, path, NULL };

	return tool_run(TOOL_SLOW_SECONDS, err, argv);
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	int r = 0;

	if (!t->live)
		return table_add_all(entry, t, err);
	target_progress(t, "telling the policy");
	if (strcmp(entry->live, "listed") != 0)
		r = semanage("-a", c->path, c->text, err);
	target_progress(t, NULL);
	return r < 0 ? r : relabel(t, c->path, err);
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	int r;

	if (!t->live || strcmp(entry->live, "listed") == 0)
		return entry_undo_effects(entry, t, err);
	r = semanage("-d", entry->path, entry->text, err);
	return r < 0 ? r : relabel(t, entry->path, err);
}

const struct kind kind_label = {
	.word = "label",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
