/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the id map of another process's new user namespace, by newuidmap(1) and newgidmap(1). */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "runtime/oci/userns.h"

struct userns_ranges {
	struct userns_range uid[USERNS_RANGES], gid[USERNS_RANGES];
	int uid_count, gid_count;
};

/* The user's own ranges in /etc/subuid and /etc/subgid; none is no error. */
int userns_read_ranges(struct userns_ranges *ret, uid_t uid, struct error *err) MUST_CHECK;

/* Map 0 to @uid and @gid and 1.. to the ranges, both tools at once. */
int userns_write_map(pid_t pid, uid_t uid, gid_t gid, const struct userns_ranges *ranges,
	struct error *err) MUST_CHECK;
/* Map 0 to @uid and @gid alone: the kernel lets us do that ourselves. */
int userns_write_single(pid_t pid, uid_t uid, gid_t gid, struct error *err) MUST_CHECK;
