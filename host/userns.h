/* SPDX-License-Identifier: Apache-2.0 */
/* How many user namespaces a user has: what counts against user.max_user_namespaces. */
#pragma once

#include "host/fact.h"

struct root;
struct user;
/* Of those that a process we may look at lives in: there may be more, kept by descriptors. */
void userns_read_count(struct fact_number *ret, struct root *root, const struct user *user);
