/* SPDX-License-Identifier: Apache-2.0 */
/* Which of an image's builds is for this machine, in the words of image-index.md (GOARCH). */
#pragma once

#include "base/json.h"

struct platform {
	const char *architecture;
	const char *variants[4]; /* best first; NULL-terminated. "" (none stated) always fits */
};

/* The machine this program was built for. */
const struct platform *platform_here(void);

/*
 * How well the platform object of an index entry fits: higher is better, 0: not at all. NULL (an
 * entry that states none, as umoci writes them) fits worst of those that fit.
 */
int platform_rank(const struct platform *here, struct json *platform);
