/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A journal as the text of its file, and back: no file is touched here. The text carries a sum of
 * itself (sha256 over all its bytes, the sum's own digits taken as zeros): a journal that a disk
 * damaged, or that somebody edited, is refused before undo believes a word of it. One sum covers
 * what stood in a file before and after, so no effect has one of its own.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

struct journal;

int journal_print(const struct journal *journal, struct text *ret) MUST_CHECK;

/* Fill command, time and entries. -EINVAL with words that name @path, the file it was read from;
 * what was filled in until then is the caller's to release. */
int journal_parse(struct journal *journal, const char *bytes, size_t n, const char *path,
	struct error *err) MUST_CHECK;
