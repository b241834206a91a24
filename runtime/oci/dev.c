/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runtime/oci/mount.h"
#include "runtime/oci/mountfd.h"

static const struct node {
	const char *name, *path;
	unsigned major, minor;
} nodes[] = {
	{ "null", "/dev/null", 1, 3 },
	{ "zero", "/dev/zero", 1, 5 },
	{ "full", "/dev/full", 1, 7 },
	{ "random", "/dev/random", 1, 8 },
	{ "urandom", "/dev/urandom", 1, 9 },
	{ "tty", "/dev/tty", 5, 0 },
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
	{ "core", "/proc/kcore" },
	{ "ptmx", "pts/ptmx" },
};

static const char *const directories[] = { "pts", "shm", "mqueue" };

/* A user namespace cannot make device nodes: the host's is bound, if it is what its name says. */
static int bind_node(int dev, const struct node *node)
{
	_cleanup_close_ int source = -1, target = -1;
	struct stat st;

	source = mountfd_clone(AT_FDCWD, node->path, false);
	if (source < 0)
		return source;
	if (fstat(source, &st) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(node->major, node->minor))
		return -ENODEV;
	target = openat(dev, node->name, O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	return target < 0 ? -errno : mountfd_attach(source, target);
}

int dev_fill(int dev, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		int r = bind_node(dev, &nodes[i]);

		if (r < 0)
			return error_set(err, r, "cannot give the container '%s'", nodes[i].path);
	}
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlinkat(links[i].target, dev, links[i].name) < 0)
			return error_set(err, -errno, "cannot link '/dev/%s'", links[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		if (mkdirat(dev, directories[i], 0755) < 0)
			return error_set(err, -errno, "cannot make '/dev/%s'", directories[i]);
	return 0;
}
