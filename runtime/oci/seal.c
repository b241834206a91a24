/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container sees the program that made it as /proc/PID/exe: through pid 1 before its exec, and
 * by asking for "/proc/self/exe" as its command. Could its root write to that file, the host's
 * next rpod would be the container's (CVE-2019-5736). Two cases:
 *
 *	rootless, rpod installed	the file is root's, who is nobody in the map: the kernel
 *					refuses the write. Nothing to do, and it costs one stat.
 *	root, or a user's own build	run from a copy in memory that is sealed against writing.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runtime/oci/process.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U /* Linux 6.3; older ones answer EINVAL */
#endif

enum {
	SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE
};

static int copy(int from, off_t size)
{
	_cleanup_close_ int to = memfd_create("rpod", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	off_t left = size;

	if (to < 0 && errno == EINVAL)
		to = memfd_create("rpod", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (to < 0)
		return -errno;
	while (left > 0) {
		ssize_t n = sendfile(to, from, NULL, (size_t)left);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		left -= n;
	}
	if (fcntl(to, F_ADD_SEALS, SEALS) < 0)
		return -errno;
	return take_fd(&to);
}

int process_seal(char *const argv[])
{
	_cleanup_close_ int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int sealed = -1;
	struct stat st;

	if (self < 0 || fstat(self, &st) < 0)
		return -errno;
	if (geteuid() != 0 && st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	if (fcntl(self, F_GET_SEALS) == SEALS)
		return 0;
	sealed = copy(self, st.st_size);
	if (sealed < 0)
		return sealed;
	(void)fexecve(sealed, argv, environ);
	return -errno;
}
