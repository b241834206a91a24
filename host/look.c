/* SPDX-License-Identifier: Apache-2.0 */
#include "host/look.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "host/walk.h"

/* Builders mount their own /proc, /sys, /dev and /run into a tree: what stands there is this
 * machine's, and the tree's are made when it boots. */
bool look_is_of_running(const char *path)
{
	static const char *const dirs[] = { "/proc", "/sys", "/dev", "/run" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (text_starts(path, dirs[i]) && strchr("/", path[strlen(dirs[i])]))
			return true;
	return false;
}

/* The same by a link in the tree: /etc/x -> /proc/y. */
static bool is_kernels(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (fs.f_type == PROC_SUPER_MAGIC || fs.f_type == SYSFS_MAGIC);
}

static int look_open(struct root *root, const char *path, int flags)
{
	int fd;

	if (root->kind == ROOT_IMAGE && look_is_of_running(path))
		return -ENODATA;
	/* a stock host is answers alone */
	if (root->kind == ROOT_RECORDED && root->fd < 0)
		return -ENOENT;
	if (root->kind != ROOT_LIVE) {
		fd = walk_open(root->fd, path, flags, &root->without_openat2);
		if (fd < 0 || root->kind != ROOT_IMAGE || !is_kernels(fd))
			return fd;
		(void)close(fd);
		return -ENODATA;
	}
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int regular(int fd, const uid_t *owner)
{
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return !owner || st.st_uid == *owner || st.st_mode & S_IROTH ? 0 : -EACCES;
}

int look_read(
	struct root *root, const char *path, size_t limit, const uid_t *owner, struct text *ret)
{
	_cleanup_close_ int seen = -1, fd = -1;
	int r;

	/* O_PATH first: opening a device can already do something (rewind a tape, arm a watchdog) */
	seen = look_open(root, path, O_PATH);
	r = regular(seen, owner);
	if (r < 0)
		return r;
	fd = look_open(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	r = regular(fd, owner);
	if (r < 0)
		return r;
	return io_read_all(fd, limit, ret);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int look_list(struct root *root, const char *path, struct text_list *ret)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	int fd, r;

	fd = look_open(root, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		(void)close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		r = text_list_add(ret, entry->d_name);
		if (r < 0)
			return r;
	}
	if (ret->count > 1)
		qsort(ret->items, ret->count, sizeof(*ret->items), by_bytes);
	return 0;
}

/* Permitted capabilities of a program that are effective when it starts; capabilities(7). */
static uint64_t file_caps(int fd)
{
	struct vfs_ns_cap_data data = { 0 };
	char path[64];
	uint32_t magic;
	ssize_t n;

	/* an O_PATH descriptor takes no fgetxattr(2) */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = getxattr(path, "security.capability", &data, sizeof(data));
	magic = le32toh(data.magic_etc);
	if (n < (ssize_t)XATTR_CAPS_SZ_2 || !(magic & VFS_CAP_FLAGS_EFFECTIVE))
		return 0;
	/* revision 3 with another namespace's root: not for us */
	if (n == (ssize_t)XATTR_CAPS_SZ_3 && data.rootid != 0)
		return 0;
	return le32toh(data.data[0].permitted) | (uint64_t)le32toh(data.data[1].permitted) << 32;
}

static void mount_facts(int fd, struct fact_file *ret)
{
	struct statfs fs;
	struct statvfs vfs;

	ret->fs_free = ret->fs_files = UINT64_MAX;
	if (fstatfs(fd, &fs) == 0)
		ret->fs_type = (uint64_t)(unsigned long)fs.f_type & UINT32_MAX;
	if (fstatvfs(fd, &vfs) < 0)
		return;
	ret->fs_flags = vfs.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
	/* cgroup, proc and the like have no blocks at all: nothing is free and nothing is lacking */
	if (vfs.f_blocks > 0)
		ret->fs_free = (uint64_t)vfs.f_bavail * vfs.f_frsize;
	/* btrfs and others make them as they go, and count none */
	if (vfs.f_files > 0)
		ret->fs_files = (uint64_t)vfs.f_favail;
}

/* A record's tree is copies: what is true of them is their type and permission bits. */
static void stat_copy(const struct stat *st, struct fact_file *ret)
{
	*ret = (struct fact_file){
		.mode = st->st_mode,
		.size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0,
		.fs_free = UINT64_MAX,
		.fs_files = UINT64_MAX,
	};
}

int look_stat(struct root *root, const char *path, struct fact_file *ret)
{
	_cleanup_close_ int fd = look_open(root, path, O_PATH);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (root->kind == ROOT_RECORDED) {
		stat_copy(&st, ret);
		return 0;
	}
	*ret = (struct fact_file){
		.mode = st.st_mode,
		.uid = st.st_uid,
		.gid = st.st_gid,
		.rdev_major = major(st.st_rdev),
		.rdev_minor = minor(st.st_rdev),
		.size = (uint64_t)st.st_size,
	};
	mount_facts(fd, ret);
	if (S_ISREG(st.st_mode))
		ret->caps = file_caps(fd);
	return 0;
}

int look_link(struct root *root, const char *path, char *ret, size_t size)
{
	_cleanup_close_ int fd = -1;
	ssize_t n;

	if (root->kind == ROOT_LIVE) {
		n = readlink(path, ret, size - 1);
	} else {
		fd = look_open(root, path, O_PATH | O_NOFOLLOW);
		if (fd < 0)
			return fd;
		n = readlinkat(fd, "", ret, size - 1);
		/* readlinkat with an empty path on what is no link: ENOENT, where readlink says EINVAL */
		if (n < 0 && errno == ENOENT)
			return -EINVAL;
	}
	if (n < 0)
		return -errno;
	ret[n] = '\0';
	return 0;
}
