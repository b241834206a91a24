/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of mounts, a row at a time: proc_pid_mountinfo(5) or fstab(5), read with libmount, which is
 * loaded only for this.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

/* All of it is good until the function it is handed to returns. */
struct mount_row {
	const char *target;
	const char *options;     /* as the line has them; NULL: none */
	const char *fs_options;  /* those of the file system; NULL: none */
	const char *vfs_options; /* those of the mount: ro, nosuid ...; NULL: none */
	bool shared, receives;   /* its propagation; never of fstab */
};

/* How many rows there were, -ENOENT or -ENOSYS without a usable libmount, -EINVAL, -ENOMEM. Lines
 * that are none are passed over. */
int mount_table_read(const char *text, size_t length,
	void (*take)(void *data, const struct mount_row *row), void *data) MUST_CHECK;

/* Is @name, or @name with a value, one of the @options? NULL has none. */
bool mount_has_option(const char *options, const char *name);
