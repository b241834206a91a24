/* SPDX-License-Identifier: Apache-2.0 */
/* The container's first process, from clone to the command. */
#pragma once

#include <stdbool.h>

#include "base/macro.h"

struct spec;

struct child {
	const struct spec *spec;
	int channel;
	bool mapped; /* wait until the id map is written */
	bool placed; /* wait until the cgroup is there, then make the cgroup namespace */
};

/* Never returns: the command runs, or the error went up the channel. */
void NORETURN child_begin(const struct child *child);
