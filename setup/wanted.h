/* SPDX-License-Identifier: Apache-2.0 */
/* Which checks a call is about, and whether its options say anything to them. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct args;
struct check;
struct subject;

bool wanted_check(
	const struct args *args, const struct subject *subject, const struct check *check);

/* An option that would be passed over is told, with status 64: the caller thinks it was heeded.
 * @subject NULL: @command prepares nothing, as undo and history. */
int wanted_options(const struct args *args, const struct subject *subject, const char *command,
	struct error *err) MUST_CHECK;
int wanted_no_use(const char *command, const char *option, struct error *err) MUST_CHECK;
