/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes as steps of a shell script: one row per kind names the function of export-steps.sh that
 * makes it. Formats that run scripts use these for all that they have no words of their own for.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "checks/plan.h"

struct export;
struct text;

/* Kinds as a set: bits 1 << enum change_kind. */
typedef uint64_t step_kinds;
#define STEP(kind) (UINT64_C(1) << (kind))
#define STEP_ALL   (~UINT64_C(0))

/* The call that makes the change: "rpod_linger 'container'\n". False where no script can. */
bool step_call(const struct export *x, const struct change *change, struct text *ret);
/* The functions that @calls need, as they stand in export-steps.sh and export-ids.sh. */
void step_functions(const char *calls, struct text *ret);

/*
 * Functions, then a call for each change of the plan whose kind is among @kinds; nothing where there
 * is none. What cannot be made so is added to what the export cannot say. @begin goes before the
 * calls: assignments that say where the script runs.
 */
void step_script(struct export *x, step_kinds kinds, const char *begin, struct text *ret);
