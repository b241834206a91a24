/* SPDX-License-Identifier: Apache-2.0 */
/* Where a distribution keeps what is loaded by name: libraries, and modules of PAM below them. */
#pragma once

#include "host/fact.h"

struct root;
/* @name ("libx.so", "security/pam_x.so") in one of the directories; absent: in none of them. */
void library_find(struct root *root, const char *name, struct fact_file *ret);
