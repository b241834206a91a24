/* SPDX-License-Identifier: Apache-2.0 */
#include "check-host.h"

#include <errno.h>

static void no_session(void)
{
	host.session.runtime = host.session.bus = host.session.manager = absent();
	host.probe.probes[PROBE_BUS] = (struct probe){ .result = PROBE_NOT_RUN };
	host.cgroup.chain[2].state = host.cgroup.chain[3].state = FACT_ABSENT;
	host.cgroup.chain[3].controllers.state = FACT_ABSENT;
}

static void no_systemd(void)
{
	host.context.systemd = false;
	host.context.kind = CONTEXT_NONE;
	no_session();
	host.session.linger = absent();
}

static void no_linger(void)
{
	host.session.linger = absent();
}

static void logged_out(void)
{
	no_session();
	no_linger();
	host.context.runtime_dir_env = (struct fact_text){ .state = FACT_ABSENT };
}

static void runtime_promised(void)
{
	no_session();
	no_linger();
}

static void linger_hidden(void)
{
	host.session.linger = (struct fact_file){ .error = EACCES };
}

static void runtime_gone(void)
{
	no_session();
}

static void runtime_of_root(void)
{
	host.session.runtime.uid = 0;
}

static void manager_dead(void)
{
	host.session.manager = host.session.bus = absent();
	fail_probe(PROBE_BUS, ENOENT, "connect", "");
}

static void bus_missing(void)
{
	host.session.bus = host.session.bus_unit = absent();
	fail_probe(PROBE_BUS, ENOENT, "connect", "");
}

static void bus_deaf(void)
{
	fail_probe(PROBE_BUS, ECONNREFUSED, "connect", "");
}

static void bus_hung(void)
{
	host.probe.probes[PROBE_BUS] = (struct probe){
		.result = PROBE_HUNG, .error = ETIMEDOUT, .ms = 1500, .step = "wait for an answer"
	};
}

static void manager_hung(void)
{
	host.probe.probes[PROBE_MANAGER] = (struct probe){
		.result = PROBE_HUNG, .error = ETIMEDOUT, .ms = 1500, .step = "wait for an answer"
	};
}

static void manager_untried(void)
{
	host.probe.probes[PROBE_MANAGER] = (struct probe){ .result = PROBE_NOT_RUN };
}

static void no_process_for(enum probe_name name)
{
	host.probe.probes[name] =
		(struct probe){ .result = PROBE_UNABLE, .error = EAGAIN, .step = "fork" };
}

static void no_processes(void)
{
	no_process_for(PROBE_MAP);
	host.context.processes = number(63);
}

static void no_process_for_the_user(void)
{
	host.user = (struct user){ .error = EAGAIN };
}

static void full_cgroup(void)
{
	no_process_for(PROBE_BUS);
	say(&host.context.full, "/user.slice/user-1000.slice");
	host.context.full_max = number(100);
}

static void no_files(void)
{
	host.context.files_error = EMFILE;
	host.context.files = number(16);
}

static void no_files_anywhere(void)
{
	host.context.files_error = ENFILE;
}

static void no_files_for_a_try(void)
{
	host.probe.probes[PROBE_OVERLAY] =
		(struct probe){ .result = PROBE_UNABLE, .error = EMFILE, .step = "mkdir" };
}

static void storage_hung(void)
{
	host.probe.probes[PROBE_OVERLAY] = (struct probe){
		.result = PROBE_HUNG, .error = ETIMEDOUT, .ms = 1500, .step = "open the storage"
	};
	(void)text_copy(host.config.storage, sizeof(host.config.storage), "/srv/nfs");
}

static void from_su(void)
{
	host.context.kind = CONTEXT_SU;
	say(&host.context.cgroup, "/user.slice/user-0.slice/session-3.scope");
}

static void version_1(void)
{
	host.cgroup.version = CGROUP_V1;
	host.cgroup.count = 0;
	say(&host.cgroup.boot_argument, "systemd.unified_cgroup_hierarchy=0");
}

static void version_1_as_guest(void)
{
	version_1();
	say(&host.context.container, "lxc");
}

static void version_1_on_windows(void)
{
	version_1();
	say(&host.context.container, "wsl");
	host.boot.stack = BOOT_WSL;
}

static void version_1_forced(void)
{
	version_1();
	host.cgroup.systemd_version = 257;
	host.boot.stack = BOOT_GRUB;
}

static void windows_without_systemd(void)
{
	no_systemd();
	say(&host.context.container, "wsl");
}

static void version_1_without_systemd(void)
{
	version_1();
	no_systemd();
}

static void no_memory(void)
{
	for (size_t i = 0; i < host.cgroup.count; i++) {
		say(&host.cgroup.chain[i].controllers, "cpuset cpu io pids");
		say(&host.cgroup.chain[i].handed_on, "cpuset cpu io pids");
	}
	say(&host.kernel.cmdline, "root=/dev/vda cgroup_disable=memory");
}

static void no_memory_on_a_pi(void)
{
	no_memory();
	(void)text_copy(host.kernel.machine, sizeof(host.kernel.machine), "aarch64");
	host.boot.stack = BOOT_FIRMWARE;
}

static void kept_by(size_t node, const char *left)
{
	say(&host.cgroup.chain[node].handed_on, left);
	for (size_t i = node + 1; i < host.cgroup.count; i++) {
		say(&host.cgroup.chain[i].controllers, left);
		say(&host.cgroup.chain[i].handed_on, left);
	}
	fail_probe(PROBE_SUBCGROUP, ENOENT, "enable a controller", "");
}

static void kept_by_user_slice(void)
{
	kept_by(1, "");
}

static void kept_by_the_users_slice(void)
{
	kept_by(2, "cpu memory");
}

static void cpu_kept(void)
{
	kept_by(2, "memory pids");
	host.probe.probes[PROBE_SUBCGROUP].result = PROBE_OK;
	say(&host.cgroup.delegate.words, "pids memory");
}

static void stock_controllers(void)
{
	kept_by(2, "cpu memory pids");
	host.probe.probes[PROBE_SUBCGROUP].result = PROBE_OK;
}

static void undelegated_and_logged_out(void)
{
	logged_out();
	say(&host.cgroup.delegate.words, "");
	host.probe.probes[PROBE_SUBCGROUP].result = PROBE_NOT_RUN;
}

static void read_only(void)
{
	host.cgroup.read_only = true;
	host.probe.probes[PROBE_SUBCGROUP].result = PROBE_NOT_RUN;
}

static void no_subcgroup(void)
{
	fail_probe(PROBE_SUBCGROUP, EACCES, "mkdir", "");
}

static void no_subcgroup_from_su(void)
{
	from_su();
	no_subcgroup();
}

static void kept_by_two(void)
{
	kept_by(2, "cpu pids");
	say(&host.cgroup.chain[1].handed_on, "cpu memory");
	say(&host.cgroup.chain[2].controllers, "cpu memory");
	say(&host.cgroup.chain[2].handed_on, "cpu");
	say(&host.cgroup.chain[3].controllers, "cpu");
}

static void rt_task_in_a_group(void)
{
	cpu_kept();
	say(&host.cgroup.delegate.words, "pids memory cpu");
	host.cgroup.rt_groups = true;
}

static struct cgroup_node *containers_below(int64_t count)
{
	struct cgroup_node *node = &host.cgroup.containers;

	node->state = FACT_KNOWN;
	(void)text_copy(node->path, sizeof(node->path),
		"/user.slice/user-1000.slice/user@1000.service/user.slice");
	say(&node->controllers, "cpu memory pids");
	say(&node->handed_on, "cpu memory");
	node->below = number(count);
	return node;
}

static void cut_below_the_manager(void)
{
	(void)containers_below(1);
}

static void nothing_below_the_manager(void)
{
	(void)containers_below(0);
}

static void no_swap_limit(void)
{
	host.cgroup.no_swap_limit = true;
	say(&host.cgroup.boot_argument, "cgroup_enable=memory swapaccount=0");
}

static void swap_of_an_old_kernel(void)
{
	host.cgroup.no_swap_limit = true;
}

static struct cgroup_node *node_of(size_t i)
{
	return &host.cgroup.chain[i];
}

static void threaded(void)
{
	say(&node_of(3)->type, "threaded");
}

static void threaded_above(void)
{
	say(&node_of(2)->type, "domain invalid");
}

static void domains(void)
{
	for (size_t i = 1; i < 4; i++)
		say(&node_of(i)->type, "domain");
}

static void node_read_only(void)
{
	node_of(2)->read_only = true;
}

static void node_of_root(void)
{
	node_of(3)->owner = 0;
}

static void inner_process(void)
{
	node_of(3)->has_processes = true;
	say(&node_of(3)->handed_on, "");
}

static void process_beside(void)
{
	node_of(0)->has_processes = true;
	node_of(3)->has_processes = true; /* in a threaded child, say: it hands on all the same */
}

static void frozen(void)
{
	node_of(1)->frozen = number(1);
}

static void no_descendants(void)
{
	node_of(2)->below_max = number(12);
	node_of(2)->below = number(11);
}

static void no_depth(void)
{
	node_of(3)->depth_max = number(3);
}

static void room_enough(void)
{
	node_of(2)->below_max = number(13);
	node_of(2)->below = number(11);
	node_of(3)->depth_max = number(4);
	node_of(3)->tasks_max = number(2000);
	node_of(3)->tasks = number(1900);
}

static void tasks_used(void)
{
	node_of(3)->tasks_max = number(2000);
	node_of(3)->tasks = number(1901);
}

static void outside_the_namespace(void)
{
	say(&host.context.cgroup, "/../../init.scope");
	no_subcgroup();
}

static void pam_module_missing(void)
{
	host.session.logind_pam = absent();
	host.context.kind = CONTEXT_MANAGER;
}

static void pam_module_elsewhere(void)
{
	host.session.logind_pam = absent(); /* and yet this is a session */
}

static void pam_on_nixos(void)
{
	pam_module_missing();
	host.os.family = OS_NIXOS;
}

static void pam_without_logind(void)
{
	host.session.pam_sshd = FACT_ABSENT;
	host.session.pam_login = FACT_KNOWN;
}

static void sshd_without_pam(void)
{
	say(&host.session.sshd.use_pam, "No");
	(void)text_copy(host.session.sshd.file, sizeof(host.session.sshd.file),
		"/etc/ssh/sshd_config.d/10-x.conf");
}

static void sshd_with_pam(void)
{
	sshd_without_pam();
	say(&host.session.sshd.use_pam, "yes");
}

static void logind_masked(void)
{
	(void)text_copy(host.session.masked, sizeof(host.session.masked),
		"/etc/systemd/system/user@.service");
	manager_dead();
}

static void bus_masked_for_all(void)
{
	bus_missing();
	host.session.bus_unit = file(S_IFCHR | 0666, 0);
	(void)text_copy(host.session.bus_mask, sizeof(host.session.bus_mask),
		"/etc/systemd/user/dbus.socket");
}

static void bus_masked_by_the_user(void)
{
	bus_masked_for_all();
	(void)text_copy(host.session.bus_mask, sizeof(host.session.bus_mask),
		"/home/alice/.config/systemd/user/dbus.socket");
}

static void bus_masked_and_deaf(void)
{
	bus_deaf();
	(void)text_copy(host.session.bus_mask, sizeof(host.session.bus_mask),
		"/home/alice/.config/systemd/user/dbus.socket");
}

static void bus_stopped(void)
{
	bus_missing();
	host.session.bus_unit = file(S_IFREG | 0644, 0);
}

static void manager_without_delegation(void)
{
	manager_dead();
	say(&host.cgroup.delegate.words, "");
	(void)text_copy(host.cgroup.delegate.emptied, sizeof(host.cgroup.delegate.emptied),
		"/etc/systemd/system/user@.service.d/z.conf");
}

static void manager_died(void)
{
	host.cgroup.chain[3].state = FACT_ABSENT;
	bus_deaf();
}

static void manager_with_dropins(void)
{
	manager_dead();
	(void)text_copy(host.session.dropins, sizeof(host.session.dropins),
		"/etc/systemd/system/user@.service.d/x.conf");
}

static void fallback_of_another(void)
{
	(void)text_copy(
		host.session.fallback, sizeof(host.session.fallback), "/tmp/podman-run-1000");
	host.session.fallback_owner = 1001;
}

static void fallback_left(void)
{
	fallback_of_another();
	host.session.fallback_owner = ALICE;
}

static void fallback_used(void)
{
	fallback_left();
	host.session.fallback_used = true;
}

static void no_subcgroup_from_root(void)
{
	logged_out();
	no_subcgroup_from_su();
	host.context.uid = 0;
}

static const struct fault faults[] = {
	{ "B19", no_systemd, "session.systemd", VERDICT_WARN, "not booted with systemd" },
	{ "B19 says it once", no_systemd, "session.linger", VERDICT_SKIP, "no systemd" },
	{ "B05", no_linger, "session.linger", VERDICT_WARN, "loginctl enable-linger alice" },
	{ "linger hidden", linger_hidden, "session.linger", VERDICT_SKIP, "Permission denied" },
	{ "logged out is no fault", logged_out, "session.runtime-dir", VERDICT_SKIP, "not logged" },
	{ "logged out: no bus asked", logged_out, "session.bus", VERDICT_SKIP, "not logged in" },
	{ "B03", runtime_promised, "session.runtime-dir", VERDICT_FAIL, "enable-linger alice" },
	{ "E21", runtime_gone, "session.runtime-dir", VERDICT_FAIL, "user-runtime-dir@1000" },
	{ "B02 directory", runtime_of_root, "session.runtime-dir", VERDICT_FAIL, "owner 0" },
	{ "B15", manager_dead, "session.manager", VERDICT_FAIL, "/run/user/1000/systemd/private" },
	{ "B07", bus_missing, "session.bus", VERDICT_FAIL, "apt-get install dbus-user-session" },
	{ "processes", no_processes, "context.processes", VERDICT_FAIL, "Max processes 63" },
	{ "processes", no_process_for_the_user, "context.processes", VERDICT_FAIL,
		"looking for the user" },
	{ "processes", full_cgroup, "context.processes", VERDICT_FAIL, "pids.max 100, all taken" },
	{ "files", no_files, "context.files", VERDICT_FAIL, "Max open files 16" },
	{ "files", no_files_anywhere, "context.files", VERDICT_FAIL, "file-nr" },
	{ "files", no_files_for_a_try, "context.files", VERDICT_FAIL, "mkdir" },
	{ "storage hangs", storage_hung, "home.overlay", VERDICT_FAIL, "/srv/nfs" },
	{ "bus hangs", bus_hung, "session.bus", VERDICT_FAIL, "none within 1500 ms" },
	{ "manager hangs", manager_hung, "session.manager", VERDICT_FAIL, "none within 1500 ms" },
	{ "manager untried", manager_untried, "session.manager", VERDICT_PASS, "" },
	{ "B07 deaf", bus_deaf, "session.bus", VERDICT_FAIL, "Connection refused" },
	{ "C01", version_1, "cgroup.v2", VERDICT_FAIL, "unified_cgroup_hierarchy=0" },
	{ "C01 by setup", version_1, "cgroup.v2", VERDICT_FAIL, "--only cgroup.v2 host" },
	{ "C01 as a guest", version_1_as_guest, "cgroup.v2", VERDICT_WARN, "version 1" },
	{ "C01 without systemd", version_1_without_systemd, "cgroup.v2", VERDICT_WARN,
		"version 1" },
	{ "C01 in WSL", version_1_on_windows, "cgroup.v2", VERDICT_WARN,
		"kernelCommandLine = cgroup_no_v1=all" },
	{ "C01 forced on systemd 257", version_1_forced, "cgroup.v2", VERDICT_FAIL,
		"take SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=" },
	{ "WSL without systemd", windows_without_systemd, "session.systemd", VERDICT_WARN,
		"/etc/wsl.conf" },
	{ "C08", no_memory, "cgroup.controllers", VERDICT_FAIL, "cgroup_disable=memory" },
	{ "C08 on a Pi", no_memory_on_a_pi, "cgroup.controllers", VERDICT_FAIL, "cmdline.txt" },
	{ "C03 user.slice", kept_by_user_slice, "cgroup.delegation", VERDICT_FAIL,
		"'/user.slice' does not hand on" },
	{ "C03 the next node", kept_by_the_users_slice, "cgroup.delegation", VERDICT_FAIL,
		"/user-1000.slice' does not hand on pids" },
	{ "C03 evidence", kept_by_user_slice, "cgroup.delegation", VERDICT_FAIL,
		"/sys/fs/cgroup/user.slice/cgroup.subtree_control: (empty), memory pids" },
	{ "C06", cpu_kept, "cgroup.delegation", VERDICT_WARN, "cpu controller does not reach" },
	{ "C04 is stock", stock_controllers, "cgroup.delegation", VERDICT_PASS, "not cpuset, io" },
	{ "logged out, Delegate=", undelegated_and_logged_out, "cgroup.delegation", VERDICT_WARN,
		"will not get memory" },
	{ "logged out, stock", logged_out, "cgroup.delegation", VERDICT_PASS, "at the next login" },
	{ "C11", read_only, "cgroup.readonly", VERDICT_WARN, "read-only" },
	{ "no cgroup of one's own", no_subcgroup, "cgroup.subcgroup", VERDICT_FAIL, "mkdir" },
	{ "root's cgroup is not the user's", no_subcgroup_from_root, "cgroup.subcgroup",
		VERDICT_SKIP, "of uid 0" },
	{ "C12", no_subcgroup_from_su, "cgroup.subcgroup", VERDICT_WARN, "from this session" },
	{ "C03 two nodes", kept_by_two, "cgroup.delegation", VERDICT_FAIL,
		"user-1000.slice/cgroup.subtree_control: cpu, memory" },
	{ "C03 the other", kept_by_two, "cgroup.delegation", VERDICT_FAIL,
		"/sys/fs/cgroup/user.slice/cgroup.subtree_control: cpu memory, pids" },
	{ "C07", rt_task_in_a_group, "cgroup.delegation", VERDICT_WARN, "RT_GROUP_SCHED" },
	{ "C03 below", cut_below_the_manager, "cgroup.delegation", VERDICT_WARN,
		"user@1000.service/user.slice/cgroup.subtree_control: cpu memory, pids" },
	{ "C03 nothing below", nothing_below_the_manager, "cgroup.delegation", VERDICT_PASS, "" },
	{ "C09", no_swap_limit, "cgroup.controllers", VERDICT_WARN, "swapaccount=0" },
	{ "C09 is stock", swap_of_an_old_kernel, "cgroup.controllers", VERDICT_PASS, "" },
	{ "C17", threaded, "cgroup.nodes", VERDICT_FAIL, "restart user@1000" },
	{ "C17 above", threaded_above, "cgroup.nodes", VERDICT_FAIL, "sudo reboot" },
	{ "domains", domains, "cgroup.nodes", VERDICT_PASS, "" },
	{ "C11 one node", node_read_only, "cgroup.nodes", VERDICT_FAIL,
		"sudo umount /sys/fs/cgroup/user.slice/user-1000.slice" },
	{ "C12 owner", node_of_root, "cgroup.nodes", VERDICT_FAIL, "owner 0, owner the user" },
	{ "C16", inner_process, "cgroup.nodes", VERDICT_FAIL, "cgroup.procs: processes, empty" },
	{ "processes that do not matter", process_beside, "cgroup.nodes", VERDICT_PASS, "" },
	{ "frozen", frozen, "cgroup.nodes", VERDICT_FAIL, "sudo systemctl thaw user.slice" },
	{ "no room", no_descendants, "cgroup.nodes", VERDICT_FAIL, "12, of which 11 are there" },
	{ "no depth", no_depth, "cgroup.nodes", VERDICT_FAIL, "cgroup.max.depth" },
	{ "room", room_enough, "cgroup.nodes", VERDICT_PASS, "" },
	{ "C13 nearly", tasks_used, "cgroup.nodes", VERDICT_WARN, "1901 of 2000" },
	{ "C17 namespace", outside_the_namespace, "cgroup.subcgroup", VERDICT_FAIL, "/../.." },
	{ "B16", pam_module_missing, "session.pam", VERDICT_FAIL, "install libpam-systemd" },
	{ "B16 disproved", pam_module_elsewhere, "session.pam", VERDICT_PASS, "" },
	{ "B16 NixOS", pam_on_nixos, "session.pam", VERDICT_PASS, "" },
	{ "B16 stack", pam_without_logind, "session.pam", VERDICT_WARN,
		"/etc/pam.d/sshd: not in it, session optional pam_systemd.so" },
	{ "B16 sshd", sshd_without_pam, "session.pam", VERDICT_WARN, "10-x.conf: UsePAM no" },
	{ "sshd asks PAM", sshd_with_pam, "session.pam", VERDICT_PASS, "" },
	{ "B15 masked", logind_masked, "session.logind", VERDICT_FAIL,
		"sudo systemctl unmask user@.service" },
	{ "B07 masked", bus_masked_for_all, "session.bus", VERDICT_FAIL, "--global unmask" },
	{ "B07 masked by the user", bus_masked_by_the_user, "session.bus", VERDICT_FAIL,
		"systemctl --user unmask --now dbus.socket" },
	{ "B07 masked, socket left", bus_masked_and_deaf, "session.bus", VERDICT_FAIL,
		"systemctl --user unmask --now dbus.socket" },
	{ "B07 stopped", bus_stopped, "session.bus", VERDICT_FAIL, "--user start dbus.socket" },
	{ "B15 Delegate=no", manager_without_delegation, "session.manager", VERDICT_FAIL,
		"user@.service.d/z.conf: Delegate=no" },
	{ "B15 left its socket", manager_died, "session.manager", VERDICT_FAIL,
		"no cgroup '/user.slice/user-1000.slice/user@1000.service'" },
	{ "B15 drop-ins", manager_with_dropins, "session.manager", VERDICT_FAIL, "x.conf" },
	{ "B04 of another", fallback_of_another, "session.tmp", VERDICT_WARN, "owner 1001" },
	{ "B04 left", fallback_left, "session.tmp", VERDICT_PASS, "" },
	{ "B04", fallback_used, "session.tmp", VERDICT_WARN, "podman stop -a" },
};

static void each_fault_fails_its_own_check_and_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		expect(&faults[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_fails_its_own_check_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
