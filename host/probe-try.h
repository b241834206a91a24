/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tries behind host/probe.h. Each runs in a child that has become the user; it names every
 * step before it takes it, so that what hangs has a name too, and returns 0 or a negative errno.
 */
#pragma once

#include <limits.h>

#include "base/macro.h"
#include "host/host.h"

struct probe_try {
	const struct host *host;
	int out;          /* to the parent: lines "step NAME", "text WORDS", "unable" */
	char scratch[64]; /* the name of whatever is made on a disk or in a cgroup */
};

void probe_step(const struct probe_try *t, const char *name);
void probe_text(const struct probe_try *t, const char *fmt, ...) PRINTF(2, 3);

typedef int probe_run(const struct probe_try *t);

probe_run probe_userns, probe_single_map, probe_map, probe_mount_proc, probe_overlay, probe_netns,
	probe_fuse, probe_tun, probe_subcgroup, probe_manager, probe_bus, probe_home_write,
	probe_seccomp, probe_start, probe_link, probe_pasta;

/* Enter new namespaces (CLONE_NEWUSER among @flags) where our own id is 0. Steps "unshare", "map". */
int probe_enter(const struct probe_try *t, int flags);

/* The same with a mount and a pid namespace among them, and @run in the first process of these, where
 * no mount gets out. Its step, or "fork". */
int probe_enter_as_init(const struct probe_try *t, int flags, probe_run *run);

/* What must be there for a try to make sense; NULL: it is, else the words for what is missing. */
const char *probe_map_lacks(const struct host *host);
const char *probe_subcgroup_lacks(const struct host *host);
const char *probe_link_lacks(const struct host *host);
const char *probe_pasta_lacks(const struct host *host);

/* Remove what a killed try may have left behind. */
void probe_clean_disk(const struct probe_try *t);
void probe_clean_cgroup(const struct probe_try *t);
