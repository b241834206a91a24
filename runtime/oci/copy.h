/* SPDX-License-Identifier: Apache-2.0 */
/* Trees of the image on new file systems (a tmpfs that begins with what is there), and trees
 * that change their owner (:U). Links are copied or changed themselves, never followed. */
#pragma once

#include <sys/types.h>

#include "base/macro.h"

/* Copy what is below the directory @from into the directory @to. */
int copy_tree(int from, int to) MUST_CHECK;
/* Everything at and below @fd becomes @uid's and @gid's; no other file system is entered. */
int copy_owner(int fd, uid_t uid, gid_t gid) MUST_CHECK;
