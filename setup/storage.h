/* SPDX-License-Identifier: Apache-2.0 */
/* --storage DIR: may the user's images be kept there? Asked before the first change; it reads only. */
#pragma once

#include "base/error.h"

struct host;
struct root;

/* 0, or why not, with words. */
int storage_check(
	struct root *root, const char *path, const struct host *host, struct error *err) MUST_CHECK;
