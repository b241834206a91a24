/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The characters of TOML: blanks, strings, bare words. toml.c puts them together. All functions
 * return 0 or -EINVAL with the words in @why (a constant), or -ENOMEM.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"
#include "base/text.h"

struct toml_scan {
	const char *data;
	size_t length, at;
	unsigned line;
	const char *why;
};

/* The next byte, -1 at the end; @ahead more bytes away. */
int toml_peek(const struct toml_scan *s, size_t ahead);
/* Step over the next byte, counting lines. */
void toml_skip(struct toml_scan *s);
/* Step over @c when it is next. */
bool toml_take(struct toml_scan *s, char c);

void toml_blanks(struct toml_scan *s);
/* Blanks, and a comment if one follows. */
int toml_comment(struct toml_scan *s) MUST_CHECK;
/* Blanks, comments and newlines: between the elements of an array and between lines. */
int toml_gap(struct toml_scan *s) MUST_CHECK;
/* The end of a line: blanks, perhaps a comment, then a newline or the end of the text. */
int toml_end_of_line(struct toml_scan *s) MUST_CHECK;

/* A string in any of the four forms; the scanner stands on its first quote. */
int toml_string(struct toml_scan *s, bool may_span_lines, struct text *ret) MUST_CHECK;
/* One part of a key: bare, or a one-line string. */
int toml_key_part(struct toml_scan *s, struct text *ret) MUST_CHECK;
/* A number, boolean or date, as written but without the underscores in numbers. */
int toml_word(struct toml_scan *s, struct text *ret) MUST_CHECK;
