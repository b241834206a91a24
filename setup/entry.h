/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An entry is one change as it was really made: what stood there before, what stands there now.
 * It is written to the journal before the change is made, and it is all that undo needs. An entry
 * holds effects: the files, lines and directories the change touches, known before they are.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/text.h"
#include "checks/plan.h"

struct json;
struct target;

enum effect_what {
	EFFECT_FILE,      /* whole content: before (NULL: no file), after (NULL: not known yet) */
	EFFECT_LINE,      /* one line of a table file: after; before: NULL no file, "\n" a missing
			   * newline was added, "" */
	EFFECT_DIRECTORY, /* made by us, removed when empty */
	EFFECT_MODE,      /* permission bits: mode before, mode_after */
	EFFECT_HOME,      /* a home filled from /etc/skel, removed while it holds nothing else */
	EFFECT_COUNT
};

struct effect {
	enum effect_what what;
	char *path;
	char *before, *after;
	size_t before_length, after_length;
	mode_t mode, mode_after;
};

enum entry_state {
	ENTRY_BEGUN, /* may or may not have been made: it failed, or the machine died here */
	ENTRY_DONE,
	ENTRY_UNDONE,
	ENTRY_LEFT, /* undo found something else there and left it */
	ENTRY_STATE_COUNT
};

enum entry_needs {
	NEEDS_REBOOT = 1 << 0,
	NEEDS_RELOGIN = 1 << 1,
	NEEDS_HINT = 1 << 2, /* the hint is to be run: what a tree cannot be made to do */
};

struct entry {
	char check[64];
	enum change_kind kind;
	char *words; /* what it does, for people */
	char *path, *name, *text;
	uint64_t number, count;
	char *live;     /* a kind's note of what was before where no file says it */
	char *hint;     /* the command that makes it effective now */
	unsigned needs; /* what it takes to be effective: enum entry_needs; 0: it is */
	enum entry_state state;
	struct effect *effects;
	size_t effect_count;
};

int entry_of(const struct change *change, struct entry *ret) MUST_CHECK;
void entry_done(struct entry *entry);
#define _cleanup_entry_ CLEANUP(entry_done)

/* Replace one of the entry's strings. */
int entry_note(char **slot, const char *fmt, ...) MUST_CHECK PRINTF(2, 3);

int entry_add(struct entry *entry, enum effect_what what, const char *path) MUST_CHECK;
/* The directories above @path that are to be made: before what is put into them. */
int entry_add_parents(struct entry *entry, struct target *t, const char *path) MUST_CHECK;
/* The effect of putting @after in place of what stands at @path: reads what does. 1: it is the
 * same already and nothing was added. */
int entry_add_file(struct entry *entry, struct target *t, const char *path, const char *after,
	size_t length) MUST_CHECK;
/* Make the entry's EFFECT_FILEs so, with the directories above them. */
int entry_write_files(
	struct entry *entry, struct target *t, mode_t mode, struct error *err) MUST_CHECK;

enum undo {
	UNDO_ALL,
	UNDO_LEFT,   /* nothing was touched: the host is not as the run left it; @err says why */
	UNDO_PARTLY, /* taken back but for what @err says */
};

/* Take the effects back, newest first, where the host still is as the entry says. An enum undo, or
 * a negative errno. */
int entry_undo_effects(struct entry *entry, struct target *t, struct error *err) MUST_CHECK;

enum restore {
	RESTORE_NOTHING, /* no content of a file, or none that would change */
	RESTORE_LEFT,    /* somebody changed it: it would stay; @err says why */
	RESTORE_CONTENT
};

/* What taking back this effect would put in place of @ret_now: @ret_then, or no file. An enum
 * restore, or a negative errno. Nothing is changed. */
int entry_restore(const struct effect *effect, struct target *t, struct text *ret_now,
	struct text *ret_then, bool *ret_removed, struct error *err) MUST_CHECK;

struct json *entry_to_json(const struct entry *entry);
int entry_from_json(struct json *value, struct entry *ret) MUST_CHECK;
