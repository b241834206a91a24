/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/image/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/linux.h"
#include "base/text.h"
#include "runtime/image/whiteout.h"

enum {
	RESOLVE_CONFINED = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV
};

/* EAGAIN: a rename somewhere on the system raced with a ".." in a link; openat2(2) says try again. */
static int open_confined(int dirfd, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = resolve };
	long fd = -1;

	for (int tries = 0; tries < 100; tries++) {
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}

int tree_name(struct tree_name *ret, const char *path)
{
	size_t used = 0, depth = 0;

	ret->last = ret->path;
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && memcmp(path, "..", 2) == 0)
			return -EINVAL;
		if (n > NAME_MAX || used + n + 2 > sizeof(ret->path) || depth > TREE_DEPTH)
			return -ENAMETOOLONG;
		if (n > 0 && !(n == 1 && *path == '.')) {
			if (used > 0)
				ret->path[used++] = '/';
			ret->last = ret->path + used;
			memcpy(ret->path + used, path, n);
			used += n;
			depth++;
		}
		path += n + (path[n] == '/');
	}
	ret->path[used] = '\0';
	return 0;
}

static void remember(struct tree *tree, const char *parent, int fd)
{
	if (tree->parent_fd >= 0)
		(void)close(tree->parent_fd);
	tree->parent_fd = fd;
	(void)text_copy(tree->parent, sizeof(tree->parent), parent);
}

static int open_parent(const struct tree *tree, const char *parent)
{
	return open_confined(
		tree->root_fd, *parent ? parent : ".", O_PATH | O_DIRECTORY, RESOLVE_CONFINED);
}

/* One missing component. A whiteout in its place said that lower layers' directory of this name is
 * gone: the new one must not show what was in it. */
static int make_component(int dirfd, const char *name)
{
	bool replaced = whiteout_is(dirfd, name);

	if (replaced && unlinkat(dirfd, name, 0) < 0)
		return -errno;
	if (mkdirat(dirfd, name, 0755) < 0)
		return -errno;
	return replaced ? whiteout_make_opaque(dirfd, name) : 0;
}

static int make_parent(const struct tree *tree, const char *parent)
{
	_cleanup_close_ int fd = open_parent(tree, "");
	char prefix[PATH_MAX];
	const char *name = prefix;

	if (!text_copy(prefix, sizeof(prefix), parent))
		return -ENAMETOOLONG;
	for (char *at = prefix; fd >= 0; at++) {
		bool end = *at == '\0';
		int next;

		if (*at != '/' && !end)
			continue;
		*at = '\0';
		next = open_parent(tree, prefix);
		if (next == -ENOENT || next == -ENOTDIR) {
			int r = make_component(fd, name);

			if (r < 0)
				return r;
			next = open_parent(tree, prefix);
		}
		(void)close(fd);
		fd = next;
		if (end)
			break;
		*at = '/';
		name = at + 1;
	}
	return take_fd(&fd);
}

int tree_parent(struct tree *tree, const struct tree_name *name, bool make)
{
	size_t n = (size_t)(name->last - name->path);
	char parent[PATH_MAX];
	int fd;

	memcpy(parent, name->path, n);
	parent[n ? n - 1 : 0] = '\0';
	if (tree->parent_fd >= 0 && strcmp(parent, tree->parent) == 0)
		return tree->parent_fd;
	fd = open_parent(tree, parent);
	if (make && (fd == -ENOENT || fd == -ENOTDIR))
		fd = make_parent(tree, parent);
	if (fd >= 0)
		remember(tree, parent, fd);
	return fd;
}

/* What is removed may be the remembered parent, or a link on the way to it. */
int tree_remove(struct tree *tree, int parent_fd, const char *last)
{
	if (tree->parent_fd != parent_fd)
		return -EINVAL;
	(void)text_copy(tree->parent, sizeof(tree->parent), "/"); /* no clean path is this */
	if (unlinkat(parent_fd, last, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	return io_remove_tree_at(parent_fd, last);
}

int tree_open_directory(const struct tree *tree, const char *path)
{
	return open_confined(tree->root_fd, *path ? path : ".", O_RDONLY | O_DIRECTORY,
		RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

void tree_done(struct tree *tree)
{
	if (tree->parent_fd >= 0)
		(void)close(tree->parent_fd);
	tree->parent_fd = -1;
}
