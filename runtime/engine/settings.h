/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one container is to be: everything the user asked for, and later what the image added. It
 * is kept as the file "config" of the container, so that `start`, `ps` and `inspect` need neither
 * the command line nor the image again. It decides nothing.
 *
 * The file is records "key=value", each ended by a NUL byte, as in environ: no escapes, nothing to
 * parse, no library to load when a container starts. A key that is there twice is a list.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

struct settings {
	struct text file; /* what the strings below are borrowed from once read */

	const char *name, *image, *image_id;
	const char *rootfs;     /* a plain directory in place of an image */
	const char *entrypoint; /* NULL: the image's */
	const char *workdir, *user, *hostname, *network, *userns;
	const char *log_driver, *stop_signal, *seccomp;
	const char *cidfile, *pidfile, *conmon_pidfile;
	struct text_list command; /* what is run, once resolved */
	struct text_list env, labels, layers;
	struct text_list volumes, tmpfs, publish, add_host, dns;
	struct text_list cap_add, cap_drop, security, ulimits, masks, unmasks;
	struct text_list create_command; /* argv as it was, for inspect */
	struct text_list kept;         /* owns strings that others above borrow; not in the file */
	int64_t memory, memory_swap;   /* bytes; 0: none, -1: unlimited */
	int64_t pids_limit, cpu_quota; /* 0: none; quota in microseconds per 100 ms */
	int64_t shm_size;
	int64_t stop_timeout;     /* seconds */
	int64_t created, started; /* nanoseconds since 1970 */
	bool interactive, tty, detach, remove, read_only, privileged, init, no_new_privileges,
		no_cgroup, no_monitor_cgroup;
	bool resolved; /* the image's part is in */
};

void settings_init(struct settings *settings);
void settings_done(struct settings *settings);
#define _cleanup_settings_ CLEANUP(settings_done)

int settings_write(const struct settings *settings, int dirfd) MUST_CHECK;
/* -ENOENT: no such file; -EINVAL: not one of ours. */
int settings_read(struct settings *ret, int dirfd) MUST_CHECK;

/* The same for bytes in memory; fuzzed. @ret->file holds them. */
int settings_parse(struct settings *ret) MUST_CHECK;

/* Value of the last NAME=VALUE in @list, or NULL. */
const char *settings_value(const struct text_list *list, const char *name);
/* Put NAME=VALUE in @list, in place of one of the same name. */
int settings_assign(struct text_list *list, const char *pair) MUST_CHECK;
