/* SPDX-License-Identifier: Apache-2.0 */
#include "host/fstab.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/cleanup.h"
#include "base/macro.h"
#include "base/text.h"
#include "host/mount-table.h"
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

static bool covers(const char *target, const char *path)
{
	size_t n = strlen(target);

	while (n > 0 && target[n - 1] == '/')
		n--;
	return text_is_within(path, target, n);
}

struct covering {
	const char *path;
	size_t length; /* of the target that covers it */
	uint64_t flags;
};

static void note(void *data, const struct mount_row *row)
{
	struct covering *c = data;
	size_t length = strlen(row->target);

	if (length < c->length || !covers(row->target, c->path) ||
		mount_has_option(row->options, "noauto"))
		return;
	c->length = length;
	c->flags = row->options ? flags_of(row->options) : 0;
}

int fstab_flags(const char *data, size_t length, const char *path, uint64_t *ret)
{
	struct covering c = { .path = path };
	int r = length > 0 ? mount_table_read(data, length, note, &c) : 0;

	*ret = c.flags;
	return MIN(r, 0);
}

void fstab_foresee(struct root *root, const char *path, struct fact_file *file)
{
	_cleanup_text_ struct text data = { 0 };
	int r;

	if (!root->next_boot || file->state != FACT_KNOWN)
		return;
	file->fs_flags = 0;
	r = root_read(root, "/etc/fstab", ROOT_READ_LIMIT, &data);
	if (r == -ENOENT) /* then nothing is said of any mount, and the root is mounted plainly */
		return;
	if (r >= 0)
		r = fstab_flags(data.data, data.length, path, &file->fs_flags);
	if (r < 0)
		*file = (struct fact_file){ .state = FACT_UNKNOWN, .error = -r };
}

void fstab_record(struct root *root)
{
	_cleanup_text_ struct text data = { 0 };

	(void)!root_read(root, "/etc/fstab", ROOT_READ_LIMIT, &data);
}
