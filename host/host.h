/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model: what is known of one host, for one user. Readers fill it by section, checks judge it,
 * setup plans from it, the runtime decides by it. It is plain data: no pointer in it but to strings
 * it owns, and nobody changes it after host_read().
 *
 * Every section is one pair of files of its name: host/kernel.h says what is in struct kernel and
 * where it comes from. A program reads only the sections it needs.
 */
#pragma once

#include "base/error.h"
#include "host/boot.h"
#include "host/cgroup.h"
#include "host/config.h"
#include "host/context.h"
#include "host/device.h"
#include "host/engine.h"
#include "host/firewall.h"
#include "host/home.h"
#include "host/idmap.h"
#include "host/kernel.h"
#include "host/limits.h"
#include "host/lsm.h"
#include "host/manager.h"
#include "host/mounts.h"
#include "host/os.h"
#include "host/platform.h"
#include "host/podman.h"
#include "host/probe.h"
#include "host/rootlesskit.h"
#include "host/session.h"
#include "host/storage.h"
#include "host/sysctl.h"
#include "host/tool.h"
#include "host/user.h"

enum host_section {
	HOST_OS = 1 << 0,
	HOST_KERNEL = 1 << 1,
	HOST_USER = 1 << 2,
	HOST_CONTEXT = 1 << 3,
	HOST_SYSCTL = 1 << 4,
	HOST_IDMAP = 1 << 5,
	HOST_TOOL = 1 << 6,
	HOST_CGROUP = 1 << 7,
	HOST_SESSION = 1 << 8,
	HOST_DEVICE = 1 << 9,
	HOST_HOME = 1 << 10,
	HOST_LSM = 1 << 11,
	HOST_CONFIG = 1 << 12,
	HOST_PROBE = 1 << 13,
	HOST_MOUNTS = 1 << 14,
	HOST_FIREWALL = 1 << 15,
	HOST_MANAGER = 1 << 16,
	HOST_BOOT = 1 << 17,
	HOST_ENGINE = 1 << 18,
	HOST_STORAGE = 1 << 19,
	HOST_LIMITS = 1 << 20,
	HOST_PLATFORM = 1 << 21,
	HOST_ALL = (1 << 22) - 1,
};

/* What of a host is to be read. */
struct host_parts {
	unsigned sections; /* enum host_section */
	unsigned probes;   /* with HOST_PROBE: 1 << enum probe_name */
};
#define HOST_WHOLE ((struct host_parts){ HOST_ALL, PROBE_ALL })

struct root;

struct host {
	unsigned sections; /* that were read */
	bool live;         /* the root is the machine we run on, or a record of one */
	bool next_boot;    /* ... seen as it will boot, so not live: root_at_next_boot() */
	struct os os;
	struct kernel kernel;
	struct user user;
	struct context context;
	struct sysctls sysctl;
	struct idmap idmap;
	struct tools tool;
	struct cgroup cgroup;
	struct session session;
	struct device device;
	struct home home;
	struct lsm lsm;
	struct config config;
	struct probes probe;
	struct mounts mounts;
	struct firewall firewall;
	struct manager manager;
	struct boot boot;
	struct engine engine;
	struct rootlesskit rootlesskit; /* with HOST_ENGINE */
	struct podman podman;
	struct limits limits;
	struct storage storage;
	struct platform platform;
};

/*
 * Read @parts (and those they need) of the host behind @root for the user named @user. A fact
 * that cannot be had is in the model as unknown or absent; only what makes the whole reading
 * pointless (no memory) is an error. A user that does not exist is a fact too (host.user.state).
 */
int host_read(struct host *ret, struct root *root, const char *user, struct host_parts parts,
	struct error *err) MUST_CHECK;
/* @sections and what they cannot be read without. */
unsigned host_with_needs(unsigned sections);
void host_done(struct host *host);
#define _cleanup_host_ CLEANUP(host_done)
