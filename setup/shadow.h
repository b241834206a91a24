/* SPDX-License-Identifier: Apache-2.0 */
/* Tools of shadow's suite that alter a user: useradd, usermod, userdel. */
#pragma once

#include "base/error.h"

/* Run one of them, again until @timeout_s is over while others hold its locks. -EBUSY: it is for
 * later, the user runs programs, or a lock is held (exit status EXIT_BUSY); all with words. */
int shadow_run(const char *user, unsigned timeout_s, struct error *err,
	const char *const argv[]) MUST_CHECK;
/* The same for a tool whose exit statuses mean something: 0, its status, a negative errno. */
int shadow_status(const char *user, unsigned timeout_s, struct error *err,
	const char *const argv[]) MUST_CHECK;
