/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of lines that belong to many: passwd(5), group(5), subuid(5). One line is added or removed,
 * all others stay byte for byte. Where the host has a tool for it (useradd, usermod) that is used
 * instead; this is for trees it is not to be run in, and for hosts that lack it.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

struct entry;
struct target;
struct effect;

/* The effect of adding @line (without newline) to @path, to be made by table_add_all(). A file that
 * is not there is made, with mode 0644. */
int table_note(struct entry *entry, struct target *t, const char *path, const char *line,
	struct error *err) MUST_CHECK;
/* Make the entry's EFFECT_LINEs so, under the locks of shadow's tools. All or none. */
int table_add_all(struct entry *entry, struct target *t, struct error *err) MUST_CHECK;
/* The same for who holds the locks already, and has looked once more. */
int table_add_locked(struct entry *entry, struct target *t, struct error *err) MUST_CHECK;
/* What the file would be without the line: @now is what it is, *ret_removed when the file would go
 * with it. 0; 1: it is not there any more; negative errno. */
int table_without(struct target *t, const struct effect *effect, struct text *now, struct text *ret,
	bool *ret_removed) MUST_CHECK;
/* Take one line out again. 0; 1: it is not there any more; negative errno. */
int table_remove(struct target *t, const struct effect *effect) MUST_CHECK;
