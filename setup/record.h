/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record is one change as it was really made: what stood there before, what stands there now.
 * It is written to the journal before the change is made, and it is all that undo needs. A record
 * holds effects: the files, lines and directories the change touches, known before they are.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "checks/plan.h"

struct json;
struct target;

enum effect_what {
	EFFECT_FILE,	  /* whole content: before (NULL: no file), after (NULL: not known yet) */
	EFFECT_LINE,	  /* one line of a table file: after; before: NULL no file, "\n" a missing
			   * newline was added, "" */
	EFFECT_DIRECTORY, /* made by us, removed when empty */
	EFFECT_MODE,	  /* permission bits: mode before, mode_after */
	EFFECT_HOME,	  /* a home filled from /etc/skel, removed while it holds nothing else */
	EFFECT_COUNT
};

struct effect {
	enum effect_what what;
	char *path;
	char *before, *after;
	size_t before_length, after_length;
	mode_t mode, mode_after;
};

enum record_state {
	RECORD_BEGUN,  /* may or may not have been made: the machine may have died here */
	RECORD_DONE,
	RECORD_FAILED, /* nothing was changed */
	RECORD_UNDONE,
	RECORD_LEFT,   /* undo found something else there and left it */
	RECORD_STATE_COUNT
};

enum record_needs { NEEDS_REBOOT = 1 << 0, NEEDS_RELOGIN = 1 << 1 };

struct record {
	char check[64];
	enum change_kind kind;
	char *words; /* what it does, for people */
	char *path, *name, *text;
	uint64_t number, count;
	char *live;	/* a kind's note of what was before where no file says it */
	char *hint;	/* the command that makes it effective now */
	unsigned needs; /* what it takes to be effective: enum record_needs; 0: it is */
	enum record_state state;
	struct effect *effects;
	size_t effect_count;
};

int record_of(const struct change *change, struct record *ret) MUST_CHECK;
void record_done(struct record *record);
#define _cleanup_record_ CLEANUP(record_done)

/* Replace one of the record's strings. */
int record_note(char **slot, const char *fmt, ...) MUST_CHECK PRINTF(2, 3);

int record_add(struct record *record, enum effect_what what, const char *path) MUST_CHECK;
/* The effect of putting @after in place of what stands at @path: reads what does. 1: it is the
 * same already and nothing was added. */
int record_add_file(struct record *record, struct target *t, const char *path, const char *after,
	size_t length) MUST_CHECK;
/* Make the record's EFFECT_FILEs so; directories made on the way are added to it. */
int record_write_files(struct record *record, struct target *t, mode_t mode,
	struct error *err) MUST_CHECK;

/*
 * Take the effects back, newest first, where the host still is as the record says. 0: all of them;
 * 1: something was left, @err says what and why; negative errno: could not.
 */
int record_undo_effects(struct record *record, struct target *t, struct error *err) MUST_CHECK;

struct json *record_to_json(const struct record *record);
int record_from_json(struct json *value, struct record *ret) MUST_CHECK;
