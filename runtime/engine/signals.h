/* SPDX-License-Identifier: Apache-2.0 */
/* Signals by the names people give them: "SIGTERM", "term", "15", "RTMIN+3". */
#pragma once

#include "base/macro.h"

/* The number, or -EINVAL. */
int signals_parse(const char *word) MUST_CHECK;
