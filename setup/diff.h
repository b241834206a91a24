/* SPDX-License-Identifier: Apache-2.0 */
/* Unified diffs, as diff -u prints them, for the small files setup writes. */
#pragma once

#include "base/text.h"

/* Append the diff of two texts; nothing when they are the same. Headers name the two sides. */
void diff_unified(const char *before, const char *after, const char *before_header,
	const char *after_header, struct text *ret);
