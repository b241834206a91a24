/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's manager, user@UID.service, and what it lets everything below it have. Containers are
 * below it: none of them gets more, whatever limits.conf(5) says for logins.
 *
 * Where the manager's own PAM stack has pam_limits (Debian 11 and 12), limits.conf(5) has the last
 * word: Debian's pam_limits begins with the limits of process 1, whatever the unit said, and takes
 * from the file what that names. Seen on systemd 252: LimitNOFILE= of user@.service changes nothing.
 */
#pragma once

#include "host/fact.h"

/* Our own drop-ins for its limits, and for those of the slice around it. What is longer was not
 * written by us. */
#define MANAGER_OURS_PATH       "/etc/systemd/system/user@.service.d/60-rpod-limits.conf"
#define MANAGER_OURS_SLICE_PATH "/etc/systemd/system/user-.slice.d/60-rpod-limits.conf"
#define MANAGER_OURS_LOGIN_PATH "/etc/security/limits.d/60-rpod.conf"
enum {
	MANAGER_OURS = 512
};

/* memory.max and memory.high in bytes, no limit is INT64_MAX; how often the first was met. */
struct manager_memory {
	struct fact_number max, high, met;
};

/* Absent: it does not run. No limit is INT64_MAX. */
struct manager {
	struct fact_number pid;
	struct fact_number age;         /* seconds since it was started */
	struct fact_number nofile;      /* open files of a process: the hard limit */
	struct fact_number tasks;       /* pids.max of user@UID.service */
	struct fact_number slice_tasks; /* pids.max of user-UID.slice */
	struct manager_memory memory, slice_memory;
	bool pam_limits;                /* in the manager's stack */
	struct fact_number init_nofile; /* the hard limit of process 1 */
	/* "" where absent */
	char ours[MANAGER_OURS], ours_slice[MANAGER_OURS], ours_login[MANAGER_OURS];
};

struct root;
struct user;
void manager_read(struct manager *ret, struct root *root, const struct user *user);

/* The hard limit in the text of /proc/PID/limits; false: it says none. */
bool manager_parse_nofile(const char *data, size_t length, int64_t *ret);
