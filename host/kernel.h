/* SPDX-License-Identifier: Apache-2.0 */
/* The running kernel: uname(2), /proc/cmdline, /proc/filesystems, /proc/modules, modules.builtin. */
#pragma once

#include <stddef.h>

#include "host/fact.h"

enum kernel_module {
	KERNEL_OVERLAY,
	KERNEL_FUSE,
	KERNEL_TUN,
	KERNEL_NEEDED, /* the ones above: any container's start may want them */
	KERNEL_BRIDGE = KERNEL_NEEDED,
	KERNEL_VETH,
	KERNEL_NF_TABLES,
	KERNEL_NFT_MASQ,
	KERNEL_NFT_CT,
	KERNEL_NFT_CHAIN_NAT,
	KERNEL_NFT_FIB_INET,
	KERNEL_IP_TABLES,
	KERNEL_IPTABLE_NAT,
	KERNEL_BR_NETFILTER,
	KERNEL_VXLAN,
	KERNEL_MODULE_COUNT
};

enum module_state {
	MODULE_UNKNOWN,
	MODULE_ABSENT,    /* neither loaded, built in nor installed */
	MODULE_LOADABLE,  /* installed, not loaded */
	MODULE_FORBIDDEN, /* the same, and modprobe.d(5) runs something else in its place */
	MODULE_LOADED,
	MODULE_BUILTIN,
};

/* Our own list of modules. What is longer was not written by us. */
#define KERNEL_OURS_PATH "/etc/modules-load.d/rpod.conf"
enum {
	KERNEL_OURS = 1024
};

struct kernel {
	struct fact_text release;   /* "6.1.0-44-amd64" */
	struct fact_text host_name; /* of the running kernel; of an image, its /etc/hostname */
	unsigned major, minor;      /* 0.0 where unknown */
	char machine[32];           /* "x86_64" */
	struct fact_text cmdline;
	enum module_state modules[KERNEL_MODULE_COUNT];
	char forbidden_by[KERNEL_MODULE_COUNT][96]; /* the file that does, "" where none does */
	/* named in a modules-load.d(5) file or /etc/modules: loaded at the next boot */
	bool modules_at_boot[KERNEL_MODULE_COUNT];
	char ours[KERNEL_OURS];              /* its text, "" where absent */
	enum fact_state modules_dir;         /* /lib/modules/RELEASE: gone after a kernel upgrade */
	struct fact_number modules_disabled; /* kernel.modules_disabled */
	bool user_namespaces;                /* /proc/self/ns/user is there */
};

struct root;
void kernel_read(struct kernel *ret, struct root *root);
/* Its part in module.c. */
void kernel_read_modules(struct kernel *ret, struct root *root);
const char *kernel_module_name(enum kernel_module module);
/* Does a line of this modules-load.d(5) text name the module? '-' and '_' are the same. */
bool kernel_names_module(const char *data, size_t length, const char *name);
bool kernel_at_least(const struct kernel *kernel, unsigned major, unsigned minor);
