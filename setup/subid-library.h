/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shadow's own library for subordinate ids, libsubid, which lives here and is loaded where a host
 * has it (shadow 4.9 and later). It holds the lock of one file at a time, keeps away from every line
 * of that file, and where the start it is given is not free takes a later one: that is told and taken
 * back, because both files are to have the same range.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

bool subid_library_is_here(void);

/* In both files or in none. -EAGAIN: the range was given to somebody meanwhile; -EBUSY: a file is
 * locked, or was not to be written. With words. */
int subid_library_grant(
	const char *owner, uint64_t start, uint64_t count, struct error *err) MUST_CHECK;
int subid_library_ungrant(
	const char *owner, uint64_t start, uint64_t count, struct error *err) MUST_CHECK;
