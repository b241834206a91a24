/* SPDX-License-Identifier: Apache-2.0 */
/* SELinux labels of what setup made: libselinux lives here, loaded only where the host has it. */
#pragma once

#include <stdbool.h>

/* Is SELinux enabled on the machine we run on? */
bool label_is_enabled(void);

/* Give @path the label the policy says. A host without SELinux, and a label that cannot be set,
 * change nothing: checks look at the result. */
void label_restore(const char *path);
