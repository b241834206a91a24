/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks: our own, which lets one run at a time change a host, and those of shadow's tools, which
 * guard the account files against a useradd that runs beside us.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct target;

enum {
	EXIT_BUSY = 75
}; /* another run holds the lock */

/*
 * /run/rpod-setup.lock, or for a tree, or a user who acts for himself, the file "lock" beside the
 * journals: flock(2), which the kernel takes
 * back however we end. A descriptor to keep open; -EBUSY after @timeout_s with the holder's pid in
 * @err and exit status EXIT_BUSY.
 */
int lock_take(struct target *t, unsigned timeout_s, struct error *err) MUST_CHECK;

/* lckpwdf(3) on a live host, and FILE.lock of every account file that setup writes by itself. */
struct account_lock {
	struct target *t;
	bool password_file;
	unsigned held; /* a bit per file */
};

int account_lock(struct account_lock *lock, struct target *t, struct error *err) MUST_CHECK;
void account_unlock(struct account_lock *lock);
#define _cleanup_account_lock_ CLEANUP(account_unlock)

/*
 * Before a tool of shadow is run: -EBUSY when FILE.lock is held by a living process (exit status
 * EXIT_BUSY), or holds no number: such a one nobody ever breaks. One of a dead process the tools
 * break themselves.
 */
int account_lock_check(struct target *t, struct error *err) MUST_CHECK;
