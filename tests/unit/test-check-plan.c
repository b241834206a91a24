/* SPDX-License-Identifier: Apache-2.0 */
#include "check-host.h"

#include <errno.h>
#include <stdio.h>

static struct plan plan;

static int drop_plan(void **state)
{
	(void)state;
	plan_done(&plan);
	return 0;
}

static void a_fine_host_as_asked_gets_no_change(void **state)
{
	(void)state;
	fine_host();
	plan_for(&plan, &request_default);
	if (plan.count > 0)
		fail_msg("%s wants '%s%s'", plan.changes[0].check, plan.changes[0].path,
			plan.changes[0].name);
}

static void a_missing_user_is_planned_with_all_that_follows(void **state)
{
	const struct request request = {
		.home = "/data/carol",
		.subid_count = 65536,
		.controllers = "cpu cpuset io memory pids",
	};
	const struct change *user;

	(void)state;
	fine_host();
	host.user = (struct user){ .state = FACT_ABSENT, .name = "carol" };
	for (int kind = 0; kind < IDMAP_KIND_COUNT; kind++)
		set_ranges(kind, NULL, 0);
	host.session = (struct session){ .bus_unit = absent() };
	set_tool(TOOL_PODMAN, "/usr/bin/podman", 0755);
	plan_for(&plan, &request);
	user = planned(&plan, CHANGE_USER, "carol");
	assert_non_null(user);
	assert_string_equal(user->path, "/data/carol");
	assert_non_null(planned(&plan, CHANGE_SUBID, "carol"));
	assert_int_equal(planned(&plan, CHANGE_SUBID, "carol")->number, 100000);
	assert_non_null(planned(&plan, CHANGE_LINGER, "carol"));
	assert_non_null(planned(&plan, CHANGE_PACKAGE, "dbus-user-session"));
	assert_non_null(planned(&plan, CHANGE_USER_FILE, "/data/carol/.config/containers/"));
}

static void a_user_with_a_bad_name_is_not_planned(void **state)
{
	(void)state;
	fine_host();
	host.user = (struct user){ .state = FACT_ABSENT, .name = "no:name" };
	plan_for(&plan, &request_default);
	assert_null(planned(&plan, CHANGE_USER, "no"));
	assert_string_equal(judged("user.exists")->fix[0],
		"choose a name of lower case letters, digits, '_' and '-'");
}

static void what_hangs_on_an_unwanted_mend_is_not_planned(void **state)
{
	bool wanted[ROWS] = { false };

	(void)state;
	fine_host();
	host.user.state = FACT_ABSENT;
	host.session.linger = absent();
	check_judge(&host, NULL, verdicts);
	wanted[index_of("session.linger")] = true;
	plan_mend(&plan, &host, &request_default, verdicts, wanted);
	assert_int_equal(plan.count, 0);
}

static void settings_share_one_file_and_keep_its_lines(void **state)
{
	const struct change *c;

	(void)state;
	fine_host();
	host.sysctl.keys[SYSCTL_MAX_USER_NAMESPACES].live = number(0);
	host.sysctl.keys[SYSCTL_MAX_KEYS].live = number(6);
	(void)text_copy(host.sysctl.ours, sizeof(host.sysctl.ours),
		"# mine\nnet.ipv4.ip_unprivileged_port_start = 80\nkernel.keys.maxkeys=3\n");
	plan_for(&plan, &request_default);
	c = planned(&plan, CHANGE_FILE, "60-rpod.conf");
	assert_non_null(c);
	assert_string_equal(c->text, "# mine\nnet.ipv4.ip_unprivileged_port_start = 80\n"
				     "kernel.keys.maxkeys = 20000\n"
				     "user.max_user_namespaces = 28633\n");
	assert_string_equal(planned(&plan, CHANGE_SYSCTL, "max_user_namespaces")->text, "28633");
	assert_string_equal(planned(&plan, CHANGE_SYSCTL, "maxkeys")->text, "20000");
}

static void a_new_drop_in_says_who_wrote_it(void **state)
{
	(void)state;
	fine_host();
	host.sysctl.keys[SYSCTL_USERNS_CLONE].live = number(0);
	plan_for(&plan, &request_default);
	assert_non_null(
		strstr(planned(&plan, CHANGE_FILE, "60-rpod.conf")->text, "rpod-setup undo"));
	assert_non_null(strstr(plan.changes[0].text, "\nkernel.unprivileged_userns_clone = 1\n"));
}

static void ports_are_opened_only_when_asked(void **state)
{
	const struct request request = { .subid_count = 65536, .ports_from = 80 };

	(void)state;
	fine_host();
	plan_for(&plan, &request);
	assert_string_equal(planned(&plan, CHANGE_SYSCTL, "port_start")->text, "80");
	plan_done(&plan);
	host.sysctl.keys[SYSCTL_PORT_START].live = number(80);
	host.sysctl.keys[SYSCTL_PORT_START].boot = number(80);
	plan_for(&plan, &request);
	assert_int_equal(plan.count, 0);
}

static void controllers_are_delegated_until_the_manager_has_them(void **state)
{
	const struct change *unit;

	(void)state;
	fine_host();
	say(&host.cgroup.delegate.words, "pids memory cpu");
	say(&host.cgroup.chain[3].controllers, "cpu memory pids");
	plan_for(&plan, &request_default);
	unit = planned(&plan, CHANGE_FILE, "user@.service.d/60-rpod-delegate.conf");
	assert_non_null(unit);
	assert_non_null(strstr(unit->text, "\n[Service]\nDelegate=cpu cpuset io memory pids\n"));
	assert_non_null(planned(&plan, CHANGE_RELOAD, ""));
	assert_non_null(planned(&plan, CHANGE_DELEGATE, "alice"));
	plan_done(&plan);
	say(&host.cgroup.delegate.words, "pids memory cpu cpuset io");
	plan_for(&plan, &request_default);
	assert_int_equal(plan.count, 1);
	assert_int_equal(plan.changes[0].kind, CHANGE_DELEGATE);
}

static void what_the_kernel_lacks_is_not_delegated_for_ever(void **state)
{
	(void)state;
	fine_host();
	for (size_t i = 0; i < host.cgroup.count; i++)
		say(&host.cgroup.chain[i].controllers, "cpu memory pids");
	plan_for(&plan, &request_default);
	assert_int_equal(plan.count, 0);
}

static void a_tree_gets_files_and_no_live_change(void **state)
{
	(void)state;
	fine_host();
	host.live = false;
	host.context.systemd = false;
	host.probe = (struct probes){ .asked = PROBE_ALL };
	say(&host.cgroup.delegate.words, "pids memory");
	host.cgroup.version = CGROUP_UNKNOWN;
	host.cgroup.count = 0;
	host.session.linger = absent();
	plan_for(&plan, &request_default);
	assert_non_null(planned(&plan, CHANGE_FILE, "60-rpod-delegate.conf"));
	assert_non_null(planned(&plan, CHANGE_LINGER, "alice"));
	assert_null(planned(&plan, CHANGE_DELEGATE, ""));
	assert_null(planned(&plan, CHANGE_KERNEL_ARG, ""));
}

static void version_1_gets_an_argument_and_the_drop_in_at_once(void **state)
{
	(void)state;
	fine_host();
	host.cgroup.version = CGROUP_V1;
	host.cgroup.count = 0;
	say(&host.cgroup.delegate.words, "pids memory");
	plan_for(&plan, &request_default);
	assert_non_null(planned(&plan, CHANGE_KERNEL_ARG, "systemd.unified_cgroup_hierarchy=1"));
	assert_non_null(planned(&plan, CHANGE_FILE, "60-rpod-delegate.conf"));
}

static void a_guest_is_left_its_kernel_and_its_cgroups(void **state)
{
	(void)state;
	fine_host();
	host.cgroup.version = CGROUP_V1;
	host.cgroup.count = 0;
	say(&host.cgroup.delegate.words, "pids memory");
	say(&host.context.container, "docker");
	plan_for(&plan, &request_default);
	assert_int_equal(plan.count, 0);
}

static void changes_come_in_the_order_of_doing(void **state)
{
	(void)state;
	fine_host();
	host.session.linger = absent();
	host.sysctl.keys[SYSCTL_MAX_USER_NAMESPACES].live = number(0);
	host.tool.tools[TOOL_PASTA] = (struct tool){ .file = absent() };
	host.tool.tools[TOOL_NEWUIDMAP].file.mode &= ~(mode_t)S_ISUID;
	say(&host.cgroup.delegate.words, "pids");
	plan_for(&plan, &request_default);
	assert_int_equal(plan.changes[0].kind, CHANGE_PACKAGE);
	assert_int_equal(plan.changes[1].kind, CHANGE_MODE);
	assert_int_equal(plan.changes[1].mode, 04755);
	assert_int_equal(plan.changes[plan.count - 2].kind, CHANGE_LINGER);
	assert_int_equal(plan.changes[plan.count - 1].kind, CHANGE_DELEGATE);
	for (size_t i = 0; i < plan.count; i++)
		assert_non_null(check_find(plan.changes[i].check));
}

static void the_same_change_twice_is_one(void **state)
{
	(void)state;
	plan_linger(&plan, "alice");
	plan_linger(&plan, "alice");
	plan_linger(&plan, "bob");
	plan_module(&plan, "tun");
	plan_module(&plan, "tun");
	plan_module(&plan, "tunnel");
	assert_int_equal(plan.count, 5);
	assert_non_null(strstr(planned(&plan, CHANGE_FILE, "rpod.conf")->text, "\ntun\ntunnel\n"));
	assert_false(plan.failed);
}

static void immutable_hosts_get_packages_and_keep_their_programs(void **state)
{
	(void)state;
	fine_host();
	host.os.ostree = true;
	host.tool.tools[TOOL_NEWUIDMAP].file.mode &= ~(mode_t)S_ISUID;
	host.tool.tools[TOOL_PASTA] = (struct tool){ .file = absent() };
	plan_for(&plan, &request_default);
	assert_int_equal(plan.count, 1);
	assert_non_null(planned(&plan, CHANGE_PACKAGE, "passt"));
}

static void a_configuration_is_written_once_and_names_what_is_there(void **state)
{
	(void)state;
	fine_host();
	set_tool(TOOL_PODMAN, "/usr/bin/podman", 0755);
	plan_for(&plan, &request_default);
	assert_non_null(strstr(planned(&plan, CHANGE_USER_FILE, "/home/alice/.config")->text,
		"cgroup_manager = \"systemd\"\n"));
	assert_null(strstr(plan.changes[0].text, "runtime"));
	plan_done(&plan);
	set_tool(TOOL_CRUN, "/usr/bin/crun", 0755);
	plan_for(&plan, &request_default);
	assert_non_null(strstr(plan.changes[0].text, "runtime = \"crun\"\n"));
	plan_done(&plan);
	say(&host.config.cgroup_manager, "cgroupfs");
	plan_for(&plan, &request_default);
	assert_int_equal(plan.count, 0);
}

#define PLAN_TEST(name) cmocka_unit_test_teardown(name, drop_plan)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN_TEST(a_fine_host_as_asked_gets_no_change),
		PLAN_TEST(a_missing_user_is_planned_with_all_that_follows),
		PLAN_TEST(a_user_with_a_bad_name_is_not_planned),
		PLAN_TEST(what_hangs_on_an_unwanted_mend_is_not_planned),
		PLAN_TEST(settings_share_one_file_and_keep_its_lines),
		PLAN_TEST(a_new_drop_in_says_who_wrote_it),
		PLAN_TEST(ports_are_opened_only_when_asked),
		PLAN_TEST(controllers_are_delegated_until_the_manager_has_them),
		PLAN_TEST(what_the_kernel_lacks_is_not_delegated_for_ever),
		PLAN_TEST(a_tree_gets_files_and_no_live_change),
		PLAN_TEST(version_1_gets_an_argument_and_the_drop_in_at_once),
		PLAN_TEST(a_guest_is_left_its_kernel_and_its_cgroups),
		PLAN_TEST(changes_come_in_the_order_of_doing),
		PLAN_TEST(the_same_change_twice_is_one),
		PLAN_TEST(immutable_hosts_get_packages_and_keep_their_programs),
		PLAN_TEST(a_configuration_is_written_once_and_names_what_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
