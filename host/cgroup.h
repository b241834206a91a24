/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control groups: which version is mounted, and the chain of nodes from the root to the user's
 * manager, each with the controllers it has and those it hands on (cgroups(7), cgroup-v2.rst).
 * A controller reaches a node only when every node above it has it in cgroup.subtree_control.
 */
#pragma once

#include <limits.h>

#include "host/delegate.h"
#include "host/fact.h"

enum cgroup_version {
	CGROUP_UNKNOWN,
	CGROUP_NONE,
	CGROUP_V1,
	CGROUP_HYBRID,
	CGROUP_V2
};

enum {
	CGROUP_NODES = 8
};

struct cgroup_node {
	char path[256]; /* below the mount point: "/", "/user.slice" ... */
	enum fact_state state;
	uid_t owner;                         /* of the directory */
	bool read_only;                      /* the mount it is seen through */
	struct fact_text controllers;        /* cgroup.controllers, blank separated */
	struct fact_text handed_on;          /* cgroup.subtree_control */
	struct fact_text type;               /* cgroup.type; absent on the root */
	bool has_processes;                  /* of its own: cgroup.procs is not empty */
	struct fact_number frozen;           /* cgroup.freeze */
	struct fact_number tasks, tasks_max; /* pids.current, pids.max; no limit is INT64_MAX */
	struct fact_number below, below_max; /* cgroups: cgroup.stat, cgroup.max.descendants */
	struct fact_number depth_max;        /* cgroup.max.depth */
};

struct cgroup {
	enum cgroup_version version;
	bool read_only; /* mounted ro: in a container without delegation */
	struct cgroup_node
		chain[CGROUP_NODES]; /* "/", user.slice, user-UID.slice, user@UID.service */
	size_t count;
	/* user.slice within the manager, where engines put containers; absent: none was there yet */
	struct cgroup_node containers;
	/* the kernel schedules real-time tasks by group: CONFIG_RT_GROUP_SCHED in /boot/config-* */
	bool rt_groups;
	bool no_swap_limit; /* user@UID.service has memory limits, none for swap */
	/* kernel command line words that decide at boot, "" where none: what, and from where */
	struct fact_text boot_argument;
	struct delegate delegate; /* what units and drop-ins of user@UID.service say */
	unsigned systemd_version; /* 0 unknown */
};

struct root;
struct user;
void cgroup_read(struct cgroup *ret, struct root *root, const struct user *user);
/* Its part in cgroup-node.c: fill the node whose path is set. */
void cgroup_read_node(struct cgroup_node *node, struct root *root);
/* The words of a kernel command line that choose a version or take controllers away. */
void cgroup_boot_words(const char *line, struct fact_text *ret);
/* Of the systemd that is installed; 0: unknown. */
unsigned cgroup_systemd_version(struct root *root);
bool cgroup_has(const struct cgroup_node *node, const char *controller);
bool cgroup_hands_on(const struct cgroup_node *node, const char *controller);
const char *cgroup_version_words(enum cgroup_version version);
