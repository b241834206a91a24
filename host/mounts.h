/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is mounted where it matters: /proc/self/mountinfo (proc_pid_mountinfo(5)), in rows
 * of host/mount-table.h. Unknown where the host has no libmount.
 */
#pragma once

#include "host/fact.h"

/* What WSL does at its start: wsl.conf, its section [boot]. What is longer is not ours to edit. */
#define MOUNTS_WSL_PATH "/etc/wsl.conf"
enum {
	MOUNTS_WSL = 2048
};

struct mounts {
	enum fact_state state;
	int error;
	/* The first mount over a file or directory below /proc or /sys: an unprivileged user then
	 * cannot mount a new one there (mount_too_revealing() in fs/namespace.c). Mounts on directories
	 * the kernel keeps empty for them (binfmt_misc, cgroup ...) do not count. */
	struct fact_text proc_covered, sys_covered;
	bool proc_sys_read_only;
	bool chrooted;      /* nothing is mounted at our "/" */
	bool root_shared;   /* mount propagation of "/" */
	bool root_receives; /* it is a copy of a shared one elsewhere: a namespace of its own */
	enum fact_state wsl_conf; /* unknown also where it is too long */
	char wsl[MOUNTS_WSL];     /* its text */
	struct fact_text hidepid; /* the option's value on /proc */
};

struct root;
void mounts_read(struct mounts *ret, struct root *root);

/* 0, -ENOENT or -ENOSYS without a usable libmount, -EINVAL. Fuzzed. */
int mounts_parse(struct mounts *ret, const char *data, size_t length);
