/* SPDX-License-Identifier: Apache-2.0 */
/* What strerror(3) says in the common languages, as normalise.h leaves a line: a message of another
 * language is then compared as if it were English. */
#pragma once

enum {
	ERRNO_ROWS = 22,
	ERRNO_WORDS = 19
};

struct errno_words {
	const char *english;
	const char *words[ERRNO_WORDS]; /* NULL ends them, where there are fewer */
};

extern const struct errno_words errno_words[ERRNO_ROWS];
