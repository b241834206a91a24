/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of rpod-setup: each prints its result and returns the status to exit with, or a
 * negative errno with words for main() to print. */
#pragma once

#include "base/error.h"

struct args;
struct subject;

int command_prepare(const struct args *args, int argc, char *argv[], struct error *err) MUST_CHECK;
int command_undo(const struct args *args, int argc, char *argv[], struct error *err) MUST_CHECK;
int command_history(const struct args *args, int argc, char *argv[], struct error *err) MUST_CHECK;

/* What argv[0] prepares, once the names that follow were looked at. */
int command_subject(const struct args *args, int argc, char *argv[], const struct subject **ret,
	struct error *err) MUST_CHECK;

/* Print the error, as JSON too where that was asked for. The status to exit with. */
int command_failed(const struct args *args, const struct error *err);
