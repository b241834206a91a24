/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "/" and all that is mounted below it becomes shared, mount_namespaces(7), as `mount --make-rshared
 * /` does; but mount by mount, without those that lie hidden under others and that no path leads to:
 * the entry notes how each was, and undo could not give those their own back.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "base/io.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/target.h"

enum {
	TABLE_LIMIT = 4 << 20
};

/* As the words of /proc/self/mountinfo and mount(2) have it. */
static const struct {
	const char *word;
	unsigned long flag;
} propagations[] = {
	{ "private", MS_PRIVATE },
	{ "slave", MS_SLAVE },
	{ "unbindable", MS_UNBINDABLE },
};

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "make '/' and what is mounted below it shared now%s",
		c->number ? "" : "; have your boot run 'mount --make-rshared /' too");
}

/* One line of proc_pid_mountinfo(5): the mount point as it is written, and its propagation; NULL
 * where it is shared already. */
static const char *propagation_of(const char *line, size_t n, char ret_path[PATH_MAX])
{
	char copy[2 * PATH_MAX];
	char *dash;

	(void)snprintf(copy, sizeof(copy), "%.*s", (int)n, line);
	dash = strstr(copy, " - ");
	if (!dash || sscanf(copy, "%*s %*s %*s %*s %4095s", ret_path) != 1)
		return NULL;
	*dash = '\0';
	if (strstr(copy, " shared:"))
		return NULL;
	if (strstr(copy, " master:"))
		return "slave";
	return strstr(copy, " unbindable") ? "unbindable" : "private";
}

static bool has(const struct text_list *list, const char *item)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], item) == 0)
			return true;
	return false;
}

static int list_lines(const struct text *table, struct text_list *ret)
{
	const char *line;
	size_t at = 0, n;
	int r = 0;

	while (r >= 0 && (line = text_line(table->data, table->length, &at, &n)))
		r = text_list_addf(ret, "%.*s", (int)n, line);
	return r;
}

/* A line "PROPAGATION PATH" for each mount that is not shared; of several on one path the last, which
 * covers the others. */
static int list_unshared(struct text *ret, struct error *err)
{
	_cleanup_text_list_ struct text_list lines = { 0 }, seen = { 0 };
	_cleanup_text_ struct text table = { 0 };
	int r = io_read_file_at(AT_FDCWD, "/proc/self/mountinfo", TABLE_LIMIT, &table);

	if (r >= 0)
		r = list_lines(&table, &lines);
	for (size_t i = lines.count; r >= 0 && i-- > 0;) {
		char path[PATH_MAX] = "";
		const char *word = propagation_of(lines.items[i], strlen(lines.items[i]), path);

		if (word && !has(&seen, path))
			text_addf(ret, "%s %s\n", word, path);
		r = text_list_add(&seen, path);
	}
	if (r >= 0 && text_failed(ret))
		r = -ENOMEM;
	return r < 0 ? error_set(err, r, "cannot read '/proc/self/mountinfo'") : 0;
}

/* \040 and its like: how a blank, tab, newline or backslash is written there. */
static void unescape(char *path)
{
	char *to = path;
	unsigned byte;

	for (const char *from = path; *from; to++)
		if (*from == '\\' && sscanf(from, "\\%3o", &byte) == 1) {
			*to = (char)byte;
			from += 4;
		} else {
			*to = *from++;
		}
	*to = '\0';
}

/* What is no mount any more, or hidden, is passed over. */
static int set_propagation(const char *escaped, unsigned long flag)
{
	char path[PATH_MAX];

	(void)text_copy(path, sizeof(path), escaped);
	unescape(path);
	if (mount(NULL, path, NULL, flag, NULL) < 0 && errno != EINVAL && errno != ENOENT)
		return -errno;
	return 0;
}

/* The next "PROPAGATION PATH" of a note. */
static bool next(const char *note, size_t *at, char word[16], char path[PATH_MAX])
{
	const char *line;
	size_t n;

	while ((line = text_line(note, strlen(note), at, &n))) {
		char copy[PATH_MAX + 16];

		(void)snprintf(copy, sizeof(copy), "%.*s", (int)n, line);
		if (sscanf(copy, "%15s %4095s", word, path) == 2)
			return true;
	}
	return false;
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	_cleanup_text_ struct text unshared = { 0 };
	int r;

	(void)c;
	if (!t->live)
		return LOOK_NONE;
	r = list_unshared(&unshared, err);
	if (r < 0)
		return r;
	if (!strstr(text_get(&unshared), " /\n"))
		return LOOK_DONE;
	return entry_note(&entry->live, "%s", text_get(&unshared)) < 0 ? -ENOMEM : LOOK_TODO;
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	char word[16], path[PATH_MAX];
	size_t at = 0;
	int r = 0;

	(void)t;
	(void)c;
	while (r >= 0 && next(entry->live, &at, word, path))
		r = set_propagation(path, MS_SHARED);
	if (r == -EPERM || r == -EACCES)
		return error_say(err, -EOPNOTSUPP,
			"cannot make '%s' shared: this container may not mount; do it where it "
			"is started",
			path);
	return r < 0 ? error_set(err, r, "cannot make '%s' shared", path) : 0;
}

static unsigned long flag_of(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(propagations); i++)
		if (strcmp(propagations[i].word, word) == 0)
			return propagations[i].flag;
	return MS_PRIVATE;
}

/* Only what is still shared: the rest was changed since. */
static int undo(struct target *t, struct entry *entry, struct error *err)
{
	_cleanup_text_ struct text unshared = { 0 };
	char word[16], path[PATH_MAX];
	size_t at = 0;
	int r = t->live ? list_unshared(&unshared, err) : 0;

	while (r >= 0 && t->live && next(entry->live, &at, word, path)) {
		char line[PATH_MAX + 16];

		(void)snprintf(line, sizeof(line), " %s\n", path);
		if (!strstr(text_get(&unshared), line))
			r = set_propagation(path, flag_of(word));
		if (r < 0)
			return error_set(err, r, "cannot make '%s' %s again", path, word);
	}
	return r;
}

const struct kind kind_share = {
	.word = "share",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
