/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a new range of subordinate ids may lie. A function of the model alone: setup asks it again
 * with the files read afresh once it holds their locks.
 */
#pragma once

#include <stdint.h>

#include "base/macro.h"

struct idmap;

struct subid_grant {
	uint64_t start, count; /* the same for both files */
};

/*
 * What is to be added so that the user has at least @wanted ids in both files. 0 and @ret, where
 * @ret->count is 0 when there is nothing to add; -ENOSPC when no place is left; -EINVAL when a
 * file could not be read or has a line that nobody can read, or real ids could not: what is given
 * out is not known; -ENOMEM.
 *
 * A range that stands in one file only is given in the other too, if it is free there: uid and gid
 * maps line up. Else the lowest start is taken that is free of every line of both files, of real
 * ids, of the ranges systemd gives out, inside SUB_UID_MIN..SUB_UID_MAX and SUB_GID_MIN..MAX, and
 * inside the user namespace we live in. Where that namespace holds only a few ids, what it has
 * above the ordinary users' ids is taken, in a smaller range if it must be.
 */
int subid_grant(const struct idmap *idmap, uint64_t wanted, struct subid_grant *ret) MUST_CHECK;

/*
 * Where login.defs(5) has a rule instead of a search (SUB_UID_DETERMINISTIC), the range of @uid by
 * it. As above; -ENOSPC also when the rule's range is not free, or @uid is none that it is for: one
 * found by a search would sooner or later be what the rule gives to somebody else.
 */
int subid_grant_by_rule(const struct idmap *idmap, uint64_t uid, uint64_t wanted,
	struct subid_grant *ret) MUST_CHECK;
