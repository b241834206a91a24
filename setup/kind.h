/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kinds of change: how each is shown, looked for, made and taken back. One file per kind, one row
 * in the table of kind.c; only these files write the host.
 *
 * The order setup keeps for every change: look() says whether there is anything to do and fills the
 * entry with all that will be touched and how it is now; the journal writes the entry to disk;
 * apply() makes the change; the journal notes that it is made. Killed anywhere, the entry tells
 * undo, and the next run's look() finds what is left to do.
 */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "checks/plan.h"

struct entry;
struct target;

enum look {
	LOOK_TODO,
	LOOK_DONE,    /* is so already */
	LOOK_PENDING, /* is so already, effective after what entry->needs says */
	LOOK_NONE,    /* nothing to do on such a host: files alone decide at its boot */
};

struct kind {
	const char *word; /* in JSON and the journal: stable */
	/* What the change does, one line in the imperative: "load module 'fuse'". */
	void (*words)(const struct change *change, struct text *ret);
	/* An enum look, or a negative errno: -EOPNOTSUPP when this host has no way to do it. */
	int (*look)(struct target *t, const struct change *change, struct entry *entry,
		struct error *err);
	/* 0; entry->needs says when it takes more to be effective. After a failure the next run's
	 * look() must find what is left to do. */
	int (*apply)(struct target *t, const struct change *change, struct entry *entry,
		struct error *err);
	/* An enum undo, or a negative errno: not taken back, and may be tried again. NULL: effects
	 * alone. */
	int (*undo)(struct target *t, struct entry *entry, struct error *err);
	/* Once, after all of a run was taken back. NULL: nothing. */
	int (*settle)(struct target *t, struct error *err);
};

const struct kind *kind_of(enum change_kind kind);
/* The enum change_kind of a word, or -ENOENT. */
int kind_find(const char *word);

extern const struct kind kind_user, kind_package, kind_subid, kind_file, kind_user_file, kind_mode,
	kind_caps, kind_sysctl, kind_module, kind_share, kind_kernel_arg, kind_linger, kind_reload,
	kind_delegate, kind_directory, kind_limit, kind_label, kind_apparmor, kind_port,
	kind_user_unit;
