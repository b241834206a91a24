/* SPDX-License-Identifier: Apache-2.0 */
/* The user in question: passwd entry (NSS on a live host, the tree's /etc/passwd elsewhere). */
#pragma once

#include <limits.h>

#include "host/fact.h"

struct user {
	enum fact_state state; /* absent: no such user */
	int error;             /* errno when unknown */
	char name[64];         /* as asked for, and canonical once known */
	uid_t uid;
	gid_t gid;
	char home[PATH_MAX];
	char shell[256];
	/* shadow(5) and the clock, as root: "fine", "expired", or "password" where a new one must be
	 * chosen first. systemd asks before it starts the user's manager. */
	struct fact_text account;
	char group[64]; /* name of the primary group, "" where it has none */
};

struct root;
/* @name NULL: the caller (its real uid, never $USER). */
void user_read(struct user *ret, struct root *root, const char *name);

/* useradd(8)'s rule: [a-z_][a-z0-9_-]*[$]?, at most 32 bytes. */
bool user_name_is_valid(const char *name);
