/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A place for tests that unpack: a temporary directory, and root's rights over it: as an ordinary
 * user in a user namespace of one id, which needs no preparation of the host.
 */
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/io.h"

static char place[128];
static bool many_ids; /* root's own: other owners can be given */

static inline int write_line(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int r = fd < 0 ? -1 : io_write_all(fd, line, strlen(line));

	(void)close(fd);
	return r;
}

static inline int become_root(void)
{
	char uids[32], gids[32];

	many_ids = geteuid() == 0;
	if (many_ids)
		return 0;
	(void)snprintf(uids, sizeof(uids), "0 %u 1", getuid());
	(void)snprintf(gids, sizeof(gids), "0 %u 1", getgid());
	if (unshare(CLONE_NEWUSER) < 0 || write_line("/proc/self/setgroups", "deny") < 0 ||
		write_line("/proc/self/gid_map", gids) < 0)
		return -1;
	return write_line("/proc/self/uid_map", uids);
}

static inline int place_make(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)snprintf(place, sizeof(place), "%.80s/rpod-image-XXXXXX", tmp ? tmp : "/var/tmp");
	return mkdtemp(place) ? 0 : -1;
}

static inline int place_remove(void **state)
{
	(void)state;
	return io_remove_tree_at(AT_FDCWD, place);
}
