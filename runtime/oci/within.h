/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths of a container, resolved as if its root were ours: no link of a hostile image leads out
 * (openat2(2) RESOLVE_IN_ROOT, Linux 5.6; there is no fallback, rpod wants 5.10).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/macro.h"

enum within_flags {
	WITHIN_NO_LINKS = 1 << 0, /* no component may be a link: for what we mount ourselves */
};

/* Open @path below @root with open(2) flags, O_CLOEXEC added. A descriptor or negative errno. */
int within_open(int root, const char *path, int flags, unsigned within) MUST_CHECK;

/* An O_PATH descriptor of the directory (or, with @file, the regular file) @path, made with its
 * parents when missing; parents get mode 0755. */
int within_make(int root, const char *path, bool file, unsigned within) MUST_CHECK;
