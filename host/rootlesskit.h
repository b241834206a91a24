/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Docker and containerd (nerdctl) without root are started by: a script each, which looks for
 * RootlessKit and for a program that makes its network before it does anything. Looked for where all
 * programs are; what a user has in directories of his own is not seen.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "host/fact.h"

enum kit_program {
	KIT_ROOTLESSKIT,
	KIT_VPNKIT,
	KIT_IPTABLES,
	KIT_PROGRAM_COUNT
};

struct rootlesskit {
	char script[PATH_MAX]; /* "": neither engine is installed so */
	bool is_docker;        /* it is dockerd-rootless.sh */
	struct fact_file programs[KIT_PROGRAM_COUNT];
};

struct root;
void rootlesskit_read(struct rootlesskit *ret, struct root *root);
