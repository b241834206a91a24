/* SPDX-License-Identifier: Apache-2.0 */
/* What a service's PAM stack runs; pam.conf(5). */
#pragma once

#include <stdbool.h>

struct root;

/* Is @module ("pam_limits.so") in the session part of @service's stack, or of one that it includes?
 * A stack that cannot be read has none. */
bool pam_session_has(struct root *root, const char *service, const char *module);
