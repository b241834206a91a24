/* SPDX-License-Identifier: Apache-2.0 */
/* What a person reads while setup works and when it is done. Decides nothing. */
#pragma once

#include <stdbool.h>

struct args;
struct outcomes;
struct out;

/* Before the changes of a round: what will be done, with diffs where asked. @user NULL: all users,
 * "": more for the one just named. */
void show_plan(const struct out *out, const struct args *args, const char *user,
	const struct outcomes *planned);
/* After all: what failed, what waits, what checks still find, what was changed. @status: what
 * setup ends with. */
void show_result(const struct out *out, const struct args *args, const struct outcomes *outcomes,
	int status);
/* What undo took back, what it left and why. */
void show_undone(const struct out *out, const struct args *args, const struct outcomes *outcomes);
/* On a terminal, a word about a step that takes its time; NULL: it is over. */
void show_progress(const char *words);
