/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's package manager: one row each, and what of it is needed to install packages and to
 * take away again those that were new. Names are blank-separated lists.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

struct os;
struct target;

struct package_manager {
	const char *word;        /* in the journal: stable */
	const char *typed;       /* by people who install */
	const char *const *list; /* prints the installed names, one a line */
	/* Names are appended; "@" stands for the seconds to wait for its lock. */
	const char *const *install, *const *remove;
	/* Fails where something else needs one of the names; NULL: remove does. */
	const char *const *test;
	const char *const *refresh; /* where an install fails: its lists may be old or not there */
	const char *locked;         /* what it prints when another holds its lock */
	bool reboot;                /* it installs into what the next boot is made of */
	const char *stays;          /* what a remove leaves, in words, or NULL */
};

/* NULL: none that we know. */
const struct package_manager *package_manager_of(const struct os *os);
const struct package_manager *package_manager_find(const char *word);

/* Append the installed names. */
int package_manager_list(
	const struct package_manager *manager, struct text *ret, struct error *err) MUST_CHECK;
/* @err has the tool's last words, and exit status 75 where its lock is held. */
int package_manager_install(struct target *t, const struct package_manager *manager,
	const char *names, struct error *err) MUST_CHECK;
/* 0; 1: something else needs them, @err says what. */
int package_manager_test(
	const struct package_manager *manager, const char *names, struct error *err) MUST_CHECK;
int package_manager_remove(struct target *t, const struct package_manager *manager,
	const char *names, struct error *err) MUST_CHECK;

/* The words of @names that are (or are not) lines of @list, appended to @ret. */
void package_names_in(const char *names, const char *list, bool in, struct text *ret);
