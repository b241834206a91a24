/* SPDX-License-Identifier: Apache-2.0 */
/* Tools of shadow's suite that alter a user: useradd, usermod, userdel. */
#pragma once

#include "base/error.h"

/* Run one of them. -EBUSY: it is for later, the user runs programs; all with words. */
int shadow_run(const char *user, struct error *err, const char *const argv[]) MUST_CHECK;
