/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line of rpod-doctor says, and the commands that act by it. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/out.h"
#include "base/text.h"
#include "doctor/report.h"

enum {
	EXIT_CANNOT_LOOK = 70
};

struct args {
	const char *user, *root, *record, *color, *file;
	const char *format, *output, *html, *ignore; /* format: never NULL */
	struct text_list check, skip, weaken;
	bool json, redact, fix, yes, strict, quiet, verbose, after_reboot, patient;
};

/* Each returns the status to exit with, or a negative errno with words. */
int command_look(const struct args *args, const struct out *out, struct error *err) MUST_CHECK;
/* @text NULL or "-": standard input, or --file. */
int command_explain(const struct args *args, const char *text, const struct out *out,
	struct error *err) MUST_CHECK;
/* Merge the reports in @files: see summary.h. */
int command_summary(const struct args *args, char *files[], size_t count, const struct out *out,
	struct error *err) MUST_CHECK;
/* Run @argv, and explain on standard error what it printed there when it fails. Its status. */
int command_run(const struct args *args, char *argv[], struct error *err) MUST_CHECK;
