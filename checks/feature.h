/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What containers can be given only where modules of the kernel were loaded for them: none is loaded
 * on demand for who has no capability in the host's own user namespace.
 */
#pragma once

#include "host/kernel.h"

enum feature {
	FEATURE_BRIDGE, /* networks of several containers */
	FEATURE_FUSE,   /* fuse-overlayfs */
	FEATURE_VXLAN,  /* networks over several hosts */
	FEATURE_COUNT
};

const char *feature_word(enum feature feature);
/* The feature of a word of any length @n, or -1. */
int feature_find(const char *word, size_t n);

struct host;
/* The first module of the feature that this kernel cannot have, in any way; -1: it has them all, or
 * nobody can tell. */
int feature_lacks(const struct host *host, enum feature feature);
