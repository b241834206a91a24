/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One form for a message however it reached us: colours and other terminal sequences gone, logfmt's
 * and JSON's escapes resolved, ASCII letters small, every kind of quote a ', every number a #, runs
 * of blanks one, and the kernel's errno texts in English whatever language the host speaks.
 */
#pragma once

#include <stddef.h>

#include "base/macro.h"
#include "base/text.h"

struct normaliser;

/* NULL without memory. */
struct normaliser *normaliser_new(void) MUST_CHECK;
void normaliser_free(struct normaliser *n);

/* The length of the terminal sequence that @s, which begins with ESC, begins with. */
size_t normalise_escape(const char *s, size_t length);

/* Append one line to @ret, in that form. */
void normalise(const struct normaliser *n, const char *line, size_t length, struct text *ret);
