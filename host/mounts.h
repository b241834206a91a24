/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is mounted where it matters: /proc/self/mountinfo (proc_pid_mountinfo(5)), read with
 * libmount, which is loaded only for this. Unknown where the host has no libmount.
 */
#pragma once

#include "host/fact.h"

struct mounts {
	enum fact_state state;
	int error;
	/* The first mount over a file or directory below /proc or /sys: an unprivileged user then
	 * cannot mount a new one there (mount_too_revealing() in fs/namespace.c). Mounts on directories
	 * the kernel keeps empty for them (binfmt_misc, cgroup ...) do not count. */
	struct fact_text proc_covered, sys_covered;
	bool proc_sys_read_only;
	bool root_shared;         /* mount propagation of "/" */
	struct fact_text hidepid; /* the option's value on /proc */
};

struct root;
void mounts_read(struct mounts *ret, struct root *root);

/* 0, -ENOENT or -ENOSYS without a usable libmount, -EINVAL. Fuzzed. */
int mounts_parse(struct mounts *ret, const char *data, size_t length);
