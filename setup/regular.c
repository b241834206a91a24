/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/regular.h"

#include <errno.h>
#include <fcntl.h>

#include "base/cleanup.h"
#include "base/io.h"

static int check(int fd, struct stat *ret)
{
	if (fd < 0 || fstat(fd, ret) < 0)
		return -errno;
	if (S_ISLNK(ret->st_mode))
		return -ELOOP;
	return S_ISREG(ret->st_mode) ? 0 : -EINVAL;
}

int regular_open(int parent, const char *name, int flags, struct stat *ret)
{
	_cleanup_close_ int seen = openat(parent, name, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_close_ int fd = -1;
	int r = check(seen, ret);

	if (r < 0)
		return r;
	fd = openat(parent, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	r = check(fd, ret);
	return r < 0 ? r : take_fd(&fd);
}
