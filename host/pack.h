/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record as one file: a tar archive (ustar, long names as GNU tar writes them) of directories and
 * regular files, nothing else. Unpacking trusts nothing: names cannot lead out, links and devices
 * are passed over, sums are checked, and there is an end to how much there may be.
 */
#pragma once

#include "base/error.h"

/* Write the tree of @dir to @fd. */
int pack_write(int dir, int fd) MUST_CHECK;

/* Lay the archive @fd below @dir, which is empty. -EINVAL: no tar archive; -EFBIG: too much. */
int pack_read(int fd, int dir) MUST_CHECK;
