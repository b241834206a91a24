/* SPDX-License-Identifier: Apache-2.0 */
/* What systemd's unit files say it hands to a user's manager: Delegate=, systemd.resource-control(5). */
#pragma once

#include <stddef.h>

#include "host/fact.h"

struct root;
struct user;
/* @ret: blank separated controllers, "yes" (all of them), or "" (none); absent: nobody sets it. */
void delegate_read(struct fact_text *ret, char *ret_file, size_t size, struct root *root,
	const struct user *user);

/* Add what one unit file or drop-in says to @union_; false: it says nothing. */
bool delegate_parse(const char *data, size_t length, char *union_, size_t size);
