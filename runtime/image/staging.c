/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/image/staging.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/text.h"

#define PREFIX ".stage-"

static int open_directory(int dirfd, const char *name)
{
	return openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* What is left stands under a name that the next sweep finds. */
static void discard(int layers_fd, const char *name)
{
	int r = io_remove_tree_at(layers_fd, name);

	(void)r;
}

void staging_sweep(int layers_fd)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	int fd = open_directory(layers_fd, ".");

	if (fd < 0)
		return;
	dir = fdopendir(fd);
	if (!dir) {
		(void)close(fd);
		return;
	}
	while ((entry = readdir(dir))) {
		_cleanup_close_ int stage = -1;

		if (!text_starts(entry->d_name, PREFIX))
			continue;
		stage = open_directory(layers_fd, entry->d_name);
		if (stage >= 0 && flock(stage, LOCK_EX | LOCK_NB) == 0)
			discard(layers_fd, entry->d_name);
	}
}

/* Between mkdir and flock another run's sweep may have taken the directory for a left one: then it
 * has no name any more, and a new one is made. */
static int try_open(struct staging *staging)
{
	uint64_t random;
	struct stat st;

	if (getrandom(&random, sizeof(random), 0) < 0)
		return -errno;
	(void)snprintf(
		staging->name, sizeof(staging->name), PREFIX "%016llx", (unsigned long long)random);
	if (mkdirat(staging->layers_fd, staging->name, 0755) < 0)
		return -errno;
	staging->fd = open_directory(staging->layers_fd, staging->name);
	if (staging->fd < 0)
		return errno == ENOENT ? -EAGAIN : -errno;
	if (flock(staging->fd, LOCK_EX) < 0 || fstat(staging->fd, &st) < 0)
		return -errno;
	if (st.st_nlink == 0) {
		(void)close(staging->fd);
		staging->fd = -1;
		return -EAGAIN;
	}
	return 0;
}

int staging_open(struct staging *ret, int layers_fd, struct error *err)
{
	struct staging staging = { .layers_fd = layers_fd, .fd = -1 };
	int r;

	do
		r = try_open(&staging);
	while (r == -EAGAIN);
	if (r < 0)
		return error_set(err, r, "cannot make a directory to unpack in");
	*ret = staging;
	return 0;
}

int staging_keep(struct staging *staging, const char *name, struct error *err)
{
	/* a layer that is there is never looked into again: it must be whole after a power cut */
	if (syncfs(staging->fd) < 0)
		return error_set(err, -errno, "cannot write out layer '%.20s'", name);
	if (renameat2(staging->layers_fd, staging->name, staging->layers_fd, name,
		    RENAME_NOREPLACE) < 0) {
		if (errno != EEXIST)
			return error_set(err, -errno, "cannot put layer '%.20s' in place", name);
		return 0;
	}
	(void)close(staging->fd);
	staging->fd = -1;
	return 0;
}

void staging_close(struct staging *staging)
{
	if (staging->fd < 0)
		return;
	discard(staging->layers_fd, staging->name);
	(void)close(staging->fd);
	staging->fd = -1;
}
