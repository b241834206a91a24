/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that both the verdicts and the plans of what an admin may ask for are tested with. */
#pragma once

#include "check-host.h"

#define LATER "/etc/sysctl.d/99-hard.conf"

static inline void set_boot(enum sysctl_key key, int64_t value, int64_t last, const char *path)
{
	struct sysctl *sysctl = &host.sysctl.keys[key];

	sysctl->boot = number(value);
	sysctl->boot_last = last;
	sysctl->boot_line = 7;
	(void)text_copy(sysctl->boot_file, sizeof(sysctl->boot_file), path);
}

static inline void ours(const char *text)
{
	(void)text_copy(host.sysctl.ours, sizeof(host.sysctl.ours), text);
}

static inline void keys_at_boot(void)
{
	set_boot(SYSCTL_MAX_KEYS, 50, 0, LATER);
}

static inline void ping_ours(void)
{
	ours("net.ipv4.ping_group_range = 0 2147483647\n");
	set_boot(SYSCTL_PING_RANGE, 0, 2147483647, "/etc/sysctl.d/60-rpod.conf");
	host.sysctl.keys[SYSCTL_PING_RANGE].live = number(0);
	host.sysctl.keys[SYSCTL_PING_RANGE].live_last = 2147483647;
}

static inline void delegation_emptied(void)
{
	say(&host.cgroup.chain[3].controllers, "cpu memory");
	say(&host.cgroup.chain[2].handed_on, "cpu memory");
	say(&host.cgroup.delegate.words, "cpu memory");
	(void)text_copy(host.cgroup.delegate.emptied, PATH_MAX,
		"/etc/systemd/system/user@.service.d/90-site.conf");
}

static inline void root_private(void)
{
	host.mounts.root_shared = false;
}

static inline void root_private_in_wsl(void)
{
	root_private();
	say(&host.context.container, "wsl");
	host.context.systemd = false;
	host.mounts.wsl_conf = FACT_ABSENT;
}

static inline void one_firewall(void)
{
	host.firewall = (struct firewall){ .firewalld = FACT_ABSENT, .ufw = FACT_KNOWN };
}
