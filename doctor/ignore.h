/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings that are known and borne for a while: /etc/rpod/doctor.ignore, a line for each.
 *
 *	ID until=YYYY-MM-DD REASON...
 *
 * Blank lines and those that begin with '#' say nothing. A line without date or reason is refused: what
 * nobody can give a reason for is not known, and what never ends is forgotten. The day itself counts.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

#define IGNORE_PATH "/etc/rpod/doctor.ignore"

enum {
	IGNORE_LIMIT = 1 << 18, /* bytes of the file */
	IGNORE_WORDS = 256,
};

struct ignore_entry {
	char id[64];
	char until[sizeof("YYYY-MM-DD")];
	char words[IGNORE_WORDS]; /* "REASON, until YYYY-MM-DD" */
	unsigned line;
};

struct ignore {
	struct ignore_entry *entries;
	size_t count;
};

/* -EINVAL with @path, the line's number and what is wanted; -ENOMEM. Fuzzed. */
int ignore_parse(struct ignore *ret, const char *data, size_t length, const char *path,
	struct error *err) MUST_CHECK;
void ignore_done(struct ignore *ignore);
#define _cleanup_ignore_ CLEANUP(ignore_done)

/*
 * Mark the findings of @report, which from then on borrows the words, and count them apart. @today is
 * "YYYY-MM-DD". An entry that has expired or names no check is a line in @ret_warnings.
 */
struct report;
int ignore_apply(const struct ignore *ignore, const char *today, struct report *report,
	struct text_list *ret_warnings) MUST_CHECK;
