/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a run: of every change, of every check. Printed as text by show.c, as JSON by
 * report.c; neither decides anything. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macro.h"
#include "base/text.h"

struct change;
struct entry;
struct target;
struct verdict;

enum outcome_state {
	OUTCOME_DONE,
	OUTCOME_ALREADY,
	OUTCOME_PENDING, /* is made, effective after a reboot or a new login */
	OUTCOME_FAILED,
	OUTCOME_WOULD, /* --dry-run */
	OUTCOME_STATE_COUNT
};

struct outcome {
	char check[64];
	const char *kind;
	char *path, *words;
	char *hint; /* the command that makes it effective */
	enum outcome_state state;
	unsigned needs;
	bool cannot;     /* failed because this host has no way to do it */
	bool again;      /* failed because somebody was quicker: another look plans otherwise */
	int exit_status; /* of one that failed, where it asks for another than 1 */
	char error[512];
	char note[512]; /* what else is to be said of one that is done */
};

struct difference {
	char *path;
	char *before, *after; /* NULL: no file */
};

/* One user's checks, or the host's (user ""). */
struct judged {
	char user[64];
	struct verdict *verdicts; /* check_count() of them */
	bool *wanted;
};

#define OUTCOME_CONFIGURE                                                                          \
	"NixOS makes its files from its configuration: put this into configuration.nix, then run " \
	"'nixos-rebuild switch'"

#define OUTCOME_NOT_FROM_HERE                                                                      \
	"nothing was changed: what is amiss cannot be mended from within this host"

struct outcomes {
	struct outcome *changes;
	size_t count;
	struct difference *differences;
	size_t difference_count;
	struct judged *judged;
	size_t judged_count;
	char run[48];            /* of the journal, "" when nothing was changed */
	char reboot_wanted[256]; /* by others, who left word in /run/reboot-required.pkgs, or "" */
	struct text configuration; /* what the admin has to write where setup may not, or "" */
	bool taken_back;           /* by undo, and not made */
	size_t earlier;            /* undo: runs before it that can be taken back too */
};

void outcomes_done(struct outcomes *all);
#define _cleanup_outcomes_ CLEANUP(outcomes_done)

/* The place for what becomes of a change; @entry may have more to tell than the change. */
struct outcome *outcome_add(
	struct outcomes *all, const struct entry *entry, enum outcome_state state);
/* What the entry's effects will do to files, for --diff. */
int outcome_add_differences(
	struct outcomes *all, const struct entry *entry, struct target *t) MUST_CHECK;
/* The same for what undo would do to them. An enum undo, or a negative errno; @why says what would
 * stay. */
int outcome_add_restored(struct outcomes *all, const struct entry *entry, struct target *t,
	struct error *why) MUST_CHECK;
/* Takes over the two arrays. */
int outcome_add_judged(
	struct outcomes *all, const char *user, struct verdict *verdicts, bool *wanted) MUST_CHECK;

/* Move all, or the differences alone, to the end of @to. */
int outcomes_take(struct outcomes *to, struct outcomes *from) MUST_CHECK;
int outcomes_take_differences(struct outcomes *to, struct outcomes *from) MUST_CHECK;

/* Forget the changes that another look will plan otherwise. True when there were any. */
bool outcomes_forget_again(struct outcomes *all);

const char *outcome_word(enum outcome_state state);
size_t outcome_count(const struct outcomes *all, enum outcome_state state);
bool outcome_needs(const struct outcomes *all, unsigned what);
/* Is a change that this check asked for made and only not effective yet? */
bool outcome_is_pending(const struct outcomes *all, const char *check);
