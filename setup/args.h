/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line of rpod-setup says. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "checks/request.h"

#define ARGS_NOT_GIVEN UINT64_MAX

struct args {
	struct request request;
	uint64_t subids;                    /* as given; 0: not given */
	uint64_t ports_from;                /* as given, or ARGS_NOT_GIVEN */
	const char *controllers, *features; /* as given, or NULL */
	const char *root;
	struct text_list only, skip, weaken, open_ports;
	struct text_list opened;       /* open_ports, completed: "8080/tcp" */
	const char *format;            /* of an export, or NULL */
	const char *engine, *for_user; /* of a unit, or NULL */
	uint32_t lock_timeout;
	bool uid_given;
	bool boot_alone; /* the command is `cgroup2`: what it cannot do is its end, no warning */
	bool dry_run, diff, json, detailed, yes, quiet, verbose;
	const char *command; /* the whole command line, for the journal */
};

enum {
	EXIT_FAILED = 1,
	EXIT_CHANGED = 2, /* with --detailed-exitcode */
	EXIT_REBOOT = 3,  /* with --detailed-exitcode: changed, and a reboot is pending */
	EXIT_NEEDS_ROOT = 77,
	EXIT_CANNOT_PREPARE = 78,
};

/* Check and complete what options said: numbers in range, known controllers, known checks. */
int args_finish(struct args *args, struct error *err) MUST_CHECK;

/* What a command prepares: a subset of the checks. */
struct subject {
	const char *word; /* as on the command line */
	bool takes_users;
	const char *const *patterns; /* check ids or groups; NULL: all */
};
extern const struct subject subjects[];
extern const size_t subject_count;
