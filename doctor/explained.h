/* SPDX-License-Identifier: Apache-2.0 */
/* What `explain` and `run` have in common: look at the checks of what was read, and print. */
#pragma once

#include "base/error.h"

struct args;
struct explainer;
struct out;

/* The exit status, or a negative errno with words. */
int explained_print(const struct args *args, struct explainer *e, const struct out *out,
	struct error *err) MUST_CHECK;
