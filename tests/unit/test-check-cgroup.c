/* SPDX-License-Identifier: Apache-2.0 */
#include "check-session.h"

#include <errno.h>

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

static void no_subcgroup_from_root(void)
{
	logged_out();
	no_subcgroup_from_su();
	host.context.uid = 0;
}

static void no_subcgroup_from_su_after_he_left(void)
{
	logged_out();
	no_subcgroup_from_su();
}

static const struct fault faults[] = {
	{ "C01", version_1, "cgroup.v2", VERDICT_FAIL, "unified_cgroup_hierarchy=0" },
	{ "C01 by setup", version_1, "cgroup.v2", VERDICT_FAIL, "--only cgroup.v2 host" },
	{ "C01 as a guest", version_1_as_guest, "cgroup.v2", VERDICT_WARN, "version 1" },
	{ "C01 without systemd", version_1_without_systemd, "cgroup.v2", VERDICT_WARN,
		"version 1" },
	{ "C01 in WSL", version_1_on_windows, "cgroup.v2", VERDICT_WARN,
		"kernelCommandLine = cgroup_no_v1=all" },
	{ "C01 forced on systemd 257", version_1_forced, "cgroup.v2", VERDICT_FAIL,
		"take SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=" },
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
	{ "C12 after he left", no_subcgroup_from_su_after_he_left, "cgroup.subcgroup", VERDICT_SKIP,
		"has no manager" },
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
	{ "C16 is mended", inner_process, "cgroup.nodes", VERDICT_FAIL,
		"sudo systemctl restart user@1000" },
	{ "processes that do not matter", process_beside, "cgroup.nodes", VERDICT_PASS, "" },
	{ "frozen", frozen, "cgroup.nodes", VERDICT_FAIL, "sudo systemctl thaw user.slice" },
	{ "no room", no_descendants, "cgroup.nodes", VERDICT_FAIL, "12, of which 11 are there" },
	{ "no depth", no_depth, "cgroup.nodes", VERDICT_FAIL, "cgroup.max.depth" },
	{ "room", room_enough, "cgroup.nodes", VERDICT_PASS, "" },
	{ "C13 nearly", tasks_used, "cgroup.nodes", VERDICT_WARN, "1901 of 2000" },
	{ "C17 namespace", outside_the_namespace, "cgroup.subcgroup", VERDICT_FAIL, "/../.." },
};

static void each_fault_fails_its_own_check_and_no_other(void **state)
{
	(void)state;
	expect_each(faults, ARRAY_SIZE(faults));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_fails_its_own_check_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
