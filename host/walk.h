/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Open a path below a directory that nothing leads out of: links, absolute links and ".." stay
 * inside, as if the directory were the root (openat2(2) RESOLVE_IN_ROOT). For trees of others.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"

/*
 * A descriptor (close-on-exec), or negative errno: -ELOOP after 40 links. @flags as of open(2),
 * without O_CREAT. @without_openat2: walk by components; set here when the kernel, or a sandbox,
 * refuses the call.
 */
int walk_open(int rootfd, const char *path, int flags, bool *without_openat2) MUST_CHECK;
