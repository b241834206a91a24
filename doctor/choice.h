/* SPDX-License-Identifier: Apache-2.0 */
/* Which checks are asked for: ids and groups of --check and --skip, with commas between them. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

/* Mark the checks in @ret, indexed like check_at(), with room for all. -EINVAL: no such check. */
int choice_make(const struct text_list *check, const struct text_list *skip, bool *ret,
	struct error *err) MUST_CHECK;
