/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci/within.h"

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
	TRIES = 32,
	LINKS = 8
};

int within_open(int root, const char *path, int flags, unsigned within)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS |
			   (within & WITHIN_NO_LINKS ? RESOLVE_NO_SYMLINKS : 0),
	};

	/* EAGAIN: somebody renamed while we looked, openat2(2) */
	for (int i = 0; i < TRIES; i++) {
		long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return -EAGAIN;
}

/* Make what is missing of @path, one component at a time, each opened within the root: a link in
 * the image is followed where it leads inside. */
static int make_parents(int root, char *path, unsigned within)
{
	char *next = path;

	for (;;) {
		int fd;

		while (*next == '/')
			next++;
		next += strcspn(next, "/");
		if (!*next)
			return 0;
		*next = '\0';
		fd = within_make(root, path, false, within);
		*next = '/';
		if (fd < 0)
			return fd;
		(void)close(fd);
	}
}

static int make_last(int root, char *path, bool file, unsigned within)
{
	_cleanup_close_ int parent = -1;
	char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	int r;

	if (!slash || slash == path)
		parent = fcntl(root, F_DUPFD_CLOEXEC, 0);
	else {
		*slash = '\0';
		parent = within_open(root, path, O_PATH | O_DIRECTORY, within);
		*slash = '/';
	}
	if (parent < 0)
		return parent == -1 ? -errno : parent;
	/* a dangling link would be followed by mkdir's caller, never by mkdirat itself */
	if (file)
		r = mknodat(parent, name, S_IFREG | 0644, 0);
	else
		r = mkdirat(parent, name, 0755);
	return r < 0 && errno != EEXIST ? -errno : 0;
}

/* A link to what is not there: where it leads, below the same root. */
static int dangling(int root, const char *path, char *ret, size_t size, unsigned within)
{
	_cleanup_close_ int link = within_open(root, path, O_PATH | O_NOFOLLOW, within);
	const char *slash = strrchr(path, '/');
	char target[PATH_MAX];
	ssize_t n = link < 0 ? -1 : readlinkat(link, "", target, sizeof(target) - 1);
	int length;

	if (n <= 0)
		return -ENOENT;
	target[n] = '\0';
	length = snprintf(ret, size, "%.*s/%s", *target == '/' || !slash ? 0 : (int)(slash - path),
		path, target);
	return length < 0 || (size_t)length >= size ? -ENAMETOOLONG : 0;
}

static int make_path(int root, const char *path, bool file, unsigned within, unsigned links)
{
	int flags = O_PATH | (file ? 0 : O_DIRECTORY);
	char copy[PATH_MAX], target[PATH_MAX];
	size_t length;
	int r;

	r = within_open(root, path, flags, within);
	if (r != -ENOENT)
		return r;
	if (!text_copy(copy, sizeof(copy), path))
		return -ENAMETOOLONG;
	for (length = strlen(copy); length > 1 && copy[length - 1] == '/'; length--)
		copy[length - 1] = '\0';
	r = make_parents(root, copy, within);
	if (r == 0)
		r = make_last(root, copy, file, within);
	if (r == 0)
		r = within_open(root, path, flags, within);
	if (r != -ENOENT || links == 0 || within & WITHIN_NO_LINKS)
		return r;
	r = dangling(root, copy, target, sizeof(target), within);
	return r < 0 ? r : make_path(root, target, file, within, links - 1);
}

int within_make(int root, const char *path, bool file, unsigned within)
{
	return make_path(root, path, file, within, LINKS);
}
