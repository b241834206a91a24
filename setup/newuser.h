/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A user made by hand, where useradd(8) is not to be run: a tree (--root DIR: nothing in it is
 * executed) or a host without shadow's tools. Ids, lines and home as useradd makes them.
 */
#pragma once

#include "base/error.h"

struct change;
struct entry;
struct target;

/* Note the lines in passwd, group and, where the tree has them, shadow and gshadow. */
int newuser_note(struct target *t, const struct change *c, struct entry *entry,
	struct error *err) MUST_CHECK;
int newuser_make(struct target *t, struct entry *entry, struct error *err) MUST_CHECK;
