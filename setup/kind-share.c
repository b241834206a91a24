/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "/" and all that is mounted below it becomes shared, mount_namespaces(7): `mount --make-rshared /`.
 * The entry notes how each mount was that is changed by it, so that undo gives each its own back.
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

/* A line "PROPAGATION PATH" for each mount that is not shared. */
static int list_unshared(struct text *ret, struct error *err)
{
	_cleanup_text_ struct text table = { 0 };
	const char *line;
	size_t at = 0, n;
	int r = io_read_file_at(AT_FDCWD, "/proc/self/mountinfo", TABLE_LIMIT, &table);

	if (r < 0)
		return error_set(err, r, "cannot read '/proc/self/mountinfo'");
	while ((line = text_line(table.data, table.length, &at, &n))) {
		char path[PATH_MAX];
		const char *word = propagation_of(line, n, path);

		if (word)
			text_addf(ret, "%s %s\n", word, path);
	}
	return text_failed(ret) ? -ENOMEM : 0;
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
	if (unshared.length == 0)
		return LOOK_DONE;
	return entry_note(&entry->live, "%s", text_get(&unshared)) < 0 ? -ENOMEM : LOOK_TODO;
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	(void)t;
	(void)c;
	(void)entry;
	if (mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) == 0)
		return 0;
	if (errno == EPERM || errno == EACCES)
		return error_say(err, -EOPNOTSUPP,
			"cannot make '/' shared: this container may not mount; do it "
			"where it is started");
	return error_set(err, -errno, "cannot make '/' shared");
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

/* Only what is still shared is given back: the rest was changed since, or is not mounted. */
static int give_back(const char *word, char *path, const struct text *unshared, struct error *err)
{
	char line[PATH_MAX + 16];

	(void)snprintf(line, sizeof(line), " %s\n", path);
	if (strstr(text_get(unshared), line))
		return 0;
	unescape(path);
	for (size_t i = 0; i < ARRAY_SIZE(propagations); i++)
		if (strcmp(propagations[i].word, word) == 0 &&
			mount(NULL, path, NULL, propagations[i].flag, NULL) < 0 &&
			errno != EINVAL && errno != ENOENT)
			return error_set(err, -errno, "cannot make '%s' %s again", path, word);
	return 0;
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	_cleanup_text_ struct text unshared = { 0 };
	size_t at = 0, n, all = strlen(entry->live);
	const char *line;
	int r = t->live ? list_unshared(&unshared, err) : 0;

	while (r >= 0 && t->live && (line = text_line(entry->live, all, &at, &n))) {
		char word[16], path[PATH_MAX];
		_cleanup_text_ struct text copy = { 0 };

		text_add_bytes(&copy, line, n);
		if (sscanf(text_get(&copy), "%15s %4095s", word, path) == 2)
			r = give_back(word, path, &unshared, err);
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
