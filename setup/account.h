/* SPDX-License-Identifier: Apache-2.0 */
/* Users as setup needs them: found by NSS on a live host, in the tree's own files elsewhere; and
 * acting as one of them. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct target;

struct account {
	char name[64];
	uid_t uid;
	gid_t gid;
	char home[PATH_MAX];
};

/* 0, or -ENOENT: no such user; another negative errno with words. */
int account_find(
	struct target *t, const char *name, struct account *ret, struct error *err) MUST_CHECK;

/* Is @uid somebody's, as NSS says on a running host? Of a tree newid.h knows. */
bool account_has_uid(struct target *t, uid_t uid);

/* A number of login.defs(5). */
uint64_t account_default(struct target *t, const char *key, uint64_t otherwise);
bool account_default_is_yes(struct target *t, const char *key);

/*
 * Run @act in a child that is the user and nothing more: his groups, his ids, umask 077, his
 * environment (HOME, USER, LOGNAME, XDG_RUNTIME_DIR). What it returns, and its @err, come back.
 */
typedef int account_act(void *arg, struct error *err);
int account_run(const struct account *who, bool live, account_act *act, void *arg,
	struct error *err) MUST_CHECK;
