/* SPDX-License-Identifier: Apache-2.0 */
/* The ids of a user who is made by hand: as useradd(8) would choose them, from the tree's own passwd,
 * group and login.defs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct target;

struct newid {
	uint32_t uid, gid; /* the same where that id is free of both kinds */
};

/*
 * @wanted 0: the id after the highest of an ordinary user, or the first gap when there is none; for a
 * service account (@system) the highest free one below them. -EEXIST with words: the wanted id is
 * somebody's, or a group of that name has members; -ERANGE: none is left.
 */
int newid_choose(struct target *t, const char *name, uint32_t wanted, bool system,
	struct newid *ret, struct error *err) MUST_CHECK;
