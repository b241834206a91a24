/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong, in one sentence, written once by whoever can name the object.
 *
 * Functions return 0 (or a count) on success and a negative errno on failure; leaf helpers that
 * know no name just return the code. The one who knows the object says so:
 *
 *	return error_set(err, -errno, "cannot open '%s'", path);
 *
 * The object is plain bytes: it lives on main's stack, needs no release, and a child process can
 * send it up a pipe unchanged. Only a main() prints it.
 *
 * Wording: the fault first, subject in single quotes, lower case, no full stop; then, after "; ",
 * what to do next.
 */
#pragma once

#include "base/macro.h"

struct error {
	int code;        /* negative errno, 0: no error */
	int exit_status; /* the status the program should end with, 0: the program's usual one */
	char see[48];    /* id of the check that explains it, or "" */
	char text[976];
};

/*
 * error_set: the sentence, ": " and strerror of @code. error_say: the sentence alone, for faults
 * whose errno says nothing more. Both replace what @err held and return @code; @err may be NULL.
 */
int error_set(struct error *err, int code, const char *fmt, ...) PRINTF(3, 4);
int error_say(struct error *err, int code, const char *fmt, ...) PRINTF(3, 4);

/* Put "context: " before the sentence that is there already. Returns err->code. */
int error_prefix(struct error *err, const char *fmt, ...) PRINTF(2, 3);

/* Name the check that explains this error. Returns err->code. */
int error_see(struct error *err, const char *check_id);

/* End the program with @status (125, 126, 127, 64 ...). Returns err->code. */
int error_exit(struct error *err, int status);
