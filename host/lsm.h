/* SPDX-License-Identifier: Apache-2.0 */
/* Security modules: SELinux and the labels containers depend on, AppArmor's user namespace rule. */
#pragma once

#include <limits.h>
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

enum {
	LABEL_PLACES = 3 /* a directory, and below it what the policy knows by name */
};

/* A directory whose label decides whether containers get at their files. */
struct label_place {
	char path[PATH_MAX];
	char as[PATH_MAX];       /* where the policy looks it up: file_contexts.subs */
	struct fact_text has;    /* security.selinux; absent: no such directory, or no label */
	struct fact_text wanted; /* what the policy says of it: selabel_lookup(3) */
	struct fact_text model;  /* what the policy says of the same in a home it knows */
};

struct lsm {
	enum selinux_mode selinux; /* now */
	enum selinux_mode
		selinux_boots; /* SELINUX= of /etc/selinux/config: from the next boot on */
	struct fact_text selinux_policy; /* SELINUXTYPE=: "targeted", "default", "mls" */
	enum fact_state container_type;  /* does the loaded policy know container_t? */
	int container_type_error;
	char home_model[PATH_MAX]; /* a home of the user where the policy has homes */
	struct label_place home[LABEL_PLACES];
	/* the highest directory above the home that no rule of the policy is for ("default_t"):
	 * sshd and its like may not pass it; path "": none */
	struct label_place above;
	bool home_is_alone;                       /* in the directory it is in */
	struct label_place storage[LABEL_PLACES]; /* path "": images are kept in the home */
	enum fact_state apparmor;                 /* /sys/kernel/security/apparmor */
	struct fact_file apparmor_profile;        /* /etc/apparmor.d/rpod */
	char profile[LSM_PROFILE];                /* its text, "" where absent */
	/* where our programs really are, as AppArmor sees them: behind all links */
	char programs[LSM_PROGRAMS][256];
	size_t program_count;
	/* the kernel's last line of a security module that kept newuidmap or newgidmap from
	 * something: looked for where they fail; only root may */
	struct fact_text denial;
	struct fact_file apparmor_abi; /* /etc/apparmor.d/abi/4.0 */
};

/* Where engines keep images, below a home. */
#define LABEL_STORAGE "/.local/share/containers/storage"

struct root;
struct user;
/* @storage: where the user's configuration has images kept; "": nothing says it. */
void lsm_read(struct lsm *ret, struct root *root, const struct user *user, const char *storage);
/* Its part in denial.c. */
void lsm_read_denial(struct lsm *ret, struct root *root);
/* The last line of a kernel log in which a security module denies something to newuidmap or
 * newgidmap, from where it begins to say so; "" where there is none. */
void lsm_parse_denial(const char *log, size_t length, char *ret, size_t size);
/* Of lsm.c: host/selinux.c. */
void selinux_read(struct lsm *ret, struct root *root, const struct user *user, const char *storage);
