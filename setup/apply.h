/* SPDX-License-Identifier: Apache-2.0 */
/* A plan becomes what the host is. Every change is looked at, journaled, made, noted as made. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct args;
struct journal;
struct outcomes;
struct plan;
struct target;

struct applier {
	const struct args *args;
	struct target *target;
	struct journal *journal; /* made when the first change is begun */
	struct outcomes *outcomes;
	unsigned kinds; /* bits 1 << enum change_kind: the rest is left to the next round */
};

/*
 * What would be done, added to the outcomes as OUTCOME_WOULD with their differences. -EROFS with
 * words and exit status 78 when it could not be written: before the first change.
 */
int apply_show(struct applier *a, const struct plan *plan, struct error *err) MUST_CHECK;

/* Do it. A change that fails is an outcome, and the others go on; an error means that none can. */
int apply_plan(struct applier *a, const struct plan *plan, struct error *err) MUST_CHECK;

/* -EROFS with words and exit status 78 when @path lies on a read-only file system. */
int apply_can_write(struct target *t, const char *path, struct error *err) MUST_CHECK;
