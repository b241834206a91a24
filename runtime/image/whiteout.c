/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/image/whiteout.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "base/text.h"

#define PREFIX      ".wh."
#define META_PREFIX ".wh..wh."
#define OPAQUE      ".wh..wh..opq"

enum whiteout whiteout_kind(const char *path, const char *last)
{
	const char *name;

	for (const char *at = path; at < last; at = strchr(at, '/') + 1) {
		if (text_starts(at, META_PREFIX))
			return WHITEOUT_IGNORE;
		if (text_starts(at, PREFIX))
			return WHITEOUT_BAD;
	}
	if (!text_starts(last, PREFIX))
		return WHITEOUT_NONE;
	if (strcmp(last, OPAQUE) == 0)
		return WHITEOUT_OPAQUE;
	if (text_starts(last, META_PREFIX))
		return WHITEOUT_IGNORE;
	name = whiteout_target(last);
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return WHITEOUT_BAD;
	return WHITEOUT_FILE;
}

const char *whiteout_target(const char *last)
{
	return last + strlen(PREFIX);
}

bool whiteout_is(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(st.st_mode) &&
	       st.st_rdev == makedev(0, 0);
}

int whiteout_make_opaque(int dirfd, const char *name)
{
	_cleanup_close_ int fd =
		openat(dirfd, *name ? name : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fsetxattr(fd, "user.overlay.opaque", "y", 1, 0) < 0 ? -errno : 0;
}

int whiteout_make(int dirfd, const char *name)
{
	struct stat st;

	if (mknodat(dirfd, name, S_IFCHR, makedev(0, 0)) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	/* a directory of this layer stays and hides the lower ones' */
	return S_ISDIR(st.st_mode) ? whiteout_make_opaque(dirfd, name) : 0;
}
