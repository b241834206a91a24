/* SPDX-License-Identifier: Apache-2.0 */
/* What systemd's unit files say it hands to a user's manager: Delegate=, systemd.resource-control(5). */
#pragma once

#include <limits.h>
#include <stddef.h>

#include "host/fact.h"

struct root;
struct user;
struct delegate {
	/* blank separated controllers, "yes" (all of them), or "" (none); absent: nobody sets it */
	struct fact_text words;
	char file[PATH_MAX];    /* the last that says something, or "" */
	char emptied[PATH_MAX]; /* the last that throws away what others said before it, or "" */
};

void delegate_read(struct delegate *ret, struct root *root, const struct user *user);

/* Add what one unit file or drop-in says to @union_; false: it says nothing. @ret_emptied: it threw
 * away what was there. */
bool delegate_parse(const char *data, size_t length, char *union_, size_t size, bool *ret_emptied);
