/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes that wait for a reboot where no file of the running host says so: a deployment or a
 * snapshot that is not booted yet. The journal has them, with the boot in which they were made.
 */
#pragma once

#include <stdbool.h>

#include "checks/plan.h"

struct entry;
struct target;

/* Note in the entry how it is made (one word) and in which boot. */
int waiting_note(struct entry *entry, const char *word) MUST_CHECK;
/* That word again. */
void waiting_word(const struct entry *entry, char *ret, size_t size);
/* Was such a change made since this host was booted, and not taken back? */
bool waiting_is(struct target *t, enum change_kind kind, const char *name);
