/* SPDX-License-Identifier: Apache-2.0 */
/* Security modules: SELinux mode and the label of the home, AppArmor's user namespace rule. */
#pragma once

#include <stddef.h>

#include "host/fact.h"

enum selinux_mode {
	SELINUX_UNKNOWN,
	SELINUX_DISABLED,
	SELINUX_PERMISSIVE,
	SELINUX_ENFORCING
};

/* Our profile. What is longer was not written by us. */
#define LSM_PROFILE_PATH "/etc/apparmor.d/rpod"
enum {
	LSM_PROFILE = 2048,
	LSM_PROGRAMS = 8
};

struct lsm {
	enum selinux_mode selinux;
	struct fact_text selinux_policy; /* "targeted", from /etc/selinux/config */
	struct fact_text home_label;     /* security.selinux of the home */
	struct fact_text home_wanted;    /* what the policy says: selabel_lookup(3) */
	bool home_is_substituted; /* file_contexts.subs maps the home to a path under /home */
	enum fact_state apparmor; /* /sys/kernel/security/apparmor */
	struct fact_file apparmor_profile; /* /etc/apparmor.d/rpod */
	char profile[LSM_PROFILE];         /* its text, "" where absent */
	/* where our programs really are, as AppArmor sees them: behind all links */
	char programs[LSM_PROGRAMS][256];
	size_t program_count;
	struct fact_file apparmor_abi; /* /etc/apparmor.d/abi/4.0 */
};

struct root;
struct user;
void lsm_read(struct lsm *ret, struct root *root, const struct user *user);
