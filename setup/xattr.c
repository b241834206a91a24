/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/xattr.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

enum {
	NAMES_LIMIT = 4096,
	VALUE_LIMIT = 4096
};

static int copy_one(int from, int to, const char *name)
{
	char value[VALUE_LIMIT];
	ssize_t n = fgetxattr(from, name, value, sizeof(value));

	/* gone meanwhile, or not ours to read: as if it were not there */
	if (n < 0)
		return 0;
	if (fsetxattr(to, name, value, (size_t)n, 0) < 0 && errno != ENOTSUP && errno != EPERM)
		return -errno;
	return 0;
}

int xattr_copy(int from, int to)
{
	char names[NAMES_LIMIT];
	ssize_t n = flistxattr(from, names, sizeof(names));
	int r;

	if (n < 0)
		return errno == ENOTSUP ? 0 : -errno;
	for (ssize_t at = 0; at < n; at += (ssize_t)strlen(names + at) + 1) {
		r = copy_one(from, to, names + at);
		if (r < 0)
			return r;
	}
	return 0;
}
