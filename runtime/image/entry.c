/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which a file is finished matters: writing and chown take away setuid bits and
 * security.capability, chmod moves no time, so: contents, owner, attributes, mode, time.
 */
#include "runtime/image/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "runtime/image/whiteout.h"

/* What an entry is made of and where. */
struct making {
	struct tree *tree;
	struct tar *tar;
	const struct tar_entry *from;
	const struct tree_name *name;
	int parent_fd; /* borrowed from tree */
	struct layer_report *report;
	struct error *err;
};

static int cannot(const struct making *m, int fault, const char *what)
{
	return error_set(m->err, fault, "cannot %s '%.300s'", what, m->name->path);
}

/* EINVAL of chown: the id is not in this user namespace's map, user_namespaces(7). */
static int cannot_own(const struct making *m, int fault)
{
	if (fault != -EINVAL && fault != -EOVERFLOW)
		return cannot(m, fault, "give its owner to");
	(void)error_say(m->err, -EINVAL,
		"'%.200s' belongs to %llu:%llu, which is outside this user's id map; "
		"give the user more subordinate ids",
		m->name->path, (unsigned long long)m->from->uid, (unsigned long long)m->from->gid);
	return error_see(m->err, "idmap.subuid");
}

static bool ids_are_ids(const struct tar_entry *from)
{
	return from->uid < UINT32_MAX && from->gid < UINT32_MAX;
}

/*
 * user.overlay.* steers overlay itself (a redirect leads to other directories): only this program
 * sets it. trusted., security.selinux and the like are the host's to say.
 */
static bool attribute_is_wanted(const char *name)
{
	if (text_starts(name, "user.overlay."))
		return false;
	return text_starts(name, "user.") || strcmp(name, "security.capability") == 0;
}

static int set_attributes(const struct making *m, int fd)
{
	const char *name;
	const void *value;
	size_t n;

	while (tar_xattr(m->tar, &name, &value, &n)) {
		if (attribute_is_wanted(name) && fsetxattr(fd, name, value, n, 0) == 0)
			continue;
		if (attribute_is_wanted(name) && errno != ENOTSUP && errno != EPERM)
			return cannot(m, -errno, "set an extended attribute of");
		m->report->attributes++;
	}
	return 0;
}

static int finish(const struct making *m, int fd)
{
	const struct timespec both[2] = { m->from->mtime, m->from->mtime };
	int r;

	if (!ids_are_ids(m->from))
		return cannot_own(m, -EINVAL);
	if (fchown(fd, (uid_t)m->from->uid, (gid_t)m->from->gid) < 0)
		return cannot_own(m, -errno);
	r = set_attributes(m, fd);
	if (r < 0)
		return r;
	if (fchmod(fd, m->from->mode) < 0)
		return cannot(m, -errno, "set the mode of");
	if (futimens(fd, both) < 0)
		return cannot(m, -errno, "set the time of");
	return 0;
}

/* For what has no descriptor to work on. */
static int finish_at(const struct making *m)
{
	const struct timespec both[2] = { m->from->mtime, m->from->mtime };
	const char *last = m->name->last;

	if (!ids_are_ids(m->from))
		return cannot_own(m, -EINVAL);
	if (fchownat(m->parent_fd, last, (uid_t)m->from->uid, (gid_t)m->from->gid,
		    AT_SYMLINK_NOFOLLOW) < 0)
		return cannot_own(m, -errno);
	if (m->from->kind != TAR_SYMLINK && fchmodat(m->parent_fd, last, m->from->mode, 0) < 0)
		return cannot(m, -errno, "set the mode of");
	if (utimensat(m->parent_fd, last, both, AT_SYMLINK_NOFOLLOW) < 0)
		return cannot(m, -errno, "set the time of");
	return 0;
}

/* Blocks of zeros that the tar leaves out stay holes; the size is the entry's. */
static int write_contents(const struct making *m, int fd)
{
	const void *bytes;
	int64_t offset, end = 0;
	size_t n;
	int r;

	while ((r = tar_read(m->tar, &bytes, &n, &offset, m->err)) > 0) {
		end = offset + (int64_t)n;
		while (n > 0) {
			ssize_t done = pwrite(fd, bytes, n, offset);

			if (done < 0 && errno == EINTR)
				continue;
			if (done < 0)
				return cannot(m, -errno, "write");
			bytes = (const char *)bytes + done;
			offset += done;
			n -= (size_t)done;
		}
	}
	if (r >= 0 && end < m->from->size && ftruncate(fd, m->from->size) < 0)
		return cannot(m, -errno, "write");
	return r;
}

static int open_new_file(const struct making *m)
{
	int fd = openat(m->parent_fd, m->name->last,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}

static int make_file(const struct making *m)
{
	_cleanup_close_ int fd = open_new_file(m);
	int r;

	if (fd == -EEXIST) {
		r = tree_remove(m->tree, m->parent_fd, m->name->last);
		if (r < 0)
			return cannot(m, r, "replace");
		fd = open_new_file(m);
	}
	if (fd < 0)
		return cannot(m, fd, "create");
	r = write_contents(m, fd);
	return r < 0 ? r : finish(m, fd);
}

/* A directory that is there already keeps what is in it. */
static int make_directory(const struct making *m)
{
	const char *last = *m->name->last ? m->name->last : ".";
	_cleanup_close_ int fd = -1;
	bool opaque = false;
	struct stat st;
	int r;

	if (mkdirat(m->parent_fd, last, 0700) < 0) {
		if (errno != EEXIST || fstatat(m->parent_fd, last, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return cannot(m, -errno, "create");
		opaque = whiteout_is(m->parent_fd, last);
		r = S_ISDIR(st.st_mode) ? 0 : tree_remove(m->tree, m->parent_fd, last);
		if (r < 0)
			return cannot(m, r, "replace");
		if (!S_ISDIR(st.st_mode) && mkdirat(m->parent_fd, last, 0700) < 0)
			return cannot(m, -errno, "create");
	}
	r = opaque ? whiteout_make_opaque(m->parent_fd, last) : 0;
	if (r < 0)
		return cannot(m, r, "hide what lower layers have in");
	fd = openat(m->parent_fd, last, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return cannot(m, -errno, "open");
	return finish(m, fd);
}

static int new_symlink(const struct making *m)
{
	return symlinkat(m->from->target, m->parent_fd, m->name->last) < 0 ? -errno : 0;
}

static int new_fifo(const struct making *m)
{
	return mkfifoat(m->parent_fd, m->name->last, 0600) < 0 ? -errno : 0;
}

static int make_special(const struct making *m, int (*make)(const struct making *m))
{
	int r = make(m);

	if (r == -EEXIST) {
		r = tree_remove(m->tree, m->parent_fd, m->name->last);
		if (r >= 0)
			r = make(m);
	}
	if (r < 0)
		return cannot(m, r, "create");
	return finish_at(m);
}

static int make_symlink(const struct making *m)
{
	return make_special(m, new_symlink);
}

static int make_fifo(const struct making *m)
{
	return make_special(m, new_fifo);
}

/* The other name is looked up the way this one is; what it names need not be a file of its own, a
 * link is linked and not followed. */
static int make_hardlink(const struct making *m)
{
	struct tree other = { .root_fd = m->tree->root_fd, .parent_fd = -1 };
	struct tree_name target;
	int r, from_fd;

	r = tree_name(&target, m->from->target);
	if (r < 0)
		return error_say(m->err, r,
			"it has a hard link that leads outside: '%.200s' to "
			"'%.200s'",
			m->name->path, m->from->target);
	if (strcmp(target.path, m->name->path) == 0)
		return error_say(
			m->err, -EINVAL, "it has a hard link to itself: '%.300s'", m->name->path);
	from_fd = tree_parent(&other, &target, false);
	r = from_fd < 0 ? from_fd : 0;
	if (r == 0 && linkat(from_fd, target.last, m->parent_fd, m->name->last, 0) < 0)
		r = -errno;
	if (r == -EEXIST) {
		r = tree_remove(m->tree, m->parent_fd, m->name->last);
		if (r >= 0 && linkat(from_fd, target.last, m->parent_fd, m->name->last, 0) < 0)
			r = -errno;
	}
	tree_done(&other);
	if (r < 0)
		return error_set(
			m->err, r, "cannot link '%.200s' to '%.200s'", m->name->path, target.path);
	return 0;
}

static int skip_device(const struct making *m)
{
	m->report->devices++;
	return 0;
}

static int refuse(const struct making *m)
{
	return error_say(m->err, -ENOTSUP, "'%.300s' is of an unknown kind", m->name->path);
}

static int (*const makers[])(const struct making *m) = {
	[TAR_FILE] = make_file,
	[TAR_DIRECTORY] = make_directory,
	[TAR_SYMLINK] = make_symlink,
	[TAR_HARDLINK] = make_hardlink,
	[TAR_FIFO] = make_fifo,
	[TAR_DEVICE] = skip_device,
	[TAR_OTHER] = refuse,
};
_Static_assert(ARRAY_SIZE(makers) == TAR_OTHER + 1, "every kind of entry is made somehow");

int entry_make(struct tree *tree, struct tar *tar, const struct tar_entry *from,
	const struct tree_name *name, struct layer_report *report, struct error *err)
{
	struct making m = { tree, tar, from, name, -1, report, err };

	if (!*name->last && from->kind != TAR_DIRECTORY)
		return error_say(err, -EINVAL, "it has a root that is no directory");
	m.parent_fd = tree_parent(tree, name, from->kind != TAR_DEVICE);
	if (m.parent_fd < 0 && from->kind != TAR_DEVICE)
		return cannot(&m, m.parent_fd, "make the directory of");
	return makers[from->kind](&m);
}
