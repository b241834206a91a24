/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk for hosts without openat2: every component is opened with O_PATH | O_NOFOLLOW from the
 * one before. The directories on the way stay open in a stack, so that ".." is a step back in the
 * stack and never a question to the kernel: a directory that somebody moves out of the tree
 * meanwhile cannot take us along. A link's target is put in front of what is left to walk.
 */
#include "host/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/linux.h"
#include "base/text.h"

enum {
	WALK_DEPTH = 128,
	WALK_LINKS = 40, /* as the kernel's own limit, path_resolution(7) */
	WALK_RETRIES = 16,
};

struct walk {
	int fds[WALK_DEPTH];
	size_t depth; /* fds[0] is the root, borrowed */
	unsigned links;
	char left[PATH_MAX];
};

static void walk_back(struct walk *w, size_t depth)
{
	while (w->depth > depth)
		(void)close(w->fds[--w->depth]);
}

static void walk_done(struct walk *w)
{
	walk_back(w, 1);
}

/* The link @name in the current directory goes in front of what is left. */
static int walk_link(struct walk *w, int fd)
{
	char target[PATH_MAX], joined[2 * PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	if (++w->links > WALK_LINKS)
		return -ELOOP;
	target[n] = '\0';
	if (n == 0)
		return -ENOENT;
	if (target[0] == '/')
		walk_back(w, 1);
	(void)snprintf(joined, sizeof(joined), "%s%s%s", target, *w->left ? "/" : "", w->left);
	return text_copy(w->left, sizeof(w->left), joined) ? 0 : -ENAMETOOLONG;
}

/* Take the next component from what is left; false at the end. @ret_last: nothing follows it. */
static bool walk_next(struct walk *w, char ret[NAME_MAX + 2], bool *ret_last, bool *ret_slash)
{
	char *start = w->left + strspn(w->left, "/");
	size_t length = strcspn(start, "/"), skipped;

	(void)snprintf(ret, NAME_MAX + 2, "%.*s", (int)MIN(length, (size_t)NAME_MAX + 1), start);
	start += length;
	skipped = strspn(start, "/");
	*ret_slash = skipped > 0;
	start += skipped;
	*ret_last = !*start;
	memmove(w->left, start, strlen(start) + 1);
	return length > 0;
}

static int walk_enter(struct walk *w, int *fd)
{
	if (w->depth == WALK_DEPTH)
		return -ENAMETOOLONG;
	w->fds[w->depth++] = take_fd(fd);
	return 0;
}

/* The end is a directory we are in already. */
static int walk_here(struct walk *w, int flags, int *ret)
{
	*ret = openat(w->fds[w->depth - 1], ".", flags & ~O_NOFOLLOW);
	return *ret < 0 ? -errno : 0;
}

/* One component that is neither "." nor "..". @ret is set at the end of the way. */
static int walk_step(struct walk *w, const char *name, int flags, bool last, bool slash, int *ret)
{
	int here = w->fds[w->depth - 1];
	_cleanup_close_ int fd = openat(here, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode) && !(last && !slash && flags & O_NOFOLLOW)) {
		/* "link/" must be a directory, also after the link is followed */
		if (last && slash && strlen(w->left) + 2 < sizeof(w->left))
			(void)text_copy(w->left, sizeof(w->left), ".");
		return walk_link(w, fd);
	}
	if (!last || slash) {
		if (!S_ISDIR(st.st_mode))
			return -ENOTDIR;
		if (!last)
			return walk_enter(w, &fd);
	}
	*ret = flags & O_PATH && !(flags & O_DIRECTORY) ? take_fd(&fd)
							: openat(here, name, flags | O_NOFOLLOW);
	return *ret < 0 ? -errno : 0;
}

static int walk_all(struct walk *w, int flags, int *ret)
{
	while (*ret < 0) {
		char name[NAME_MAX + 2];
		bool last, slash;
		int r = 0;

		if (!walk_next(w, name, &last, &slash))
			return walk_here(w, flags, ret);
		if (strcmp(name, "..") == 0)
			walk_back(w, MAX(w->depth - 1, (size_t)1));
		else if (strcmp(name, ".") != 0)
			r = walk_step(w, name, flags, last, slash, ret);
		if (r < 0)
			return r;
	}
	return 0;
}

static int walk_components(int rootfd, const char *path, int flags)
{
	struct walk w = { .fds = { rootfd }, .depth = 1 };
	int fd = -1, r;

	if (!text_copy(w.left, sizeof(w.left), path))
		return -ENAMETOOLONG;
	r = walk_all(&w, flags | O_CLOEXEC, &fd);
	walk_done(&w);
	return r < 0 ? r : fd;
}

int walk_open(int rootfd, const char *path, int flags, bool *without_openat2)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	if (!*path)
		return -ENOENT;
	/* EAGAIN: something was renamed while the kernel stepped over ".." */
	for (int i = 0; i < WALK_RETRIES && !*without_openat2; i++) {
		long fd = syscall(SYS_openat2, rootfd, path, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		/* filters older than openat2 answer EPERM; then the walk says what is true */
		if (errno == ENOSYS || errno == EPERM)
			*without_openat2 = true;
		else if (errno != EAGAIN)
			return -errno;
	}
	return walk_components(rootfd, path, flags);
}
