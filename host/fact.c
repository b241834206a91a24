/* SPDX-License-Identifier: Apache-2.0 */
#include "host/fact.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/text.h"

static const struct {
	const char *name;
	uint64_t flag;
} mount_flags[] = {
	{ "ro", ST_RDONLY },
	{ "nosuid", ST_NOSUID },
	{ "nodev", ST_NODEV },
	{ "noexec", ST_NOEXEC },
};

enum fact_state fact_state_of(int r)
{
	if (r >= 0)
		return FACT_KNOWN;
	return r == -ENOENT || r == -ENOTDIR ? FACT_ABSENT : FACT_UNKNOWN;
}

void fact_file_print(const struct fact_file *file, struct text *ret)
{
	const char *before = " flags=";

	text_addf(ret, "mode=0%o uid=%u gid=%u", (unsigned)file->mode, (unsigned)file->uid,
		(unsigned)file->gid);
	if (file->rdev_major || file->rdev_minor)
		text_addf(ret, " rdev=%u:%u", file->rdev_major, file->rdev_minor);
	text_addf(ret, " size=%llu fs=%llx", (unsigned long long)file->size,
		(unsigned long long)file->fs_type);
	for (size_t i = 0; i < ARRAY_SIZE(mount_flags); i++)
		if (file->fs_flags & mount_flags[i].flag) {
			text_addf(ret, "%s%s", before, mount_flags[i].name);
			before = ",";
		}
	if (file->fs_free != UINT64_MAX)
		text_addf(ret, " free=%llu", (unsigned long long)file->fs_free);
	if (file->fs_files != UINT64_MAX)
		text_addf(ret, " files=%llu", (unsigned long long)file->fs_files);
	if (file->caps)
		text_addf(ret, " caps=0x%llx", (unsigned long long)file->caps);
}

static int parse_number(const char *s, int base, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(s, &end, base);
	return errno || *end || end == s || *s == '-' ? -EINVAL : 0;
}

static int parse_flags(const char *s, uint64_t *ret)
{
	*ret = 0;
	while (*s) {
		size_t length = strcspn(s, ","), i = 0;

		while (i < ARRAY_SIZE(mount_flags) &&
			(strncmp(s, mount_flags[i].name, length) != 0 ||
				mount_flags[i].name[length]))
			i++;
		if (i == ARRAY_SIZE(mount_flags))
			return -EINVAL;
		*ret |= mount_flags[i].flag;
		s += length;
		s += *s == ',';
	}
	return 0;
}

static int parse_rdev(char *s, uint64_t *ret_major, uint64_t *ret_minor)
{
	char *colon = strchr(s, ':');

	if (!colon)
		return -EINVAL;
	*colon = '\0';
	return parse_number(s, 10, ret_major) < 0 ? -EINVAL
						  : parse_number(colon + 1, 10, ret_minor);
}

enum file_word {
	WORD_MODE,
	WORD_UID,
	WORD_GID,
	WORD_SIZE,
	WORD_FS,
	WORD_FREE,
	WORD_FILES,
	WORD_CAPS,
	WORDS
};

static const struct {
	const char *name;
	int base;
} words[] = {
	[WORD_MODE] = { "mode", 8 },
	[WORD_UID] = { "uid", 10 },
	[WORD_GID] = { "gid", 10 },
	[WORD_SIZE] = { "size", 10 },
	[WORD_FS] = { "fs", 16 },
	[WORD_FREE] = { "free", 10 },
	[WORD_FILES] = { "files", 10 },
	[WORD_CAPS] = { "caps", 0 },
};
_Static_assert(ARRAY_SIZE(words) == WORDS, "a row for every word");

/* One "name=value"; @numbers by enum file_word. */
static int parse_word(
	const char *name, char *value, uint64_t numbers[WORDS], struct fact_file *file)
{
	uint64_t major = 0, minor = 0;
	int r;

	if (strcmp(name, "flags") == 0)
		return parse_flags(value, &file->fs_flags);
	if (strcmp(name, "rdev") == 0) {
		r = parse_rdev(value, &major, &minor);
		file->rdev_major = (unsigned)major;
		file->rdev_minor = (unsigned)minor;
		return r;
	}
	for (size_t i = 0; i < WORDS; i++)
		if (strcmp(name, words[i].name) == 0)
			return parse_number(value, words[i].base, &numbers[i]);
	return -EINVAL;
}

int fact_file_parse(const char *line, struct fact_file *ret)
{
	struct fact_file file = { .state = FACT_KNOWN };
	uint64_t numbers[WORDS] = { [WORD_FREE] = UINT64_MAX, [WORD_FILES] = UINT64_MAX };
	char word[128];

	while (*(line += strspn(line, " "))) {
		size_t length = strcspn(line, " ");
		char *value;

		if (length >= sizeof(word))
			return -EINVAL;
		memcpy(word, line, length);
		word[length] = '\0';
		value = strchr(word, '=');
		if (!value)
			return -EINVAL;
		*value++ = '\0';
		if (parse_word(word, value, numbers, &file) < 0)
			return -EINVAL;
		line += length;
	}
	file.mode = (mode_t)numbers[WORD_MODE];
	file.uid = (uid_t)numbers[WORD_UID];
	file.gid = (gid_t)numbers[WORD_GID];
	file.size = numbers[WORD_SIZE];
	file.fs_type = numbers[WORD_FS];
	file.fs_free = numbers[WORD_FREE];
	file.fs_files = numbers[WORD_FILES];
	file.caps = numbers[WORD_CAPS];
	*ret = file;
	return 0;
}
