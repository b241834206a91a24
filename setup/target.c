/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/target.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "host/walk.h"
#include "setup/epoch.h"
#include "setup/label.h"
#include "setup/regular.h"
#include "setup/xattr.h"

enum {
	/* O_PATH: a user may pass directories that he may not list */
	DIRECTORY = O_PATH | O_DIRECTORY | O_CLOEXEC,
};

int target_open(const char *path, bool live, struct target *ret, struct error *err)
{
	*ret = (struct target){ .fd = -1,
		.live = live,
		.epoch = live ? INT64_MAX : epoch_or(INT64_MAX),
		.state = TARGET_STATE };
	if (!text_copy(ret->path, sizeof(ret->path), path))
		return error_set(err, -ENAMETOOLONG, "cannot open '%s'", path);
	ret->fd = open(path, DIRECTORY);
	if (ret->fd < 0)
		return error_set(err, -errno, "cannot open '%s'", path);
	ret->systemd = live && access("/run/systemd/system", F_OK) == 0;
	return 0;
}

void target_close(struct target *t)
{
	cleanup_close(&t->fd);
	t->fd = -1;
}

void target_progress(const struct target *t, const char *words)
{
	if (t->progress)
		t->progress(words);
}

/* Component by component, following no link: for homes. */
static int walk_strictly(int from, const char *relative, size_t length)
{
	_cleanup_close_ int at = fcntl(from, F_DUPFD_CLOEXEC, 0);
	size_t done = 0;

	while (at >= 0 && done < length) {
		size_t n = strcspn(relative + done, "/");
		char name[NAME_MAX + 1];
		int next;

		if (n > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(name, relative + done, n);
		name[n] = '\0';
		done += n + 1;
		if (n == 0)
			continue;
		next = openat(at, name, DIRECTORY | O_NOFOLLOW);
		if (next < 0) /* a link answers ENOTDIR to O_DIRECTORY | O_NOFOLLOW */
			return errno == ENOTDIR ? -ELOOP : -errno;
		cleanup_close(&at);
		at = next;
	}
	return at < 0 ? -errno : take_fd(&at);
}

static int open_directory(struct target *t, const char *relative, size_t length);

/* The home as the host leads to it, what is below it strictly. */
static int open_strictly(struct target *t, const char *relative, size_t length)
{
	_cleanup_close_ int home = -1;
	size_t above = t->strict_from > 1 ? t->strict_from - 1 : 0; /* without its first slash */
	struct target lenient = *t;

	above = MIN(above, length);
	lenient.strict = false;
	home = open_directory(&lenient, relative, above);
	return home < 0 ? home : walk_strictly(home, relative + above, length - above);
}

static int open_directory(struct target *t, const char *relative, size_t length)
{
	char directory[PATH_MAX];
	int fd;

	if (length >= sizeof(directory))
		return -ENAMETOOLONG;
	memcpy(directory, relative, length);
	directory[length] = '\0';
	if (!*directory)
		return fcntl(t->fd, F_DUPFD_CLOEXEC, 0);
	if (t->strict)
		return open_strictly(t, relative, length);
	if (t->live) {
		fd = openat(t->fd, directory, DIRECTORY);
		return fd < 0 ? -errno : fd;
	}
	return walk_open(t->fd, directory, DIRECTORY, &t->without_openat2);
}

static bool has_dots(const char *path)
{
	for (const char *at = path; (at = strstr(at, "/.")); at += 2)
		if (at[2] == '\0' || at[2] == '/' || (at[2] == '.' && (!at[3] || at[3] == '/')))
			return true;
	return false;
}

bool target_is_path(const char *path)
{
	return path[0] == '/' && !text_ends(path, "/") && !has_dots(path);
}

int target_open_parent(struct target *t, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	int fd;

	if (!target_is_path(path))
		return -EINVAL;
	fd = open_directory(t, path + 1, slash == path ? 0 : (size_t)(slash - path - 1));
	if (fd >= 0)
		*ret_name = slash + 1;
	return fd;
}

int target_read(struct target *t, const char *path, struct text *ret, struct stat *ret_stat)
{
	_cleanup_close_ int parent = -1, fd = -1;
	const char *name;
	struct stat st;

	parent = target_open_parent(t, path, &name);
	if (parent < 0)
		return parent;
	fd = regular_open(parent, name, O_RDONLY, &st);
	if (fd < 0)
		return fd;
	if (t->strict && st.st_uid != t->owner)
		return -EPERM;
	if (ret_stat)
		*ret_stat = st;
	return io_read_all(fd, TARGET_READ_LIMIT, ret);
}

int target_stat(struct target *t, const char *path, struct stat *ret)
{
	_cleanup_close_ int parent = -1;
	const char *name;

	parent = target_open_parent(t, path, &name);
	if (parent < 0)
		return parent;
	return fstatat(parent, name, ret, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

/* Mode, owner and attributes of the file that stands at @name; 1 when none does. */
static int keep_looks(int parent, const char *name, int fd)
{
	struct stat st;
	_cleanup_close_ int old = regular_open(parent, name, O_RDONLY, &st);

	if (old < 0)
		return old == -ENOENT ? 1 : old;
	if (fchown(fd, st.st_uid, st.st_gid) < 0 || fchmod(fd, st.st_mode & 07777) < 0)
		return -errno;
	return xattr_copy(old, fd);
}

int target_finish_directory(const struct target *t, int parent)
{
	_cleanup_close_ int fd = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		epoch_clamp(fd, t->epoch);
	/* not ours to list, or a file system that cannot sync a directory: nothing to be done */
	if (fd >= 0 && fsync(fd) < 0 && errno != EINVAL)
		return -errno;
	return 0;
}

static int fill(int parent, const char *name, int fd, const void *bytes, size_t n, mode_t mode)
{
	int r = io_write_all(fd, bytes, n);

	if (r >= 0)
		r = keep_looks(parent, name, fd);
	if (r == 1)
		r = fchmod(fd, mode) < 0 ? -errno : 0;
	if (r >= 0 && fsync(fd) < 0)
		r = -errno;
	return r;
}

int target_write(struct target *t, const char *path, const void *bytes, size_t n, mode_t mode)
{
	_cleanup_close_ int parent = -1, fd = -1;
	const char *name;
	bool made;
	int r;

	parent = target_open_parent(t, path, &name);
	if (parent < 0)
		return parent;
	/* what a killed run left: the lock sees to it that nobody else writes */
	(void)unlinkat(parent, TARGET_TEMPORARY, 0);
	fd = openat(parent, TARGET_TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		0600);
	if (fd < 0)
		return -errno;
	made = faccessat(parent, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
	r = fill(parent, name, fd, bytes, n, mode);
	if (r >= 0)
		epoch_clamp(fd, t->epoch);
	if (r >= 0 && renameat(parent, TARGET_TEMPORARY, parent, name) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(parent, TARGET_TEMPORARY, 0);
		return r;
	}
	if (made && t->live)
		label_restore(path);
	return target_finish_directory(t, parent);
}

int target_remove(struct target *t, const char *path)
{
	_cleanup_close_ int parent = -1;
	const char *name;

	parent = target_open_parent(t, path, &name);
	if (parent < 0)
		return parent;
	if (unlinkat(parent, name, 0) < 0)
		return -errno;
	return target_finish_directory(t, parent);
}

int target_remove_directory(struct target *t, const char *path)
{
	_cleanup_close_ int parent = -1;
	const char *name;

	parent = target_open_parent(t, path, &name);
	if (parent < 0)
		return parent;
	return unlinkat(parent, name, AT_REMOVEDIR) < 0 ? -errno
							: target_finish_directory(t, parent);
}

static int make_directory(struct target *t, const char *path, mode_t mode)
{
	_cleanup_close_ int parent = -1, made = -1;
	const char *name;

	parent = target_open_parent(t, path, &name);
	if (parent < 0)
		return parent;
	if (mkdirat(parent, name, mode) < 0)
		return errno == EEXIST ? 0 : -errno;
	/* the umask had its say in mkdir */
	made = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (made < 0 || fchmod(made, mode) < 0)
		return -errno;
	if (t->live)
		label_restore(path);
	epoch_clamp(made, t->epoch);
	return target_finish_directory(t, parent);
}

int target_mkdirs(struct target *t, const char *path, mode_t mode)
{
	char part[PATH_MAX];
	int r;

	if (path[0] != '/' || !text_copy(part, sizeof(part), path))
		return -EINVAL;
	for (char *at = part + 1;; at++) {
		char was = *at;

		if (was && was != '/')
			continue;
		*at = '\0';
		r = at[-1] == '/' || at[-1] == '\0' ? 0 : make_directory(t, part, mode);
		if (r < 0)
			return r;
		*at = was;
		if (!was)
			return 0;
	}
}

int target_writable(struct target *t, const char *path)
{
	char directory[PATH_MAX];
	struct statvfs fs;

	if (!text_copy(directory, sizeof(directory), path))
		return -ENAMETOOLONG;
	for (char *slash; (slash = strrchr(directory, '/')); *slash = '\0') {
		_cleanup_close_ int fd = open_directory(
			t, directory + 1, slash == directory ? 0 : (size_t)(slash - directory - 1));

		if (fd < 0 && fd != -ENOENT)
			return fd;
		if (fd < 0)
			continue;
		if (fstatvfs(fd, &fs) < 0)
			return -errno;
		return fs.f_flag & ST_RDONLY ? -EROFS : 0;
	}
	return -ENOENT;
}
