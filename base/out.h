/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person sees: colour where it helps, symbols where the terminal can draw them, errors in
 * one form. Only main() functions and printers of results use this; nothing below them prints.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

enum out_colour {
	OUT_PLAIN,
	OUT_BOLD,
	OUT_DIM,
	OUT_GREEN,
	OUT_YELLOW,
	OUT_RED,
	OUT_COLOUR_COUNT
};

struct out {
	FILE *stream;
	bool colour; /* escape sequences are welcome */
	bool utf8;   /* symbols beyond ASCII are welcome */
	bool terminal;
	int width; /* columns; 80 where unknown */
};

/* @when: "auto" (a terminal, and neither NO_COLOR nor TERM=dumb), "always" or "never". -EINVAL for
 * another word. */
int out_open(struct out *out, FILE *stream, const char *when);

/* Print text in a colour; what comes from the host has its control characters shown as '?'. */
void out_print(const struct out *out, enum out_colour colour, const char *fmt, ...) PRINTF(3, 4);

/* Print @s wrapped at the width: @first before the first line, as many blanks before the others. */
void out_wrap(const struct out *out, const char *first, const char *s);

/* JSON text and a newline; what JSON lets stand in a string and a terminal obeys (DEL, C1) becomes
 * an escape, which says the same. -EIO: it could not be written. */
int out_json(const struct out *out, const char *text) MUST_CHECK;

/* "program: sentence; see 'rpod-doctor --check ID'" on standard error. */
void out_error(const char *program, const struct error *err);

/* "program: warning: sentence" on standard error. */
void out_warning(const char *program, const char *fmt, ...) PRINTF(2, 3);

/* Flush standard output: 0, or a negative errno when what was printed is lost (full disk). */
int out_finish(void) MUST_CHECK;
