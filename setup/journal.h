/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal of one run: RUN.json in the target's state directory. It is on disk before a change is made, so
 * that whatever happens then can be taken back. A run that changes nothing leaves no journal. RUN
 * sorts by time: 20261123T204512.123456-1234, the last part is the process.
 */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "setup/entry.h"

struct target;

enum {
	RUN_SIZE = 48
};

struct journal {
	struct target *t;
	char run[RUN_SIZE];
	char *command; /* as it was called */
	char *time;    /* ISO 8601, UTC */
	struct entry *entries;
	size_t count;
};

void journal_done(struct journal *journal);
#define _cleanup_journal_ CLEANUP(journal_done)

int journal_new(struct target *t, const char *command, struct journal *ret) MUST_CHECK;
/* -ENOENT, -EINVAL: there is no such run, or its journal is damaged; nothing is believed of it. */
int journal_load(
	struct target *t, const char *run, struct journal *ret, struct error *err) MUST_CHECK;
/* All runs, oldest first. */
int journal_list(struct target *t, struct text_list *ret, struct error *err) MUST_CHECK;

/* Take the entry over (it is empty then) and write it to disk. It is the last of the journal's. */
int journal_begin(struct journal *journal, struct entry *entry, struct error *err) MUST_CHECK;
/* The newest change of that kind and name in this run, or NULL. */
const struct entry *journal_newest(
	const struct journal *journal, enum change_kind kind, const char *name);
/* The state of the newest change of that kind and name, in any run; -ENOENT: none made it. */
int journal_state_of(struct target *t, enum change_kind kind, const char *name) MUST_CHECK;
/* Was it begun and not ended? */
bool journal_was_cut(struct target *t, enum change_kind kind, const char *name);
/* Write the journal as it is now. */
int journal_save(struct journal *journal, struct error *err) MUST_CHECK;

/* Is there a change of this run that could still be taken back? */
bool journal_is_open(const struct journal *journal);
