/* SPDX-License-Identifier: Apache-2.0 */
/* What the admin asked of setup. A mend sees it, a judge never does. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct text_list;

/* Guards of the host that are lowered only for who names them. */
enum request_weaken {
	REQUEST_APPARMOR_USERNS = 1 << 0,
	REQUEST_LOW_PORTS = 1 << 1,
};

struct request {
	/* of a user to be created; NULL, 0, false: the system's default */
	const char *home, *shell;
	uint32_t uid;
	bool system;            /* a service account: a uid below those of people, no login */
	const char *storage;    /* where the user's images are to be kept; NULL: not asked */
	uint64_t subid_count;   /* 65536 where not asked otherwise */
	bool packages;          /* install what is missing too */
	uint64_t ports_from;    /* 0: leave the port limit alone, unless ports_all */
	bool ports_all;         /* every port: from 0 on */
	bool ping;              /* let everybody ping */
	bool apparmor;          /* a profile also where nothing is restricted */
	bool shared_mounts;     /* share "/" also where somebody made it private */
	unsigned weaken;        /* enum request_weaken */
	uint64_t nofile, tasks; /* limits of users' managers; 0: leave them alone */
	const struct text_list *open_ports; /* "8080/tcp", to be let in from outside; or NULL */
	unsigned features;                  /* bits 1 << enum feature */
	const char *controllers;            /* "cpu cpuset io memory pids" */
	bool per_user;                      /* hand them to the named users alone */
};

/* What setup is asked without options. */
extern const struct request request_default;
