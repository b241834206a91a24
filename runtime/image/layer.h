/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A layer: the entries of a tar become files below a directory, as overlay wants them. It runs in
 * the caller's process, as whoever that is, and confines every name (tree.h); unpack.h puts it in
 * a process of its own.
 */
#pragma once

#include "runtime/image/tarball.h"

struct layer_report {
	unsigned devices;    /* device nodes left out: a container's /dev is the runtime's */
	unsigned attributes; /* extended attributes left out: of other name spaces than user. and
				security.capability, or not possible on this file system */
};

struct layer_limits {
	uint64_t entries;
};
#define LAYER_ENTRIES 4000000

/*
 * Unpack all entries of @tar below @root_fd. On failure what was unpacked so far stands there.
 * Later entries of a name replace earlier ones.
 */
int layer_unpack(int root_fd, struct tar *tar, const struct layer_limits *limits,
	struct layer_report *ret, struct error *err) MUST_CHECK;
