/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A user made by hand, where useradd(8) is not to be run: a tree (--root DIR: nothing in it is
 * executed) or a host without shadow's tools. Ids, lines and home as useradd makes them.
 */
#pragma once

#include "base/error.h"

struct account;
struct change;
struct entry;
struct target;

/* Note the lines in passwd, group and, where the tree has them, shadow and gshadow. */
int newuser_note(struct target *t, const struct change *c, struct entry *entry,
	struct error *err) MUST_CHECK;
int newuser_make(struct target *t, struct entry *entry, struct error *err) MUST_CHECK;

/*
 * useradd writes passwd first, then group and shadow, then the home: where it was cut short, by a
 * power cut say, there is a user who has no group, no password entry or no home. Note what of it is
 * missing; 1: nothing is.
 */
int newuser_note_missing(struct target *t, const struct account *who, struct entry *entry,
	struct error *err) MUST_CHECK;
int newuser_complete(struct target *t, struct entry *entry, struct error *err) MUST_CHECK;

/* Take out what a userdel that was cut short left of the user after his line in passwd: the group
 * only while it has the number @gid and no members. */
int newuser_forget(
	struct target *t, const char *name, const char *gid, struct error *err) MUST_CHECK;
