/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proof instead of inference: each stage of a container start, tried for real by a child process
 * with its own time limit, as the user in question, always in a fresh user namespace. Only on a
 * live root; a record holds what the probes said.
 *
 *   order of stages (a later one builds on the earlier):
 *   userns -> map -> mounts(proc, overlay) -> devices(fuse, tun) -> cgroup -> all other stages
 */
#pragma once

#include "host/fact.h"

/* How the names of what tries make in a home begin. */
#define PROBE_SCRATCH ".rpod-probe-"

enum probe_name {
	PROBE_USERNS,     /* clone(CLONE_NEWUSER) */
	PROBE_SINGLE_MAP, /* write our own id to uid_map */
	PROBE_MAP, /* newuidmap and newgidmap with the user's ranges; text: the uid_map made */
	PROBE_MOUNT_PROC, /* mount proc in a new pid namespace */
	PROBE_OVERLAY,    /* overlay with userxattr on the home's file system */
	PROBE_NETNS,      /* a network namespace, loopback brought up */
	PROBE_FUSE,       /* open /dev/fuse read-write */
	PROBE_TUN,        /* open /dev/net/tun and make an interface in a fresh network namespace */
	PROBE_SUBCGROUP,  /* a cgroup below our own or the manager's, a controller enabled in it */
	PROBE_MANAGER,    /* be let in by the user's systemd */
	PROBE_BUS,        /* be let in by the user's bus */
	PROBE_HOME_WRITE, /* make, execute and remove a file in the home */
	PROBE_SECCOMP,    /* install a filter */
	PROBE_START, /* the other stages of a container start, in their order, in one process */
	PROBE_LINK,  /* a bridge, a veth pair and a table of nf_tables, where an engine uses them */
	PROBE_PASTA, /* start pasta on a fresh network namespace; text: what it said */
	PROBE_COUNT,
	PROBE_ALL = (1 << PROBE_COUNT) - 1, /* as bits */
};

enum probe_result {
	PROBE_NOT_RUN, /* no live root, no such user, or an earlier stage failed */
	PROBE_OK,
	PROBE_FAILED, /* error says with what */
	PROBE_HUNG,   /* killed at its time limit */
	PROBE_UNABLE, /* could not be tried: the doctor may not become that user, fork failed ... */
};

struct probe {
	enum probe_result result;
	int error;      /* errno of the failing step */
	char step[64];  /* which step: "clone", "newuidmap", "mount overlay" */
	char text[256]; /* what it printed, or the map it got */
	unsigned ms;
};

struct probes {
	unsigned asked; /* 1 << enum probe_name; the others were not run */
	struct probe probes[PROBE_COUNT];
};

struct root;
struct host;
/*
 * Run @asked (1 << enum probe_name) and what they build on. After the other sections are read: it uses
 * their facts (ranges, home, cgroup chain).
 */
void probe_read(struct probes *ret, struct root *root, const struct host *host, unsigned asked);
const char *probe_word(enum probe_name probe);
