/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities of this process by raw system calls: no library, no probing of what the kernel
 * has. In the order of use: caps_bound() while CAP_SETPCAP is there, then the change of user with
 * caps_keep(), then caps_set().
 */
#pragma once

#include <stdint.h>

#include "base/macro.h"

/* Drop every capability that is not in @keep from the bounding set. */
int caps_bound(uint64_t keep) MUST_CHECK;
/* Keep the permitted set through a change of user. */
int caps_keep(void) MUST_CHECK;
int caps_set(uint64_t effective, uint64_t permitted, uint64_t inheritable) MUST_CHECK;
/* The ambient set becomes exactly @ambient, which must be permitted and inheritable. */
int caps_ambient(uint64_t ambient) MUST_CHECK;
/* What this process has: its permitted set. */
uint64_t caps_now(void);
