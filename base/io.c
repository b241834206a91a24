/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

int io_read_all(int fd, size_t limit, struct text *ret)
{
	size_t end = ret->length + limit;

	for (;;) {
		size_t want = MIN(end - ret->length + 1, (size_t)16384);
		ssize_t n;
		int r;

		r = text_reserve(ret, want);
		if (r < 0)
			return r;
		n = read(fd, ret->data + ret->length, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		ret->length += (size_t)n;
		if (ret->length > end) {
			ret->length = end;
			ret->data[end] = '\0';
			return -EFBIG;
		}
		ret->data[ret->length] = '\0';
	}
}

int io_write_all(int fd, const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n > 0) {
		ssize_t done = write(fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

int io_read_file_at(int dirfd, const char *path, size_t limit, struct text *ret)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);

	if (fd < 0)
		return -errno;
	return io_read_all(fd, limit, ret);
}

static int write_temporary(
	int dirfd, const char *name, const void *bytes, size_t n, mode_t mode, unsigned flags)
{
	_cleanup_close_ int fd =
		openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return -errno;
	r = io_write_all(fd, bytes, n);
	if (r < 0)
		return r;
	if (fchmod(fd, mode) < 0)
		return -errno;
	if (!(flags & IO_NO_SYNC) && fsync(fd) < 0)
		return -errno;
	return 0;
}

static int sync_directory(int dirfd)
{
	_cleanup_close_ int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	/* some file systems cannot sync a directory, and have no need to */
	if (fsync(fd) < 0 && errno != EINVAL)
		return -errno;
	return 0;
}

int io_replace_at(
	int dirfd, const char *name, const void *bytes, size_t n, mode_t mode, unsigned flags)
{
	char temporary[NAME_MAX + 1];
	uint64_t random = 0;
	int r;

	if (getrandom(&random, sizeof(random), 0) < 0)
		return -errno;
	r = snprintf(
		temporary, sizeof(temporary), ".%.200s.%016llx", name, (unsigned long long)random);
	if (r < 0)
		return -EINVAL;
	r = write_temporary(dirfd, temporary, bytes, n, mode, flags);
	if (r >= 0 && renameat(dirfd, temporary, dirfd, name) < 0)
		r = -errno;
	if (r < 0) {
		if (r != -EEXIST)
			(void)unlinkat(dirfd, temporary, 0);
		return r;
	}
	return flags & IO_NO_SYNC ? 0 : sync_directory(dirfd);
}

int io_mkdirs(const char *path, mode_t mode)
{
	char made[PATH_MAX];

	if (!text_copy(made, sizeof(made), path))
		return -ENAMETOOLONG;
	for (char *at = made + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(made, mode) < 0 && errno != EEXIST)
			return -errno;
		*at = '/';
	}
	if (mkdir(made, mode) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

static int remove_children(int dirfd, const char *name, dev_t device)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	struct stat st;
	int fd, failed = 0;

	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || st.st_dev != device) {
		(void)close(fd);
		return -EXDEV;
	}
	dir = fdopendir(fd);
	if (!dir) {
		(void)close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(dir))) {
		int r = 0;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, entry->d_name, 0) == 0)
			continue;
		if (errno != EISDIR && errno != EPERM)
			r = -errno;
		else
			r = remove_children(fd, entry->d_name, device);
		if (r >= 0 && unlinkat(fd, entry->d_name, AT_REMOVEDIR) < 0)
			r = -errno;
		if (r < 0)
			failed = r;
	}
	return failed;
}

int io_remove_tree_at(int dirfd, const char *name)
{
	struct stat st;
	int r;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISDIR(st.st_mode))
		return unlinkat(dirfd, name, 0) < 0 ? -errno : 0;
	r = remove_children(dirfd, name, st.st_dev);
	if (r < 0)
		return r;
	return unlinkat(dirfd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

uint64_t io_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
