/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where we run: the same user gets other answers from ssh, su, cron, a unit or a container, so this
 * comes before any judgement. /proc/self/status, /proc/self/cgroup, the environment,
 * /run/systemd/container.
 */
#pragma once

#include "host/fact.h"

enum context_kind {
	CONTEXT_UNKNOWN,
	CONTEXT_LOGIN,   /* a session scope of this user */
	CONTEXT_MANAGER, /* below this user's user@UID.service */
	CONTEXT_SU,      /* a session scope of somebody else: su, sudo, runuser */
	CONTEXT_CRON,
	CONTEXT_AT,
	CONTEXT_UNIT,      /* a system service */
	CONTEXT_OTHER,     /* a cgroup that systemd did not make, or a scope of the system */
	CONTEXT_CONTAINER, /* inside one that has no systemd: a build, a CI job */
	CONTEXT_NONE,      /* no systemd: an init script, another init */
	CONTEXT_KIND_COUNT
};

enum {
	CONTEXT_SPARE = 24 /* files that looking at a host takes at the same time, and some more */
};

struct context {
	enum context_kind kind;
	uid_t uid;              /* who runs us: not always the user in question */
	struct fact_number gid; /* real: newgrp(1) and sg(1) change it */
	struct fact_number no_new_privs;
	struct fact_number seccomp; /* mode: 0, 1, 2 */
	struct fact_number
		processes; /* RLIMIT_NPROC and RLIMIT_NOFILE that hold; INT64_MAX: none */
	struct fact_number files;
	int files_error;             /* why not even CONTEXT_SPARE more files can be opened, or 0 */
	struct fact_text full;       /* the cgroup at or above ours that may have no more tasks */
	struct fact_number full_max; /* its pids.max */
	struct fact_text cgroup;     /* path in the v2 (or name=systemd) hierarchy */
	struct fact_text container;  /* "docker", "lxc", "wsl", "systemd-nspawn", "kubernetes"...;
			      absent: none seen */
	struct fact_text user_env;   /* $USER */
	struct fact_text home_env;   /* $HOME */
	struct fact_text runtime_dir_env; /* $XDG_RUNTIME_DIR */
	struct fact_text bus_env;         /* $DBUS_SESSION_BUS_ADDRESS */
	struct fact_text apparmor;        /* /proc/self/attr/apparmor/current */
	struct fact_text label;           /* /proc/self/attr/current: SELinux's, where it is on */
	struct fact_text setgroups;       /* "allow" or "deny", user_namespaces(7) */
	/* the outermost process above us that is without new privileges, or filtered, as we are:
	 * "NAME (PID) in CGROUP"; absent: we are not, or nobody above us is */
	struct fact_text unprivileged_by, filtered_by;
	struct fact_text cwd; /* the working directory; value "" where it is gone */
	int cwd_error;        /* errno of going there anew, by its whole path; 0: one can */
	bool systemd;         /* /run/systemd/system: sd_booted(3) */
};

struct root;
struct text;
struct user;
void context_read(struct context *ret, struct root *root, const struct user *user);
/* An environment variable of ours. */
void context_read_env(struct root *root, const char *name, struct fact_text *ret);
/* "docker", "lxc", "wsl" ...; absent: none seen. */
void context_read_container(struct fact_text *ret, struct root *root);
/* The first number behind "@name:" in the text of /proc/PID/status; false: it is not there. */
bool context_parse_status(const struct text *status, const char *name, int64_t *ret);
const char *context_kind_words(enum context_kind kind); /* "ssh or console login" ... */

/* Its part in caller.c: what follows from the process that asks, and from those above it. */
void context_read_caller(struct context *ret, struct root *root);

/* The soft limit of @name in the text of /proc/self/limits; -EINVAL: it says none. Fuzzed. */
int context_parse_limit(const char *data, size_t length, const char *name, int64_t *ret);
/* The path of /proc/self/cgroup that systemd made; "" where there is none. Fuzzed. */
void context_parse_cgroup(const char *data, size_t length, char *ret, size_t size);
