/* SPDX-License-Identifier: Apache-2.0 */
/* Open a plain file that is there, and nothing else: to open a device can already do something
 * (rewind a tape, arm a watchdog), and a tree may have one where a file should be. */
#pragma once

#include <sys/stat.h>

#include "base/macro.h"

/* A descriptor, or -ENOENT, -ELOOP (a link), -EINVAL (no regular file) ... */
int regular_open(int parent, const char *name, int flags, struct stat *ret) MUST_CHECK;
