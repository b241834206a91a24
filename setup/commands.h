/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of rpod-setup: each prints its result and returns the status to exit with, or a
 * negative errno with words for main() to print. */
#pragma once

#include "base/error.h"

struct args;
struct outcomes;
struct root;
struct subject;
struct target;

int command_prepare(const struct args *args, int argc, char *argv[], struct error *err) MUST_CHECK;
int command_unit(const struct args *args, int argc, char *argv[], struct error *err) MUST_CHECK;
int command_undo(const struct args *args, int argc, char *argv[], struct error *err) MUST_CHECK;
int command_history(const struct args *args, int argc, char *argv[], struct error *err) MUST_CHECK;

/* What commands share. Whose journals are meant when the user is not root: */
enum command_journals {
	JOURNALS_HOST,  /* the host's, for which he must be root */
	JOURNALS_FOUND, /* his own, if he has any */
	JOURNALS_OWN,   /* his own: he changes nothing but his home */
};
/* Both sides of --root. */
int command_open(const struct args *args, enum command_journals whose, struct root *root,
	struct target *t, struct error *err) MUST_CHECK;
/* A descriptor that keeps the lock, or -1 where nothing will be changed (and @err says nothing). */
int command_begin(const struct args *args, struct target *t, struct error *err) MUST_CHECK;
/* Print the outcomes. What an early end leaves behind is told too, then the error that caused it. */
int command_finish(const struct args *args, const struct outcomes *outcomes, int r,
	struct error *err) MUST_CHECK;
/* What argv[0] prepares, once the names that follow were looked at. */
int command_subject(const struct args *args, int argc, char *argv[], const struct subject **ret,
	struct error *err) MUST_CHECK;

/* Print the error, as JSON too where that was asked for. The status to exit with. */
int command_failed(const struct args *args, const struct error *err);
