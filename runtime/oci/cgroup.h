/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a container's processes are counted and limited: a transient scope of the user's systemd,
 * a directory of a delegated cgroup v2 tree, or nowhere. A limit that was asked for and cannot be
 * enforced is an error that names the check.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "runtime/oci/spec.h"

struct cgroup_place {
	enum spec_cgroup_manager manager; /* what it became: SYSTEMD, CGROUPFS or NONE */
	char path[512];                   /* below /sys/fs/cgroup, "" for NONE */
	char unit[128];                   /* SYSTEMD: the scope's name */
	int fd;                           /* of the directory, where it is ours; -1 */
	void *job;                        /* private: the scope being made */
};

#define CGROUP_PLACE_NONE                                                                          \
	{                                                                                          \
		.manager = SPEC_CGROUP_NONE, .fd = -1                                              \
	}

/* Decide and, for cgroupfs, make the directory with its limits. Before the process exists. */
int cgroup_choose(
	struct cgroup_place *ret, const struct spec_cgroup *spec, struct error *err) MUST_CHECK;

/* Put @pid there: asks systemd and does not wait. */
int cgroup_begin(struct cgroup_place *place, const struct spec_cgroup *spec, pid_t pid,
	struct error *err) MUST_CHECK;
/* Wait until it is there and its limits hold. */
int cgroup_finish(struct cgroup_place *place, const struct spec_cgroup *spec, pid_t pid,
	struct error *err) MUST_CHECK;

/* A further process joins (exec). */
int cgroup_enter(const struct cgroup_place *place, pid_t pid, struct error *err) MUST_CHECK;

/*
 * A process that outlives the login that started it: a scope of its own, so that the session can
 * close and its end is not this process'. Nothing happens, and nothing fails, where there is no
 * systemd to ask, or no cgroup v2 tree. Two calls, to work while systemd does.
 */
struct cgroup_own {
	struct spec_cgroup spec;
	struct cgroup_place place;
	char name[128], description[128];
};
void cgroup_own_begin(struct cgroup_own *own, const char *name, const char *description, pid_t pid);
void cgroup_own_finish(struct cgroup_own *own);

/* The processes have ended: remove what is left of it. */
void cgroup_remove(struct cgroup_place *place);
void cgroup_done(struct cgroup_place *place); /* close only */

/* docker's cpu shares (2..262144) as cgroup v2 weight (1..10000). */
uint64_t cgroup_weight(uint64_t shares);
