/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a host keeps its kernel command line: one row per way, asked in order. Whoever boots a host
 * otherwise (a hypervisor, an outer container) has to be told in words.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

struct target;

struct bootloader {
	const char *word;
	bool (*is_here)(struct target *t);
	/* The file that holds the argument, and what it shall be; NULL path: the tools keep it. */
	const char *path;
	/* Append to @ret what @path holds with @argument in it. 1: it has it already. */
	int (*edit)(const char *now, const char *argument, struct text *ret);
	const char *const *tell; /* command after the file was changed, or NULL */
	/* Where there is no file: the commands themselves, "@" stands for the argument. */
	const char *const *add, *const *remove;
};

/* NULL: none that we know. */
const struct bootloader *bootloader_find(struct target *t);
/* Run one of the commands. On a tree nothing is run. */
int bootloader_run(struct target *t, const char *const command[], const char *argument,
	struct error *err) MUST_CHECK;

/* The edits, for tests. */
int bootloader_edit_grub(const char *now, const char *argument, struct text *ret);
int bootloader_edit_line(const char *now, const char *argument, struct text *ret);
