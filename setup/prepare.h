/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow: read the host, judge it, plan, show, apply, read again, judge again. For every user in
 * turn; a user who does not exist is made first and then read, because what is his depends on it.
 */
#pragma once

#include "base/error.h"

struct args;
struct journal;
struct outcomes;
struct plan;
struct root;
struct subject;
struct target;

struct prepare {
	const struct args *args;
	const struct subject *subject;
	struct root *root;
	struct target *target;
	struct journal *journal;
	struct outcomes *outcomes;
	/* Called with the plan's outcomes before the first change of a round; @round is 0, 1 ... */
	void (*show)(
		struct prepare *p, const char *user, int round, const struct outcomes *planned);
};

/* @user NULL: what all users share. An error means that nothing more can be done; what failed, and
 * what checks still fail, is in the outcomes. */
int prepare_user(struct prepare *p, const char *user, struct error *err) MUST_CHECK;

/* One reading and its plan, of which nothing is made: the target and the journal may be NULL. */
int prepare_plan(
	struct prepare *p, const char *user, struct plan *ret, struct error *err) MUST_CHECK;

/* The status to exit with, by the outcomes. */
int prepare_status(const struct args *args, const struct outcomes *outcomes);
/* The checks that still fail, and are not only waiting for a reboot or a login. */
int prepare_still_failing(const struct outcomes *outcomes);
