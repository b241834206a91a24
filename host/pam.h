/* SPDX-License-Identifier: Apache-2.0 */
/* What a service's PAM stack runs; pam.conf(5). */
#pragma once

#include <stdbool.h>

#include "host/fact.h"

struct root;

/* Known: @module ("pam_limits.so") is in the session part of @service's stack, or of one that it
 * includes. Absent: it is not. Unknown: there is no such service, or a part cannot be read. */
enum fact_state pam_session_state(struct root *root, const char *service, const char *module);

/* The same, where a stack that cannot be read has none. */
bool pam_session_has(struct root *root, const char *service, const char *module);
