/* SPDX-License-Identifier: Apache-2.0 */
#include "host/fstab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/cleanup.h"
#include "base/macro.h"
#include "base/text.h"
#include "host/root.h"

enum {
	BY_USERS = ST_NOSUID | ST_NODEV | ST_NOEXEC
};

static const struct option_row {
	const char *word;
	uint64_t sets, clears;
} options[] = {
	{ "defaults", 0, BY_USERS | ST_RDONLY },
	{ "dev", 0, ST_NODEV },
	{ "exec", 0, ST_NOEXEC },
	{ "group", ST_NOSUID | ST_NODEV, 0 },
	{ "nodev", ST_NODEV, 0 },
	{ "noexec", ST_NOEXEC, 0 },
	{ "nosuid", ST_NOSUID, 0 },
	{ "owner", ST_NOSUID | ST_NODEV, 0 },
	{ "ro", ST_RDONLY, 0 },
	{ "rw", 0, ST_RDONLY },
	{ "suid", 0, ST_NOSUID },
	{ "user", BY_USERS, 0 },
	{ "users", BY_USERS, 0 },
};

struct entry {
	char target[1024], words[512];
};

/* A blank in a name is \040. */
static void decode(char *s)
{
	char *to = s;

	while (*s) {
		unsigned code;

		if (*s == '\\' && strspn(s + 1, "01234567") >= 3 &&
			sscanf(s + 1, "%3o", &code) == 1) {
			*to++ = (char)code;
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

static bool has_word(const char *words, const char *word)
{
	size_t n, length = strlen(word);

	for (; *words; words += n + (words[n] == ',')) {
		n = strcspn(words, ",");
		if (n == length && memcmp(words, word, n) == 0)
			return true;
	}
	return false;
}

/* Later words undo earlier ones: mount(8). */
static uint64_t flags_of(const char *words)
{
	uint64_t flags = 0;
	size_t n;

	for (; *words; words += n + (words[n] == ',')) {
		n = strcspn(words, ",");
		for (size_t i = 0; i < ARRAY_SIZE(options); i++)
			if (strlen(options[i].word) == n && memcmp(words, options[i].word, n) == 0)
				flags = (flags & ~options[i].clears) | options[i].sets;
	}
	return flags;
}

static bool parse_line(const char *line, size_t n, struct entry *ret)
{
	char copy[2048], source[512], type[64];

	if (n >= sizeof(copy))
		return false;
	memcpy(copy, line, n);
	copy[n] = '\0';
	*ret = (struct entry){ 0 };
	if (sscanf(copy, " %511s %1023s %63s %511s", source, ret->target, type, ret->words) < 3 ||
		source[0] == '#' || ret->target[0] != '/' || has_word(ret->words, "noauto"))
		return false;
	decode(ret->target);
	return true;
}

static bool covers(const char *target, const char *path)
{
	size_t n = strlen(target);

	while (n > 0 && target[n - 1] == '/')
		n--;
	return strncmp(path, target, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

uint64_t fstab_flags(const char *data, size_t length, const char *path)
{
	const char *line;
	size_t at = 0, n, best = 0;
	uint64_t flags = 0;

	while ((line = text_line(data, length, &at, &n))) {
		struct entry entry;

		if (!parse_line(line, n, &entry) || !covers(entry.target, path) ||
			strlen(entry.target) < best)
			continue;
		best = strlen(entry.target);
		flags = flags_of(entry.words);
	}
	return flags;
}

void fstab_foresee(struct root *root, const char *path, struct fact_file *file)
{
	_cleanup_text_ struct text data = { 0 };

	if (!root->next_boot || file->state != FACT_KNOWN)
		return;
	/* without one nothing is said of any mount, and the root is mounted plainly */
	file->fs_flags = 0;
	if (root_read(root, "/etc/fstab", ROOT_READ_LIMIT, &data) >= 0)
		file->fs_flags = fstab_flags(data.data, data.length, path);
}
