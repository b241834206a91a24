/* SPDX-License-Identifier: Apache-2.0 */
/* The mounts of a container below its root, in the order the spec has them. */
#pragma once

#include <stddef.h>

#include "base/error.h"

struct spec;
struct spec_mount;

/* Of the caller's mount namespace, below @root: all of @mounts. Cgroup file systems are left to
 * mount_cgroups(), which comes when the process is in its cgroup. */
int mount_list(int root, const struct spec *spec, const struct spec_mount *mounts, size_t n,
	struct error *err) MUST_CHECK;
int mount_cgroups(int root, const struct spec *spec, struct error *err) MUST_CHECK;
/* Cover the masked paths, make the others read-only. */
int mount_protect(int root, const struct spec *spec, struct error *err) MUST_CHECK;
/* A pty's @slave as /dev/console. */
int mount_console(int root, int slave, struct error *err) MUST_CHECK;

/* dev.c: nodes and links of a fresh /dev, @dev its root. */
int dev_fill(int dev, struct error *err) MUST_CHECK;
