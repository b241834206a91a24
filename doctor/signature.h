/* SPDX-License-Identifier: Apache-2.0 */
/* Error texts of engines, runtimes, helpers and systemd, and the checks that tell their causes
 * apart. Data alone: normalise.h says how a text is compared, explain.h what is made of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"

struct signature {
	const char *pattern; /* as it is printed; '*' stands for what varies within the line */
	const char *checks;  /* blank separated, the first to look at first; "" where none tells */
	const char *topic;   /* then: the section of rpod-checks(7) that says what mends it */
	bool generic;        /* counts only on a line where no other is known */
};

extern const struct signature signatures[];
extern const size_t signature_count;
