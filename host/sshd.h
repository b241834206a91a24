/* SPDX-License-Identifier: Apache-2.0 */
/* Does sshd(8) ask PAM? Without it a login has no session. */
#pragma once

#include <limits.h>

#include "host/fact.h"

struct sshd {
	struct fact_text use_pam; /* UsePAM, absent where no file that we may read sets it */
	char file[PATH_MAX];
};

struct root;
void sshd_read(struct sshd *ret, struct root *root);
