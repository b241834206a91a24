/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run a program of the host and wait for it: no shell, a clean environment when asked, its output
 * caught, and a time limit after which its whole process group is killed.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/text.h"

struct spawn {
	const char *const *argv; /* argv[0]: absolute path, or a name looked up in SPAWN_PATH */
	const char *const *env;  /* NULL: PATH=SPAWN_PATH, LC_ALL=C.UTF-8 and nothing else */
	const char *input;       /* for standard input; NULL: /dev/null */
	unsigned timeout_ms;     /* 0: no limit */
	bool in_group;           /* of ours, for whoever kills that; else it gets its own */
	struct text *output;     /* stdout and stderr together; NULL: both inherited */
};

#define SPAWN_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/*
 * 0 when it ran and ended with status 0. A positive number: its exit status, or 128 + signal.
 * -ENOENT: no such program; -ETIMEDOUT: killed at the limit; another negative errno: could not be
 * started. On anything but 0, @err says which command and the last line it printed.
 */
int spawn_run(const struct spawn *spawn, struct error *err) MUST_CHECK;

/* The absolute path of @name in SPAWN_PATH. 0, -ENOENT or -EACCES. */
int spawn_find(const char *name, char *ret, size_t size) MUST_CHECK;
