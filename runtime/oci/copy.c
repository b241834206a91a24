/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci/copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

enum {
	DEPTH = 64
};

/* Call @visit for each entry of the directory @fd. */
struct walk {
	int to;
	uid_t uid;
	gid_t gid;
	dev_t dev;
	unsigned depth;
};

static int each(int fd, const struct walk *walk,
	int (*visit)(int fd, const char *name, const struct stat *st, const struct walk *walk))
{
	_cleanup_closedir_ DIR *dir = NULL;
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;

	if (walk->depth > DEPTH || copy < 0)
		return copy < 0 ? -errno : -ELOOP;
	dir = fdopendir(copy);
	if (!dir) {
		(void)close(copy);
		return -ENOMEM;
	}
	while ((entry = readdir(dir))) {
		struct stat st;
		int r;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		r = visit(fd, entry->d_name, &st, walk);
		if (r < 0)
			return r;
	}
	return 0;
}

static int copy_file(int from, int to, const char *name)
{
	_cleanup_close_ int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	_cleanup_close_ int out =
		openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	ssize_t n;

	if (in < 0 || out < 0)
		return -errno;
	while ((n = sendfile(out, in, NULL, 1 << 20)) > 0)
		;
	return n < 0 ? -errno : 0;
}

static int copy_link(int from, int to, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	return symlinkat(target, to, name) < 0 ? -errno : 0;
}

static int copy_entry(int from, const char *name, const struct stat *st, const struct walk *walk);

static int copy_directory(int from, const char *name, const struct walk *walk)
{
	_cleanup_close_ int in =
		openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_close_ int out = -1;
	struct walk below = *walk;

	if (in < 0 || mkdirat(walk->to, name, 0700) < 0)
		return -errno;
	out = openat(walk->to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (out < 0)
		return -errno;
	below.to = out;
	below.depth++;
	return each(in, &below, copy_entry);
}

static int copy_entry(int from, const char *name, const struct stat *st, const struct walk *walk)
{
	int r = 0;

	if (S_ISDIR(st->st_mode))
		r = copy_directory(from, name, walk);
	else if (S_ISREG(st->st_mode))
		r = copy_file(from, walk->to, name);
	else if (S_ISLNK(st->st_mode))
		r = copy_link(from, walk->to, name);
	else
		return 0; /* sockets, pipes, devices: not a tmpfs's business */
	if (r == 0 && fchownat(walk->to, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	/* after chown, which clears setuid */
	if (r == 0 && !S_ISLNK(st->st_mode) && fchmodat(walk->to, name, st->st_mode & 07777, 0) < 0)
		return -errno;
	return r;
}

int copy_tree(int from, int to)
{
	struct walk walk = { .to = to };

	return each(from, &walk, copy_entry);
}

static int own_entry(int fd, const char *name, const struct stat *st, const struct walk *walk)
{
	_cleanup_close_ int in = -1;
	struct walk below = *walk;
	int r;

	if (st->st_dev != walk->dev)
		return 0;
	if (S_ISDIR(st->st_mode)) {
		in = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		below.depth++;
		r = in < 0 ? -errno : each(in, &below, own_entry);
		if (r < 0)
			return r;
	}
	if (st->st_uid == walk->uid && st->st_gid == walk->gid)
		return 0;
	return fchownat(fd, name, walk->uid, walk->gid, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int copy_owner(int fd, uid_t uid, gid_t gid)
{
	struct walk walk = { .uid = uid, .gid = gid };
	struct stat st;
	int r = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	walk.dev = st.st_dev;
	if (S_ISDIR(st.st_mode))
		r = each(fd, &walk, own_entry);
	if (r == 0 && fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0)
		return -errno;
	return r;
}
