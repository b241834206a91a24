/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answers of a recorded host: a table from question to result, kept in DIR/.rpod/answers as
 * one line each:
 *
 *	question TAB errno-name-or-0 TAB answer
 *
 * with \t, \n, \r and \\ escaped. Lines that begin with '#' are comments, so hosts can be written
 * by hand. The file is foreign input: bad lines are an error with their number, never a crash.
 */
#pragma once

#include "base/error.h"
#include "base/text.h"

struct answers;

int answers_new(struct answers **ret) MUST_CHECK;
void answers_free(struct answers *answers);

int answers_parse(struct answers *answers, const char *data, size_t length, const char *name,
	struct error *err) MUST_CHECK;
int answers_print(const struct answers *answers, struct text *ret) MUST_CHECK;

/* The recorded result (0 or negative errno) and its text appended to @ret; -ENODATA: not asked. */
int answers_get(const struct answers *answers, const char *question, struct text *ret) MUST_CHECK;
int answers_put(
	struct answers *answers, const char *question, int result, const char *answer) MUST_CHECK;

/* "0", "ENOENT", or a number where the name is not known; and back (-EINVAL). */
void answers_print_result(int result, struct text *ret);
int answers_parse_result(const char *word, int *ret) MUST_CHECK;
