/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel settings that decide whether rootless containers start: the value now, and the value
 * after the next boot with the file and line that decide it (sysctl.d(5): files of /etc, /run,
 * /usr/local/lib, /usr/lib by name, /etc masking the others; the last assignment wins).
 */
#pragma once

#include <limits.h>

#include "host/fact.h"

enum sysctl_key {
	SYSCTL_MAX_USER_NAMESPACES, /* user.max_user_namespaces */
	SYSCTL_USERNS_CLONE,        /* kernel.unprivileged_userns_clone, Debian's patch */
	SYSCTL_APPARMOR_USERNS,     /* kernel.apparmor_restrict_unprivileged_userns, Ubuntu */
	SYSCTL_PORT_START,          /* net.ipv4.ip_unprivileged_port_start */
	SYSCTL_MAX_KEYS,            /* kernel.keys.maxkeys */
	SYSCTL_MAX_KEY_BYTES,       /* kernel.keys.maxbytes */
	SYSCTL_INOTIFY_INSTANCES,   /* fs.inotify.max_user_instances */
	SYSCTL_MAX_MNT_NAMESPACES,  /* user.max_mnt_namespaces */
	SYSCTL_MAX_NET_NAMESPACES,  /* user.max_net_namespaces */
	SYSCTL_MAX_PID_NAMESPACES,  /* user.max_pid_namespaces */
	SYSCTL_INOTIFY_WATCHES,     /* fs.inotify.max_user_watches */
	SYSCTL_PING_RANGE,          /* net.ipv4.ping_group_range: two numbers, groups from and to */
	SYSCTL_KEY_COUNT
};

struct sysctl {
	struct fact_number live;      /* seen at the next boot: what it will be then */
	struct fact_number boot;      /* absent: no file sets it, the kernel's default holds */
	int64_t live_last, boot_last; /* of a range "FROM TO": its TO; of a number: 0 */
	char boot_file[PATH_MAX];
	unsigned boot_line;
};

/* Our own drop-in. What is longer was not written by us. */
#define SYSCTL_OURS_PATH "/etc/sysctl.d/60-rpod.conf"
enum {
	SYSCTL_OURS = 2048
};

struct sysctls {
	char ours[SYSCTL_OURS]; /* its text, "" where absent */
	struct sysctl keys[SYSCTL_KEY_COUNT];
};

struct root;
void sysctl_read(struct sysctls *ret, struct root *root);
const char *sysctl_name(enum sysctl_key key); /* with dots */
const char *sysctl_path(enum sysctl_key key); /* /proc/sys/... */
bool sysctl_is_range(enum sysctl_key key);    /* two numbers */

struct sysctl_line {
	int64_t value, last; /* as in struct sysctl */
	unsigned line;
};

/* The assignment of @key that counts in one sysctl.d file's text. False: there is none. Fuzzed. */
bool sysctl_parse(const char *data, size_t length, enum sysctl_key key, struct sysctl_line *ret);
