/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done so that the next boot has an argument: one row per boot stack of host/boot.h that a
 * program can change. A row either has a file, and a command after it was changed, or commands that
 * keep the arguments where they like. In a tree nothing is run: there only files are written.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "host/boot.h"

struct target;

struct bootloader {
	/* The file that holds the argument, and what it shall be; NULL path: the tools keep it. */
	const char *path;
	/* Append to @ret what @path holds with @argument in it. 1: it has it already; -EINVAL: it
	 * is no such file. */
	int (*edit)(const char *now, const char *argument, struct text *ret);
	/* Where the file is missing: what it has to begin with. NULL: it begins empty. */
	int (*begin)(struct target *t, struct text *ret, struct error *err);
	const char *const *tell; /* commands after the file was changed, or NULL */
	int (*tell_all)(struct target *t, struct error *err); /* the same, where it takes a loop */
	const char *made; /* by telling: a tree that has this has to be told */
	/* Where there is no file: commands, separated by ";"; "@" stands for the argument. */
	const char *const *add, *const *remove;
	const char *const *ask; /* prints what the next boot will have, or NULL */
	bool whole; /* add takes all that ask prints, with the argument, and remove without it */
	const char *shown_by; /* a file that the tools keep, to be read with edit; or NULL */
};

/* The stack of this host. */
enum boot_stack bootloader_stack(struct target *t);
/* How it is changed; NULL where no program on this host could. */
const struct bootloader *bootloader_of(enum boot_stack stack);

/* Will the next boot have it, as the tools say? Asked on a live host alone. */
bool bootloader_has(struct target *t, const struct bootloader *loader, const char *argument);
/* Tell of a file that was changed. On a tree nothing is run. */
int bootloader_tell(
	struct target *t, const struct bootloader *loader, struct error *err) MUST_CHECK;
int bootloader_add(struct target *t, const struct bootloader *loader, const char *argument,
	struct error *err) MUST_CHECK;
int bootloader_remove(struct target *t, const struct bootloader *loader, const char *argument,
	struct error *err) MUST_CHECK;

/* The edits: bootloader-edit.c. */
int bootloader_edit_drop_in(const char *now, const char *argument, struct text *ret);
int bootloader_edit_line(const char *now, const char *argument, struct text *ret);
int bootloader_edit_words(const char *now, const char *argument, struct text *ret);
int bootloader_edit_default(const char *now, const char *argument, struct text *ret);
int bootloader_edit_kargs(const char *now, const char *argument, struct text *ret);
/* @words without @argument, single blanks between them. */
void bootloader_drop_word(const char *words, const char *argument, struct text *ret);
