/* SPDX-License-Identifier: Apache-2.0 */
/* A home as it is born: the files of /etc/skel in it, owned by its user, and nothing else. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/macro.h"

struct target;

/* Fill the new, empty directory @home from /etc/skel and give it to the user, mode 0700. */
int skel_fill(struct target *t, const char *home, uid_t uid, gid_t gid) MUST_CHECK;

/* Remove @home while it holds nothing but what /etc/skel put there. 0; 1: it holds more and was
 * left whole; negative errno. A home that is not there is removed. */
int skel_remove(struct target *t, const char *home) MUST_CHECK;

/* Has the directory @home no entry (but lost+found)? */
bool skel_is_empty(struct target *t, const char *home);
