/* SPDX-License-Identifier: Apache-2.0 */
#include "check-host.h"

#include <errno.h>

static void set_live(enum sysctl_key key, int64_t value)
{
	host.sysctl.keys[key].live = number(value);
}

static void set_boot(enum sysctl_key key, int64_t value, const char *path)
{
	struct sysctl *sysctl = &host.sysctl.keys[key];

	sysctl->boot = number(value);
	sysctl->boot_line = 3;
	(void)text_copy(sysctl->boot_file, sizeof(sysctl->boot_file), path);
}

static void max_zero(void)
{
	set_live(SYSCTL_MAX_USER_NAMESPACES, 0);
	fail_probe(PROBE_USERNS, ENOSPC, "clone", "");
}

static void max_low(void)
{
	set_live(SYSCTL_MAX_USER_NAMESPACES, 1023);
}

static void max_just_enough(void)
{
	set_live(SYSCTL_MAX_USER_NAMESPACES, 1024);
}

static void no_net_namespaces(void)
{
	set_live(SYSCTL_MAX_NET_NAMESPACES, 0);
}

static void max_unreadable(void)
{
	host.sysctl.keys[SYSCTL_MAX_USER_NAMESPACES].live = (struct fact_number){ .error = EACCES };
}

static void clone_off(void)
{
	set_live(SYSCTL_USERNS_CLONE, 0);
	fail_probe(PROBE_USERNS, EPERM, "clone", "");
}

static void clone_not_there(void)
{
	host.sysctl.keys[SYSCTL_USERNS_CLONE].live.state = FACT_ABSENT;
}

static void restrict_userns(void)
{
	set_live(SYSCTL_APPARMOR_USERNS, 1);
	host.lsm.apparmor_profile = absent();
	host.lsm.apparmor_abi = file(S_IFREG | 0644, 0);
}

static void apparmor_at_clone(void)
{
	restrict_userns();
	fail_probe(PROBE_USERNS, EACCES, "clone", "");
	host.probe.probes[PROBE_SINGLE_MAP].result = PROBE_NOT_RUN;
}

static void apparmor_at_the_map(void)
{
	restrict_userns();
	fail_probe(PROBE_SINGLE_MAP, EPERM, "uid_map", "");
}

static void apparmor_harmless(void)
{
	restrict_userns();
}

static void apparmor_untried(void)
{
	restrict_userns();
	host.probe.probes[PROBE_SINGLE_MAP].result = PROBE_UNABLE;
}

static void shadowed(void)
{
	set_boot(SYSCTL_MAX_USER_NAMESPACES, 0, "/etc/sysctl.d/99-cis.conf");
}

static void set_early(void)
{
	set_boot(SYSCTL_MAX_USER_NAMESPACES, 0, "/usr/lib/sysctl.d/50-default.conf");
}

static void set_well(void)
{
	set_boot(SYSCTL_MAX_USER_NAMESPACES, 28633, "/etc/sysctl.d/60-rpod.conf");
}

static void clone_off_at_boot(void)
{
	set_boot(SYSCTL_USERNS_CLONE, 0, "/etc/sysctl.d/10-hard.conf");
}

static void low_at_boot(void)
{
	set_boot(SYSCTL_MAX_USER_NAMESPACES, 500, "/etc/sysctl.d/99-cis.conf");
}

static void clone_off_where_it_is_not(void)
{
	host.sysctl.keys[SYSCTL_USERNS_CLONE].live.state = FACT_ABSENT;
	clone_off_at_boot();
}

static void filtered(void)
{
	host.context.seccomp = number(2);
	fail_probe(PROBE_USERNS, EPERM, "clone", "");
}

static void filtered_for_root(void)
{
	filtered();
	host.context.uid = 0;
}

static void filtered_by_docker(void)
{
	filtered_for_root();
	say(&host.context.container, "docker");
}

static void in_a_chroot(void)
{
	host.mounts.chrooted = true;
	fail_probe(PROBE_USERNS, EPERM, "unshare", "");
}

static void in_the_last_namespace(void)
{
	set_map(&host.idmap.outer[IDMAP_UID], 0, 0, 4294967294);
	fail_probe(PROBE_USERNS, ENOSPC, "unshare", "");
}

static void in_a_mount_as_root(void)
{
	host.context.seccomp = number(0);
	fail_probe(PROBE_USERNS, EPERM, "unshare", "");
}

static void too_deep(void)
{
	fail_probe(PROBE_USERNS, EUSERS, "unshare", "");
}

static void confined_by_selinux(void)
{
	say(&host.context.label, "user_u:user_r:user_t:s0");
	fail_probe(PROBE_USERNS, EACCES, "unshare", "");
}

static void limit_of_one(void)
{
	set_live(SYSCTL_MAX_USER_NAMESPACES, 1);
	host.idmap.in_use = number(1);
	fail_probe(PROBE_USERNS, ENOSPC, "unshare", "");
}

static void used_up(void)
{
	fail_probe(PROBE_USERNS, ENOSPC, "unshare", "");
}

static void nearly_used_up(void)
{
	set_live(SYSCTL_MAX_USER_NAMESPACES, 2000);
	host.idmap.in_use = number(1801);
}

static void half_used(void)
{
	set_live(SYSCTL_MAX_USER_NAMESPACES, 2000);
	host.idmap.in_use = number(1000);
}

static void proc_covered(void)
{
	say(&host.mounts.proc_covered, "/proc/acpi");
	fail_probe(PROBE_MOUNT_PROC, EPERM, "mount proc", "");
}

static void proc_covered_as_guest(void)
{
	proc_covered();
	say(&host.context.container, "lxc");
}

static void sysctls_read_only(void)
{
	say(&host.mounts.proc_covered, "/proc/sys");
	host.mounts.proc_sys_read_only = true;
	fail_probe(PROBE_MOUNT_PROC, EPERM, "mount proc", "");
}

static void sys_covered(void)
{
	say(&host.mounts.sys_covered, "/sys/firmware");
}

static void sys_covered_with_runc(void)
{
	sys_covered();
	set_tool(TOOL_RUNC, "/usr/bin/runc", 0755);
}

static void sys_covered_with_both(void)
{
	sys_covered_with_runc();
	set_tool(TOOL_CRUN, "/usr/bin/crun", 0755);
}

static void sys_covered_by_choice(void)
{
	sys_covered_with_both();
	set_tool(TOOL_PODMAN, "/usr/bin/podman", 0755);
	say(&host.config.runtime, "/usr/sbin/runc");
	(void)text_copy(host.config.runtime_file, sizeof(host.config.runtime_file),
		"/etc/containers/containers.conf");
}

static void sys_covered_by_choice_of_nobody(void)
{
	sys_covered_by_choice();
	host.tool.tools[TOOL_PODMAN].file.state = FACT_ABSENT;
}

static void hung(void)
{
	host.probe.probes[PROBE_USERNS].result = PROBE_HUNG;
	host.probe.probes[PROBE_USERNS].ms = 500;
}

static void unable(void)
{
	host.probe.probes[PROBE_USERNS].result = PROBE_UNABLE;
}

static void not_built(void)
{
	host.kernel.user_namespaces = false;
	fail_probe(PROBE_USERNS, EINVAL, "clone", "");
}

static void old_kernel(void)
{
	say(&host.kernel.release, "4.18.0-553.el8");
	host.kernel.major = 4;
	host.kernel.minor = 18;
}

static void new_enough(void)
{
	host.kernel.major = 5;
	host.kernel.minor = 10;
}

static void upgraded(void)
{
	host.kernel.modules_dir = FACT_ABSENT;
	host.kernel.modules[KERNEL_TUN] = MODULE_ABSENT;
}

static void upgraded_and_wanted(void)
{
	upgraded();
	fail_probe(PROBE_TUN, ENODEV, "open /dev/net/tun", "");
}

static void upgraded_but_loaded(void)
{
	host.kernel.modules_dir = FACT_ABSENT;
}

static void upgraded_in_a_container(void)
{
	upgraded();
	say(&host.context.container, "docker");
}

static void no_such_user(void)
{
	host.user.state = FACT_ABSENT;
}

static const struct fault faults[] = {
	{ "A01 limit 0", max_zero, "userns.max", VERDICT_FAIL,
		"/proc/sys/user/max_user_namespaces: 0, >= 1024" },
	{ "A02 low limit", max_low, "userns.max", VERDICT_WARN, "only 1023" },
	{ "limit just enough", max_just_enough, "userns.max", VERDICT_PASS, "1024 per user" },
	{ "no net namespaces", no_net_namespaces, "userns.max", VERDICT_FAIL,
		"user.max_net_namespaces is 0" },
	{ "limit unreadable", max_unreadable, "userns.max", VERDICT_SKIP, "Permission denied" },
	{ "A04 clone off", clone_off, "userns.clone", VERDICT_FAIL, "unprivileged_userns_clone" },
	{ "no Debian switch", clone_not_there, "userns.clone", VERDICT_PASS, "no such switch" },
	{ "A05 at clone", apparmor_at_clone, "userns.apparmor", VERDICT_FAIL,
		"clone: Permission denied" },
	{ "A05 at the map", apparmor_at_the_map, "userns.apparmor", VERDICT_FAIL,
		"/etc/apparmor.d/rpod: absent" },
	{ "A05 harmless", apparmor_harmless, "userns.apparmor", VERDICT_PASS, "not for this" },
	{ "A05 untried", apparmor_untried, "userns.apparmor", VERDICT_WARN, "may keep" },
	{ "A03 shadowed", shadowed, "userns.boot", VERDICT_FAIL, "/etc/sysctl.d/99-cis.conf:3" },
	{ "A03 not ours to mend", shadowed, "userns.boot", VERDICT_FAIL, "sudo sed -i '3s" },
	{ "A03 set early", set_early, "userns.boot", VERDICT_FAIL, "--only userns.boot host" },
	{ "set well", set_well, "userns.boot", VERDICT_PASS, "" },
	{ "clone off at boot", clone_off_at_boot, "userns.boot", VERDICT_FAIL, "10-hard.conf:3" },
	{ "low at boot", low_at_boot, "userns.boot", VERDICT_WARN, "will run out" },
	{ "a switch this kernel has not", clone_off_where_it_is_not, "userns.boot", VERDICT_PASS,
		"" },
	{ "A17 seccomp", filtered, "userns.probe", VERDICT_FAIL, "Seccomp: 2" },
	{ "root's filter is not the user's", filtered_for_root, "userns.probe", VERDICT_SKIP,
		"the user's may not be" },
	{ "A17 in a container", filtered_by_docker, "userns.probe", VERDICT_FAIL, "Seccomp: 2" },
	{ "A36 chroot", in_a_chroot, "userns.probe", VERDICT_FAIL, "we are in a chroot" },
	{ "A36 whose root is a mount", in_a_mount_as_root, "userns.probe", VERDICT_FAIL,
		"is this a chroot?" },
	{ "A34 since 4.9", in_the_last_namespace, "userns.max", VERDICT_FAIL, "32 nest" },
	{ "A34", too_deep, "userns.probe", VERDICT_FAIL, "32 levels" },
	{ "A37", confined_by_selinux, "userns.probe", VERDICT_FAIL, "user_t_run_containers 1" },
	{ "A02 one, in use", limit_of_one, "userns.max", VERDICT_FAIL,
		"/proc/*/ns/user: 1 or more of this user in use" },
	{ "A02 mended by setup", limit_of_one, "userns.max", VERDICT_FAIL,
		"sudo rpod-setup --only userns.max host" },
	{ "A02 used up", used_up, "userns.max", VERDICT_FAIL, "sudo lsns -t user" },
	{ "A02 nearly", nearly_used_up, "userns.max", VERDICT_WARN, "1801 or more" },
	{ "half of them", half_used, "userns.max", VERDICT_PASS, "2000 per user" },
	{ "A31", proc_covered, "proc.mount", VERDICT_FAIL, "sudo umount -R /proc/acpi" },
	{ "A31 as a guest", proc_covered_as_guest, "proc.mount", VERDICT_FAIL, "unmask=ALL" },
	{ "B12", sysctls_read_only, "proc.mount", VERDICT_FAIL, "ProtectKernelTunables=" },
	{ "A32", sys_covered_with_runc, "proc.sys", VERDICT_WARN, "umount -R /sys/firmware" },
	{ "A32 by crun", sys_covered_with_both, "proc.sys", VERDICT_PASS, "crun takes" },
	{ "A32 by choice", sys_covered_by_choice, "proc.sys", VERDICT_WARN,
		"set runtime = \"crun\" in '/etc/containers/containers.conf'" },
	{ "A32 chosen for no podman", sys_covered_by_choice_of_nobody, "proc.sys", VERDICT_PASS,
		"crun takes" },
	{ "A32 nobody minds", sys_covered, "proc.sys", VERDICT_PASS, "not installed" },
	{ "probe hangs", hung, "userns.probe", VERDICT_WARN, "500 ms" },
	{ "probe untried", unable, "userns.probe", VERDICT_SKIP, "could not be tried" },
	{ "A35 no userns", not_built, "kernel.userns", VERDICT_FAIL, "CONFIG_USER_NS" },
	{ "old kernel", old_kernel, "kernel.version", VERDICT_WARN, "4.18.0-553.el8, >= 5.10" },
	{ "5.10", new_enough, "kernel.version", VERDICT_PASS, "" },
	{ "kernel upgraded", upgraded, "kernel.modules", VERDICT_WARN, "not loaded: tun" },
	{ "upgraded, one is wanted", upgraded_and_wanted, "kernel.modules", VERDICT_FAIL,
		"open /dev/net/tun" },
	{ "upgraded, all loaded", upgraded_but_loaded, "kernel.modules", VERDICT_PASS, "gone" },
	{ "no modules in a guest", upgraded_in_a_container, "kernel.modules", VERDICT_PASS,
		"of its host" },
	{ "no such user", no_such_user, "user.exists", VERDICT_FAIL, "no user 'alice'" },
};

static void each_fault_fails_its_own_check_and_no_other(void **state)
{
	(void)state;
	expect_each(faults, ARRAY_SIZE(faults));
}

static bool tree_gets_profile(int64_t at_boot)
{
	struct plan plan = { 0 };
	bool planned_it;

	fine_host();
	restrict_userns();
	host.live = false;
	host.sysctl.keys[SYSCTL_APPARMOR_USERNS].live.state = FACT_UNKNOWN;
	set_boot(SYSCTL_APPARMOR_USERNS, at_boot, "/usr/lib/sysctl.d/10-apparmor.conf");
	plan_for(&plan, &(struct request){ 0 });
	planned_it = planned(&plan, CHANGE_FILE, "/etc/apparmor.d/rpod") != NULL;
	plan_done(&plan);
	return planned_it;
}

static void a_tree_gets_the_profile_when_it_boots_restricted(void **state)
{
	(void)state;
	assert_true(tree_gets_profile(1));
	assert_false(tree_gets_profile(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_fails_its_own_check_and_no_other),
		cmocka_unit_test(a_tree_gets_the_profile_when_it_boots_restricted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
