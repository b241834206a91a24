/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel counts for the user, for this session and for the machine, beside how much there
 * may be: /proc/key-users, /proc/self/limits and status, /proc/loadavg, /proc/sys. What a session has
 * says nothing of another user's.
 */
#pragma once

#include <stddef.h>

#include "host/fact.h"

enum limit_name {
	LIMIT_NOFILE,
	LIMIT_NPROC,
	LIMIT_MEMLOCK,
	LIMIT_COUNT
};

/* getrlimit(2) of the process that looks; no limit is INT64_MAX. */
struct limit {
	struct fact_number soft, hard;
};

struct limits {
	struct fact_number keys, keys_max;   /* of the user; absent: he has none */
	struct fact_number bytes, bytes_max; /* of the same keys */
	struct fact_number inotify;          /* instances of his processes that could be seen */
	struct fact_number user_tasks;       /* his processes and their threads */
	struct fact_number slice_tasks;      /* pids.current of user-UID.slice, others' ids too */
	struct fact_number tasks, pid_max, threads_max; /* of the machine */
	struct fact_number files, files_max;
	struct limit session[LIMIT_COUNT];
	struct fact_number umask, oom_score_adj;
};

struct root;
struct user;
void limits_read(struct limits *ret, struct root *root, const struct user *user);
/* As /proc/self/limits has it: "Max open files". */
const char *limits_title(enum limit_name name);
/* As default_ulimits of containers.conf(5) has it: "nofile". */
const char *limits_word(enum limit_name name);

/* The line of @uid in /proc/key-users. False: there is none. */
bool limits_parse_keys(const char *data, size_t length, uid_t uid, struct limits *ret);
/* Both limits in the text of /proc/PID/limits; unknown where it does not say. */
void limits_parse(const char *data, size_t length, enum limit_name name, struct limit *ret);
