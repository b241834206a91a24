/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's manager, user@UID.service, and what it lets everything below it have. Containers are
 * below it: none of them gets more, whatever limits.conf(5) says, which is read for logins alone.
 */
#pragma once

#include "host/fact.h"

/* Our own drop-ins for its limits, and for those of the slice around it. What is longer was not
 * written by us. */
#define MANAGER_OURS_PATH       "/etc/systemd/system/user@.service.d/60-rpod-limits.conf"
#define MANAGER_OURS_SLICE_PATH "/etc/systemd/system/user-.slice.d/60-rpod-limits.conf"
enum {
	MANAGER_OURS = 512
};

/* Absent: it does not run. No limit is INT64_MAX. */
struct manager {
	struct fact_number pid;
	struct fact_number nofile;      /* open files of a process: the hard limit */
	struct fact_number tasks;       /* pids.max of user@UID.service */
	struct fact_number slice_tasks; /* pids.max of user-UID.slice */
	char ours[MANAGER_OURS], ours_slice[MANAGER_OURS]; /* "" where absent */
};

struct root;
struct user;
void manager_read(struct manager *ret, struct root *root, const struct user *user);

/* The hard limit in the text of /proc/PID/limits; false: it says none. */
bool manager_parse_nofile(const char *data, size_t length, int64_t *ret);
