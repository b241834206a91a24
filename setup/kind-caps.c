/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file capability of a program of the host, which a copy or an image build has lost: a
 * security.capability attribute (capabilities(7)), as setcap(8) writes it. Other attributes stay.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/regular.h"
#include "setup/target.h"

#define ATTRIBUTE "security.capability"

/* What stood there before, for the entry's note. */
#define NONE "none"

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "give '%s' the capability %s", c->path, c->text);
}

/* Permitted and effective, nothing inheritable, nothing above the 32nd. */
static struct vfs_cap_data data_of(const struct change *c)
{
	struct vfs_cap_data data = {
		.magic_etc = htole32(VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE),
		.data[0].permitted = htole32((uint32_t)c->number),
	};

	return data;
}

/* A capability is root's power whoever owns the file: somebody may have put another in its place
 * since it was judged, or, in a tree, a name of one that lies outside. */
static int check_program(
	const struct target *t, const char *path, const struct stat *st, struct error *err)
{
	if (st->st_uid != 0 || (st->st_mode & 022))
		return error_say(err, -EPERM,
			"'%s' gets no capability: others than root may write it; install its "
			"package again",
			path);
	if (!t->live && st->st_nlink > 1)
		return error_say(err, -EMLINK,
			"'%s' has more names than this one (hard links), perhaps outside of the "
			"tree; put a copy in its place",
			path);
	return 0;
}

static int open_program(struct target *t, const char *path, struct stat *ret, struct error *err)
{
	_cleanup_close_ int parent = -1;
	const char *name;
	int fd = parent = target_open_parent(t, path, &name);

	if (parent >= 0)
		fd = regular_open(parent, name, O_RDONLY, ret);
	return fd < 0 ? error_set(err, fd, "cannot look at '%s'", path) : fd;
}

/* As hexadecimal digits: a journal is text. */
static int note_before(struct entry *entry, const unsigned char *bytes, size_t n)
{
	_cleanup_text_ struct text hex = { 0 };

	for (size_t i = 0; i < n; i++)
		text_addf(&hex, "%02x", bytes[i]);
	return entry_note(&entry->live, "%s", n ? text_get(&hex) : NONE);
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	const struct vfs_cap_data wanted = data_of(c);
	unsigned char now[sizeof(struct vfs_ns_cap_data)];
	struct stat st = { 0 };
	_cleanup_close_ int fd = open_program(t, c->path, &st, err);
	ssize_t n;
	int r;

	if (fd < 0)
		return fd;
	n = fgetxattr(fd, ATTRIBUTE, now, sizeof(now));
	if (n < 0 && errno == ENOTSUP)
		return error_say(err, -EOPNOTSUPP,
			"cannot give '%s' a capability: its file system keeps none; 'chmod u+s "
			"%s' does as well",
			c->path, c->path);
	if (n < 0 && errno != ENODATA)
		return error_set(err, -errno, "cannot look at '%s'", c->path);
	if (n == XATTR_CAPS_SZ_2 && memcmp(now, &wanted, XATTR_CAPS_SZ_2) == 0)
		return LOOK_DONE;
	r = check_program(t, c->path, &st, err);
	if (r < 0)
		return r;
	return note_before(entry, now, n < 0 ? 0 : (size_t)n) < 0 ? -ENOMEM : LOOK_TODO;
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	const struct vfs_cap_data wanted = data_of(c);
	struct stat st = { 0 };
	_cleanup_close_ int fd = open_program(t, c->path, &st, err);
	int r = fd < 0 ? fd : check_program(t, c->path, &st, err);

	(void)entry;
	if (r >= 0 && fsetxattr(fd, ATTRIBUTE, &wanted, XATTR_CAPS_SZ_2, 0) < 0)
		return error_set(err, -errno, "cannot give '%s' a capability", c->path);
	return r;
}

static size_t bytes_of(const char *hex, unsigned char *ret, size_t size)
{
	size_t n = 0;
	unsigned byte;

	while (n < size && hex[0] && hex[1] && sscanf(hex, "%2x", &byte) == 1) {
		ret[n++] = (unsigned char)byte;
		hex += 2;
	}
	return n;
}

static int left(struct error *err, const char *path, const char *why)
{
	(void)error_say(err, -ECANCELED, "'%s' stays: %s", path, why);
	return UNDO_LEFT;
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	const struct change like = { .number = entry->number };
	const struct vfs_cap_data ours = data_of(&like);
	unsigned char now[sizeof(struct vfs_ns_cap_data)], before[sizeof(now)];
	size_t n =
		strcmp(entry->live, NONE) == 0 ? 0 : bytes_of(entry->live, before, sizeof(before));
	struct stat st = { 0 };
	_cleanup_close_ int fd = open_program(t, entry->path, &st, err);
	ssize_t there;
	int r;

	if (fd < 0)
		return left(err, entry->path, "it cannot be opened any more");
	there = fgetxattr(fd, ATTRIBUTE, now, sizeof(now));
	if (there < 0 ? n == 0 : (size_t)there == n && memcmp(now, before, n) == 0)
		return UNDO_ALL; /* it was never made */
	if (there != XATTR_CAPS_SZ_2 || memcmp(now, &ours, XATTR_CAPS_SZ_2) != 0)
		return left(err, entry->path, "its capability was changed since");
	r = n ? fsetxattr(fd, ATTRIBUTE, before, n, 0) : fremovexattr(fd, ATTRIBUTE);
	return r < 0 ? error_set(err, -errno, "cannot take the capability from '%s'", entry->path)
		     : UNDO_ALL;
}

const struct kind kind_caps = {
	.word = "capability",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
