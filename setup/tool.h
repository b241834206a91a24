/* SPDX-License-Identifier: Apache-2.0 */
/* Other people's tools, run with a time limit and their words kept for the error. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

enum {
	TOOL_SECONDS = 60,
	TOOL_SLOW_SECONDS = 600
};

/* Is the program there to be run on this machine? */
bool tool_is_here(const char *name);

/* Run it; the last argument is NULL. 0, -EIO when it failed, -ENOENT, -ETIMEDOUT: with words. */
int tool_run(unsigned seconds, struct error *err, const char *const argv[]) MUST_CHECK;
/* The same for a tool whose exit statuses mean something: 0, its status, a negative errno. */
int tool_status(unsigned seconds, struct error *err, const char *const argv[]) MUST_CHECK;
/* What it prints, errors too, appended to @ret. 0, its status, or a negative errno. */
int tool_ask(
	unsigned seconds, const char *const argv[], struct text *ret, struct error *err) MUST_CHECK;
