/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration directories that are read as one (sysctl.d(5), modules-load.d(5), systemd.unit(5)):
 * files of all directories sorted by name, a name in an earlier directory masking the same name in
 * later ones, and a link to /dev/null or an empty file there silencing it.
 */
#pragma once

#include "host/root.h"

/*
 * The paths to read, in order. @dirs ends with NULL, highest precedence first. Directories that
 * cannot be read count as empty.
 */
int dropin_list(struct root *root, const char *const *dirs, const char *suffix,
	struct text_list *ret) MUST_CHECK;
