/* SPDX-License-Identifier: Apache-2.0 */
/* A home as it is born: the files of /etc/skel in it, owned by its user, and nothing else. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/macro.h"

struct target;

/*
 * Make @home, whole or not at all, with what /etc/skel has, the user's own and mode 0700. One that
 * is there and holds nothing else (a mounted disk, what a killed run left) is taken.
 */
int skel_make(struct target *t, const char *home, uid_t uid, gid_t gid) MUST_CHECK;

/* Remove @home while it holds nothing but what /etc/skel put there, if only half of it. 0; 1: it holds more and was
 * left whole; negative errno. A home that is not there is removed. */
int skel_remove(struct target *t, const char *home) MUST_CHECK;

/* Has the directory @home no entry (but lost+found)? */
bool skel_is_empty(struct target *t, const char *home);
/* Does it hold nothing but what /etc/skel has, or beginnings of that? */
bool skel_is_all(struct target *t, const char *home);
/* Does it hold all that /etc/skel has, whole, and is it the user's own and 0700? */
bool skel_is_whole(struct target *t, const char *home, uid_t uid, gid_t gid);
