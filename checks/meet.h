/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of subordinate ids that meet: one sort and one pass, however many lines a file has. */
#pragma once

#include <stdbool.h>

struct idmap_file;
struct idmap_range;

/*
 * A range of the user and one that shares ids with it: another of his (@both_ours) or somebody
 * else's. Of two of his, *ret_own is the one whose line stands first. False: there is no such pair,
 * or no memory to look.
 */
bool meet_find(const struct idmap_file *file, bool both_ours, const struct idmap_range **ret_own,
	const struct idmap_range **ret_other);
