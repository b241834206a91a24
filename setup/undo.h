/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a run back, newest change first, where the host is still as the run left it; and the list
 * of runs. */
#pragma once

#include "base/error.h"

struct args;
struct json;
struct out;
struct outcomes;
struct target;

/* @run NULL: the newest that has something to take back. What was left alone is an outcome with
 * its reason. -ENOENT: there is no such run. */
int undo_run(struct target *t, const struct args *args, const char *run, struct outcomes *ret,
	struct error *err) MUST_CHECK;

/* The runs, newest first: as text on @out, or as JSON in @ret (when not NULL). How many of them have
 * a journal that cannot be read; they are listed with the reason. */
int undo_history(
	struct target *t, const struct out *out, struct json *ret, struct error *err) MUST_CHECK;
