/* SPDX-License-Identifier: Apache-2.0 */
/* What the boot, firewalls, limits and mounts take from a host that was prepared: each fault by its
 * own check. */
#include "check-steps.h"

#include <errno.h>

static void watches_low(void)
{
	host.sysctl.keys[SYSCTL_INOTIFY_WATCHES].live = number(100);
}

static void instances_at_boot(void)
{
	set_boot(SYSCTL_INOTIFY_INSTANCES, 8, 0, LATER);
}

static void enough_at_boot(void)
{
	ours("kernel.keys.maxkeys = 20000\n");
	set_boot(SYSCTL_MAX_KEYS, 200, 0, LATER);
}

static void ports_overridden(void)
{
	ours("net.ipv4.ip_unprivileged_port_start = 80\n");
	set_boot(SYSCTL_PORT_START, 1024, 0, LATER);
}

static void ports_of_others(void)
{
	set_boot(SYSCTL_PORT_START, 2000, 0, LATER);
}

static void ping_overridden(void)
{
	ours("net.ipv4.ping_group_range = 0 2147483647\n");
	set_boot(SYSCTL_PING_RANGE, 1, 0, LATER);
}

static void ping_in_procps(void)
{
	ping_overridden();
	set_boot(SYSCTL_PING_RANGE, 1, 0, "/etc/sysctl.conf");
}

static void emptied_while_running(void)
{
	say(&host.cgroup.delegate.words, "cpu");
	(void)text_copy(host.cgroup.delegate.emptied, PATH_MAX,
		"/etc/systemd/system/user@.service.d/90-site.conf");
}

static void bridge_gone(void)
{
	(void)text_copy(host.kernel.ours, sizeof(host.kernel.ours), "bridge\nveth\n");
	host.kernel.modules[KERNEL_VETH] = MODULE_LOADABLE;
}

static void bridge_without_ip_tables(void)
{
	(void)text_copy(host.kernel.ours, sizeof(host.kernel.ours), "bridge\n");
	host.kernel.modules[KERNEL_IP_TABLES] = MODULE_ABSENT;
	host.kernel.modules[KERNEL_IPTABLE_NAT] = MODULE_ABSENT;
}

static void bridge_without_filter(void)
{
	bridge_without_ip_tables();
	host.kernel.modules[KERNEL_NFT_MASQ] = MODULE_ABSENT;
}

static void bridge_in_a_container(void)
{
	bridge_gone();
	say(&host.context.container, "lxc");
}

static void root_no_mount(void)
{
	host.mounts.root_shared = false;
	host.mounts.chrooted = true;
}

static void root_private_in_docker(void)
{
	root_private();
	say(&host.context.container, "docker");
}

static void root_received(void)
{
	root_private();
	host.mounts.root_receives = true;
}

static void firewall_unseen(void)
{
	host.firewall = (struct firewall){ .firewalld = FACT_ABSENT, .ufw = FACT_UNKNOWN };
}

static void tasks_unseen(void)
{
	host.manager.tasks.state = host.manager.slice_tasks.state = FACT_ABSENT;
}

static void two_firewalls(void)
{
	host.firewall = (struct firewall){ .firewalld = FACT_KNOWN, .ufw = FACT_KNOWN };
}

static void no_way_into_the_root(void)
{
	fail_probe(PROBE_START, EPERM, "pivot_root", "");
	host.context.seccomp = number(2);
}

static void no_filter(void)
{
	fail_probe(PROBE_SECCOMP, EINVAL, "install a filter", "");
}

static void keys_used_up(void)
{
	fail_probe(PROBE_START, EDQUOT, "join a session keyring", "");
}

static void start_not_tried(void)
{
	host.probe.probes[PROBE_START] =
		(struct probe){ .result = PROBE_HUNG, .step = "mount mqueue" };
}

static void few_files(void)
{
	host.manager.nofile = number(1024);
}

static void files_after_a_restart(void)
{
	(void)text_copy(host.manager.ours, MANAGER_OURS, "[Service]\nLimitNOFILE=600000\n");
}

/* Debian 12: what the drop-in says is undone by pam_limits, which begins with process 1's. */
static void files_that_pam_decides(void)
{
	files_after_a_restart();
	host.manager.pam_limits = true;
	host.manager.init_nofile = number(524288);
}

static void files_that_pam_was_told(void)
{
	files_that_pam_decides();
	(void)text_copy(host.manager.ours_login, MANAGER_OURS, "# x\n*\thard\tnofile\t600000\n");
}

static void few_tasks_of_the_slice(void)
{
	host.manager.slice_tasks = number(500);
}

static void few_tasks_of_the_manager(void)
{
	host.manager.tasks = number(300);
}

static void no_manager(void)
{
	host.manager = (struct manager){ .pid.state = FACT_ABSENT,
		.nofile.state = FACT_ABSENT,
		.tasks.state = FACT_ABSENT,
		.slice_tasks.state = FACT_ABSENT };
}

static void profile_without_userns(void)
{
	say(&host.context.apparmor, "site-tools (enforce)");
	fail_probe(PROBE_USERNS, EACCES, "clone", "");
}

static void refused_without_a_profile(void)
{
	say(&host.context.apparmor, "unconfined");
	fail_probe(PROBE_USERNS, EACCES, "clone", "");
}

static const struct fault faults[] = {
	{ "a later file lowers keys", keys_at_boot, "limits.keys", VERDICT_WARN,
		LATER ":7: kernel.keys.maxkeys = 50, >= 200" },
	{ "whose line has to go", keys_at_boot, "limits.keys", VERDICT_WARN,
		"s/^/# /' " LATER " # it comes after 60-rpod.conf" },
	{ "a later file that leaves enough", enough_at_boot, "limits.keys", VERDICT_PASS, "" },
	{ "few watches", watches_low, "limits.inotify", VERDICT_WARN,
		"fs.inotify.max_user_watches is only 100" },
	{ "a later file lowers instances", instances_at_boot, "limits.inotify", VERDICT_WARN,
		"the next boot sets fs.inotify.max_user_instances to 8" },
	{ "a later file takes our ports back", ports_overridden, "net.ports", VERDICT_WARN,
		LATER ":7: net.ipv4.ip_unprivileged_port_start = 1024, <= 80" },
	{ "ports that are not ours", ports_of_others, "net.ports", VERDICT_PASS, "from 1024 on" },
	{ "a later file forbids ping", ping_overridden, "net.ping", VERDICT_WARN,
		"the next boot sets net.ipv4.ping_group_range to 1 0" },
	{ "procps reads its file last", ping_in_procps, "net.ping", VERDICT_WARN,
		"sudo sed -i '7s/^/# /' /etc/sysctl.conf" },
	{ "a later drop-in empties Delegate=", delegation_emptied, "cgroup.delegation",
		VERDICT_FAIL, "out of '/etc/systemd/system/user@.service.d/90-site.conf'" },
	{ "a module is not loaded", bridge_gone, "kernel.features", VERDICT_WARN,
		"module veth: not loaded" },
	{ "nft does what ip_tables did", bridge_without_ip_tables, "kernel.features", VERDICT_PASS,
		"bridge" },
	{ "neither nft nor ip_tables", bridge_without_filter, "kernel.features", VERDICT_WARN,
		"module nft_masq: not in this kernel" },
	{ "a module in a container", bridge_in_a_container, "kernel.features", VERDICT_WARN,
		"load it on the machine this container runs on" },
	{ "/ made private by somebody", root_private, "mounts.shared", VERDICT_WARN,
		"rpod-setup --shared-mounts --only mounts.shared host" },
	{ "/ of a chroot", root_no_mount, "mounts.shared", VERDICT_SKIP, "is no mount" },
	{ "/ private in a container", root_private_in_docker, "mounts.shared", VERDICT_PASS,
		"the container around us" },
	{ "/ private in WSL", root_private_in_wsl, "mounts.shared", VERDICT_WARN,
		"sudo rpod-setup --only mounts.shared host" },
	{ "/ of a unit's own namespace", root_received, "mounts.shared", VERDICT_SKIP,
		"a mount namespace of its own" },
	{ "ufw.conf is root's", firewall_unseen, "net.firewall", VERDICT_SKIP, "could not look" },
	{ "no pids controller", tasks_unseen, "limits.tasks", VERDICT_SKIP, "no limit of tasks" },
	{ "two firewalls", two_firewalls, "net.firewall", VERDICT_WARN, "both on" },
	{ "one firewall", one_firewall, "net.firewall", VERDICT_PASS, "ufw; " },
	{ "no pivot_root", no_way_into_the_root, "start.stages", VERDICT_FAIL,
		"a container start ends at 'pivot_root'" },
	{ "no pivot_root, by a filter", no_way_into_the_root, "start.stages", VERDICT_FAIL,
		"Seccomp: 2" },
	{ "no filters", no_filter, "start.stages", VERDICT_FAIL, "install a filter" },
	{ "a start that hangs", start_not_tried, "start.stages", VERDICT_WARN, "" },
	{ "D01 used up", keys_used_up, "limits.keys", VERDICT_FAIL, "/proc/key-users" },
	{ "few open files", few_files, "limits.nofile", VERDICT_WARN,
		"/proc/512/limits: Max open files, hard: 1024, >= 4096" },
	{ "a limit that waits for a restart", files_after_a_restart, "limits.nofile", VERDICT_WARN,
		"systemctl restart user@1000" },
	{ "a limit that pam_limits resets", files_that_pam_decides, "limits.nofile", VERDICT_WARN,
		"sudo rpod-setup --nofile 600000" },
	{ "a limit that pam_limits was told", files_that_pam_was_told, "limits.nofile",
		VERDICT_WARN, "systemctl restart user@1000" },
	{ "few tasks of the slice", few_tasks_of_the_slice, "limits.tasks", VERDICT_WARN,
		"user-1000.slice/pids.max: 500" },
	{ "few tasks of the manager", few_tasks_of_the_manager, "limits.tasks", VERDICT_WARN,
		"user@1000.service/pids.max: 300" },
	{ "no manager to judge", no_manager, "limits.tasks", VERDICT_PASS, "does not run" },
	{ "a profile without userns", profile_without_userns, "userns.probe", VERDICT_FAIL,
		"/proc/self/attr/apparmor/current: site-tools (enforce), a profile with "
		"'userns,'" },
	{ "no profile", refused_without_a_profile, "userns.probe", VERDICT_FAIL,
		"cannot make a user namespace: Permission denied" },
	{ "it takes away what still runs", emptied_while_running, "cgroup.delegation", VERDICT_WARN,
		"90-site.conf: Delegate=cpu in all" },
	{ "ping as we set it", ping_ours, "net.ping", VERDICT_PASS, "groups 0 to 2147483647" },
};

static void each_fault_is_told_by_its_own_check(void **state)
{
	(void)state;
	expect_each(faults, ARRAY_SIZE(faults));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_is_told_by_its_own_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
