/* SPDX-License-Identifier: Apache-2.0 */
/* What a disk lets one user have: quotactl(2), as he may ask of himself. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "host/fact.h"

struct quota_limit {
	uint64_t used, soft, hard; /* limits: 0 is none */
};

struct quota {
	enum fact_state state; /* absent: the file system keeps none, or the user has no limit */
	int error;
	struct quota_limit bytes, files;
};

struct root;
struct user;
/* Of @user where @path is, which is there. It may hang: a child looks. */
void quota_read(struct quota *ret, struct root *root, const struct user *user, const char *path);
/* From a record's words, six numbers; -EINVAL: they are none. */
int quota_parse(const char *words, struct quota *ret);
