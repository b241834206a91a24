/* SPDX-License-Identifier: Apache-2.0 */
/* The one thing the doctor writes: a report to the file that the command line names. */
#pragma once

#include <stddef.h>

#include "base/error.h"

/*
 * Put @bytes in place of the file at @path, or nothing: a reader sees the old report or the new one.
 * A link is followed to what it leads to, and refused where it leads to nothing; a pipe or a terminal
 * is written to.
 */
int output_write(const char *path, const void *bytes, size_t n, struct error *err) MUST_CHECK;

/* What @print prints, to the file at @path; NULL and "-": to @out. */
struct out;
typedef int output_print(const void *what, const struct out *out);
int output_print_to(const char *path, const struct out *out, output_print *print, const void *what,
	struct error *err) MUST_CHECK;
