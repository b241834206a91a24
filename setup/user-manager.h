/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Managers of users that run already, and what drop-ins say of them since. systemd is made to tell
 * them what it can tell; the rest is left to a restart, which would end what the user runs: it is
 * said, and never made here.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "checks/plan.h"

struct entry;
struct target;

typedef bool user_manager_test(struct target *t, const struct change *change, uid_t uid);

/* Wait until the change @is_set of the manager that was @told of it. Where it is not, the entry
 * says that a restart is needed. 0 in both cases, or -ENOMEM. */
int user_manager_await(struct target *t, const struct change *change, struct entry *entry,
	uid_t uid, bool told, user_manager_test *is_set) MUST_CHECK;
int user_manager_needs_restart(struct entry *entry, uid_t uid) MUST_CHECK;
/* A kind's settle(): a drop-in may be every user's, so every manager that runs hears of it. */
int user_manager_settle(struct target *t, struct error *err) MUST_CHECK;
