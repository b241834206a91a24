/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci/mountfd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h> /* clashes with <sys/mount.h>: hence the raw calls */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/linux.h"
#include "runtime/oci/spec.h"

enum {
	DETACH = 2
}; /* MNT_DETACH */

static uint64_t attributes(unsigned flags)
{
	return (flags & SPEC_MOUNT_RO ? MOUNT_ATTR_RDONLY : 0) |
	       (flags & SPEC_MOUNT_NOSUID ? MOUNT_ATTR_NOSUID : 0) |
	       (flags & SPEC_MOUNT_NODEV ? MOUNT_ATTR_NODEV : 0) |
	       (flags & SPEC_MOUNT_NOEXEC ? MOUNT_ATTR_NOEXEC : 0);
}

static int configure(int fs, unsigned command, const char *key, const char *value)
{
	return syscall(SYS_fsconfig, fs, command, key, value, 0) < 0 ? -errno : 0;
}

static int set(int fs, const char *key, const char *value)
{
	return configure(fs, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, key, value);
}

/* The messages of the context, "e overlay: ...", one per read. */
static void complain(int fs, struct text *words)
{
	char line[512];
	ssize_t n;

	while (words && (n = read(fs, line, sizeof(line) - 1)) > 0) {
		line[n] = '\0';
		line[strcspn(line, "\n")] = '\0';
		if (words->length)
			text_add(words, "; ");
		text_add(words, n > 2 && line[1] == ' ' ? line + 2 : line);
	}
}

static int make(int fs, unsigned flags, struct text *words)
{
	long fd;
	int r = configure(fs, FSCONFIG_CMD_CREATE, NULL, NULL);

	if (r < 0) {
		complain(fs, words);
		return r;
	}
	fd = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attributes(flags));
	return fd < 0 ? -errno : (int)fd;
}

static int set_all(int fs, const char *data)
{
	char option[PATH_MAX];

	while (data && *data) {
		size_t n = strcspn(data, ",");
		char *value;
		int r;

		if (n >= sizeof(option))
			return -ENAMETOOLONG;
		memcpy(option, data, n);
		option[n] = '\0';
		value = strchr(option, '=');
		if (value)
			*value++ = '\0';
		r = *option ? set(fs, option, value) : 0;
		if (r < 0)
			return r;
		data += n + (data[n] == ',');
	}
	return 0;
}

int mountfd_new(
	const char *type, const char *data, const char *label, unsigned flags, struct text *words)
{
	_cleanup_close_ int fs = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
	int r;

	if (fs < 0)
		return -errno;
	r = set(fs, "source", type); /* what mount(8) shows */
	if (r == 0)
		r = set_all(fs, data);
	if (r == 0 && label)
		r = set(fs, "context", label);
	if (r < 0) {
		complain(fs, words);
		return r;
	}
	return make(fs, flags, words);
}

int mountfd_clone(int dir, const char *path, bool recursive)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0) |
			 (*path ? 0 : AT_EMPTY_PATH);
	long fd = syscall(SYS_open_tree, dir, path, flags);

	return fd < 0 ? -errno : (int)fd;
}

int mountfd_attach(int fd, int target)
{
	long r = syscall(SYS_move_mount, fd, "", target, "",
		MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);

	return r < 0 ? -errno : 0;
}

/* Linux before 5.12 has no mount_setattr(): remount what @fd leads to, its top mount only. */
static int remount(int fd, unsigned flags)
{
	unsigned long old = MS_REMOUNT | MS_BIND | (flags & SPEC_MOUNT_RO ? MS_RDONLY : 0) |
			    (flags & SPEC_MOUNT_NOSUID ? MS_NOSUID : 0) |
			    (flags & SPEC_MOUNT_NODEV ? MS_NODEV : 0) |
			    (flags & SPEC_MOUNT_NOEXEC ? MS_NOEXEC : 0);
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return syscall(SYS_mount, NULL, path, NULL, old, NULL) < 0 ? -errno : 0;
}

static int change(int fd, unsigned flags, bool recursive, uint64_t propagation)
{
	struct linux_mount_attr attr = { .attr_set = attributes(flags),
		.propagation = propagation };
	long r = syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0),
		&attr, sizeof(attr));

	return r < 0 ? -errno : 0;
}

int mountfd_attach_with(int fd, int target, unsigned flags, bool recursive)
{
	int changed =
		change(fd, flags, recursive, flags & SPEC_MOUNT_SLAVE ? MS_SLAVE : MS_PRIVATE);
	int r = changed < 0 && changed != -ENOSYS ? changed : mountfd_attach(fd, target);

	return r == 0 && changed == -ENOSYS && attributes(flags) ? remount(fd, flags) : r;
}

int mountfd_make_read_only(int fd, bool recursive)
{
	int r = change(fd, SPEC_MOUNT_RO, recursive, 0);

	return r == -ENOSYS ? remount(fd, SPEC_MOUNT_RO) : r;
}

int mountfd_overlay(const struct mountfd_overlay *o, struct text *words)
{
	_cleanup_close_ int fs = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
	int r;

	if (fs < 0)
		return -errno;
	r = set(fs, "source", "overlay");
	for (size_t i = o->count; r == 0 && i > 0; i--)
		r = set(fs, "lowerdir+", o->layers[i - 1]);
	if (r == 0 && o->upper) {
		r = set(fs, "upperdir", o->upper);
		if (r == 0)
			r = set(fs, "workdir", o->work);
		if (r == 0 && o->throw_away)
			r = set(fs, "volatile", NULL);
	}
	/* marks are kept in user.overlay.*, the only ones a user namespace may write */
	if (r == 0)
		r = set(fs, "userxattr", NULL);
	if (r == 0 && o->label)
		r = set(fs, "context", o->label);
	return r < 0 ? r : make(fs, 0, words);
}

/* ':' separates layers and ',' options: both, and '\', are escaped by a backslash. */
static void add_escaped(struct text *to, const char *path)
{
	for (; *path; path++) {
		if (strchr(":,\\", *path))
			text_add(to, "\\");
		text_add_bytes(to, path, 1);
	}
}

int mountfd_overlay_classic(const struct mountfd_overlay *o)
{
	_cleanup_text_ struct text data = { 0 };

	text_add(&data, "userxattr,lowerdir=");
	for (size_t i = o->count; i > 0; i--) {
		add_escaped(&data, o->layers[i - 1]);
		if (i > 1)
			text_add(&data, ":");
	}
	if (o->upper) {
		text_add(&data, ",upperdir=");
		add_escaped(&data, o->upper);
		text_add(&data, ",workdir=");
		add_escaped(&data, o->work);
		text_add(&data, o->throw_away ? ",volatile" : "");
	}
	if (o->label)
		text_addf(&data, ",context=\"%s\"", o->label);
	if (text_failed(&data))
		return -ENOMEM;
	/* mount(2) takes one page */
	if (data.length >= (size_t)sysconf(_SC_PAGESIZE))
		return -E2BIG;
	return syscall(SYS_mount, "overlay", ".", "overlay", 0, data.data) < 0 ? -errno : 0;
}

int mountfd_make_slave(const char *path)
{
	return syscall(SYS_mount, NULL, path, NULL, MS_REC | MS_SLAVE, NULL) < 0 ? -errno : 0;
}

int mountfd_pivot(void)
{
	/* the old root ends up on top of the new one, so that no directory for it is needed:
	 * pivot_root(2), "pivot_root(".", ".")" */
	if (syscall(SYS_pivot_root, ".", ".") < 0 || syscall(SYS_umount2, ".", DETACH) < 0)
		return -errno;
	return chdir("/") < 0 ? -errno : 0;
}
