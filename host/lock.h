/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lock files of the account files, /etc/passwd.lock and its like: who edits makes one with his
 * process id in it (shadow's commonio.c), and removes one whose process is gone. One whose text is
 * no number is never removed, and from then on nobody can edit.
 */
#pragma once

#include "host/fact.h"

enum {
	LOCKS = 6
};

struct lock {
	const char *path;
	enum fact_state state; /* absent: nobody edits */
	enum fact_state
		holder; /* its text: unknown where only root may read it, absent: no number */
	uint64_t pid;   /* where the holder is known */
	struct fact_text command; /* of that process; absent: it is gone */
};

struct root;
void lock_read(struct lock ret[LOCKS], struct root *root);
