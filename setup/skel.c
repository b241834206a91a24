/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/skel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "host/probe.h"
#include "setup/epoch.h"
#include "setup/regular.h"
#include "setup/target.h"

enum {
	DEPTH_LIMIT = 8,
	FILE_LIMIT = 1 << 20
};

struct owner {
	uid_t uid;
	gid_t gid;
	uint64_t epoch;
};

static int open_at(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

static int open_path(struct target *t, const char *path)
{
	_cleanup_close_ int parent = -1;
	const char *name;

	parent = target_open_parent(t, path, &name);
	return parent < 0 ? parent : open_at(parent, name);
}

static int list(int fd, DIR **ret)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (copy < 0)
		return -errno;
	*ret = fdopendir(copy);
	if (*ret)
		return 0;
	(void)close(copy);
	return -ENOMEM;
}

static bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int read_small(int parent, const char *name, struct text *ret, struct stat *st)
{
	_cleanup_close_ int fd = regular_open(parent, name, O_RDONLY, st);

	return fd < 0 ? fd : io_read_all(fd, FILE_LIMIT, ret);
}

/* Last of all: the owner, the mode of what was copied, the time. */
static int give(const struct owner *w, int fd, mode_t mode)
{
	if (fchmod(fd, mode & 0777) < 0 || fchown(fd, w->uid, w->gid) < 0)
		return -errno;
	epoch_clamp(fd, w->epoch);
	return 0;
}

static int copy_file(const struct owner *w, int from, int to, const char *name)
{
	_cleanup_text_ struct text content = { 0 };
	_cleanup_close_ int fd = -1;
	struct stat st = { 0 };
	int r = read_small(from, name, &content, &st);

	if (r < 0)
		return r == -EINVAL || r == -ELOOP ? 0 : r; /* no link or device is copied */
	fd = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = io_write_all(fd, text_get(&content), content.length);
	return r < 0 ? r : give(w, fd, st.st_mode);
}

static int copy_tree(const struct owner *w, int from, int to, unsigned depth)
{
	_cleanup_closedir_ DIR *names = NULL;
	struct dirent *entry;
	int r = list(from, &names);

	while (r >= 0 && depth > 0 && names && (entry = readdir(names))) {
		_cleanup_close_ int a = -1, b = -1;
		struct stat st;

		if (is_dots(entry->d_name))
			continue;
		a = open_at(from, entry->d_name);
		if (a < 0) {
			r = copy_file(w, from, to, entry->d_name);
			continue;
		}
		r = fstat(a, &st) < 0 || mkdirat(to, entry->d_name, 0700) < 0 ? -errno : 0;
		b = r < 0 ? r : open_at(to, entry->d_name);
		if (b >= 0)
			r = copy_tree(w, a, b, depth - 1);
		if (r >= 0)
			r = b < 0 ? b : give(w, b, st.st_mode);
	}
	return r;
}

/* Is the file of the home that of skel, or the beginning of it, as a copy that was cut short is? */
static bool is_copy(int skel, int home, const char *name)
{
	_cleanup_text_ struct text x = { 0 }, y = { 0 };
	struct stat st;

	return read_small(skel, name, &x, &st) == 0 && read_small(home, name, &y, &st) == 0 &&
	       x.length >= y.length && memcmp(text_get(&x), text_get(&y), y.length) == 0;
}

/* Is the copy whole, and given to its user? What is not copied is never missing. */
static bool is_whole_file(const struct owner *w, int skel, int home, const char *name)
{
	_cleanup_text_ struct text x = { 0 }, y = { 0 };
	struct stat want, st;

	if (read_small(skel, name, &x, &want) < 0)
		return true;
	return read_small(home, name, &y, &st) == 0 && x.length == y.length &&
	       st.st_uid == w->uid && st.st_gid == w->gid &&
	       ((want.st_mode ^ st.st_mode) & 0777) == 0;
}

static bool is_whole(const struct owner *w, int skel, int home, unsigned depth)
{
	_cleanup_closedir_ DIR *names = NULL;
	struct dirent *entry;
	struct stat st;

	if (depth == 0 || list(skel, &names) < 0 || fstat(home, &st) < 0 || st.st_uid != w->uid ||
		st.st_gid != w->gid)
		return depth == 0;
	while (names && (entry = readdir(names))) {
		_cleanup_close_ int a = -1, b = -1;

		if (is_dots(entry->d_name))
			continue;
		a = open_at(skel, entry->d_name);
		b = a < 0 ? -1 : open_at(home, entry->d_name);
		if (a < 0 ? !is_whole_file(w, skel, home, entry->d_name)
			  : b < 0 || !is_whole(w, a, b, depth - 1))
			return false;
	}
	return true;
}

/* Is everything in @home in @skel too, with the same content? Nothing of it is the user's then. */
static bool is_untouched(int skel, int home, unsigned depth)
{
	_cleanup_closedir_ DIR *names = NULL;
	struct dirent *entry;

	if (depth == 0 || list(home, &names) < 0)
		return false;
	while (names && (entry = readdir(names))) {
		_cleanup_close_ int a = -1, b = -1;

		/* a try of ours that was killed left that, and the next one removes it */
		if (is_dots(entry->d_name) || text_starts(entry->d_name, PROBE_SCRATCH))
			continue;
		b = open_at(home, entry->d_name);
		a = skel < 0 ? -1 : open_at(skel, entry->d_name);
		if (b >= 0 ? a < 0 || !is_untouched(a, b, depth - 1)
			   : skel < 0 || !is_copy(skel, home, entry->d_name))
			return false;
	}
	return true;
}

static int fill(struct target *t, int to, uid_t uid, gid_t gid)
{
	_cleanup_close_ int from = open_path(t, "/etc/skel");
	struct owner w = { .uid = uid, .gid = gid, .epoch = t->epoch };
	int r = from < 0 ? 0 : copy_tree(&w, from, to, DEPTH_LIMIT);

	return r < 0 ? r : give(&w, to, 0700);
}

/* Under another name first: a home is there whole or not at all. */
static int fill_new(struct target *t, int parent, const char *name, uid_t uid, gid_t gid)
{
	_cleanup_close_ int to = -1;
	int r = io_remove_tree_at(parent, TARGET_TEMPORARY);

	if (r < 0 && r != -ENOENT)
		return r;
	if (mkdirat(parent, TARGET_TEMPORARY, 0700) < 0)
		return -errno;
	to = open_at(parent, TARGET_TEMPORARY);
	r = to < 0 ? to : fill(t, to, uid, gid);
	if (r >= 0 && renameat(parent, TARGET_TEMPORARY, parent, name) < 0)
		r = -errno;
	if (r < 0)
		(void)!io_remove_tree_at(parent, TARGET_TEMPORARY);
	return r < 0 ? r : target_finish_directory(t, parent);
}

int skel_make(struct target *t, const char *home, uid_t uid, gid_t gid)
{
	_cleanup_close_ int there = -1, parent = -1;
	const char *name;
	int r;

	parent = target_open_parent(t, home, &name);
	if (parent < 0)
		return parent;
	there = open_at(parent, name);
	if (there >= 0 && skel_is_empty(t, home)) /* may be a mounted disk */
		return fill(t, there, uid, gid);
	if (there >= 0) {
		r = skel_remove(t, home);
		if (r != 0)
			return r < 0 ? r : -ENOTEMPTY;
	}
	return fill_new(t, parent, name, uid, gid);
}

int skel_remove(struct target *t, const char *home)
{
	_cleanup_close_ int skel = open_path(t, "/etc/skel");
	_cleanup_close_ int to = open_path(t, home);
	_cleanup_close_ int parent = -1;
	const char *name;

	if (to < 0)
		return to == -ENOENT ? 0 : to;
	if (!is_untouched(skel, to, DEPTH_LIMIT))
		return 1;
	parent = target_open_parent(t, home, &name);
	return parent < 0 ? parent : io_remove_tree_at(parent, name);
}

bool skel_is_empty(struct target *t, const char *home)
{
	_cleanup_close_ int fd = open_path(t, home);
	_cleanup_closedir_ DIR *names = NULL;
	struct dirent *entry;

	if (fd < 0 || list(fd, &names) < 0)
		return false;
	while (names && (entry = readdir(names)))
		if (!is_dots(entry->d_name) && strcmp(entry->d_name, "lost+found") != 0)
			return false;
	return true;
}

bool skel_is_all(struct target *t, const char *home)
{
	_cleanup_close_ int skel = open_path(t, "/etc/skel");
	_cleanup_close_ int to = open_path(t, home);

	return to >= 0 && (skel_is_empty(t, home) || is_untouched(skel, to, DEPTH_LIMIT));
}

bool skel_is_whole(struct target *t, const char *home, uid_t uid, gid_t gid)
{
	const struct owner w = { .uid = uid, .gid = gid };
	_cleanup_close_ int skel = open_path(t, "/etc/skel");
	_cleanup_close_ int to = open_path(t, home);
	struct stat st;

	if (to < 0 || fstat(to, &st) < 0 || (st.st_mode & 07777) != 0700 || st.st_uid != uid)
		return false;
	return skel < 0 || is_whole(&w, skel, to, DEPTH_LIMIT);
}
