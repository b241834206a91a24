/* SPDX-License-Identifier: Apache-2.0 */
/* What an admin may ask of a host beyond what is amiss: what is planned for it. */
#include "check-steps.h"

#include "checks/feature.h"

static struct plan plan;
static struct request request;

static int begin(void **state)
{
	(void)state;
	fine_host();
	request = request_default;
	return 0;
}

static int drop_plan(void **state)
{
	(void)state;
	plan_done(&plan);
	return 0;
}

static void a_later_file_is_not_fought_with(void **state)
{
	(void)state;
	keys_at_boot();
	plan_for(&plan, &request);
	assert_int_equal(plan.count, 0);
	set_boot(SYSCTL_MAX_KEYS, 50, 0, "/etc/sysctl.d/10-first.conf");
	plan_for(&plan, &request);
	assert_string_equal(planned(&plan, CHANGE_SYSCTL, "maxkeys")->text, "20000");
}

static void ping_is_opened_only_when_asked(void **state)
{
	(void)state;
	request.ping = true;
	plan_for(&plan, &request);
	assert_string_equal(
		planned(&plan, CHANGE_SYSCTL, "ping_group_range")->text, "0 2147483647");
	assert_non_null(strstr(planned(&plan, CHANGE_FILE, "60-rpod.conf")->text,
		"\nnet.ipv4.ping_group_range = 0 2147483647\n"));
	plan_done(&plan);
	ping_ours();
	plan_for(&plan, &request);
	assert_int_equal(plan.count, 0);
}

static void all_ports_cost_something_and_say_so(void **state)
{
	(void)state;
	request.weaken = REQUEST_LOW_PORTS;
	plan_for(&plan, &request);
	assert_int_equal(plan.count, 0);
	request.ports_all = true;
	plan_for(&plan, &request);
	assert_string_equal(planned(&plan, CHANGE_SYSCTL, "port_start")->text, "0");
	assert_non_null(planned(&plan, CHANGE_SYSCTL, "port_start")->cost);
	assert_non_null(planned(&plan, CHANGE_FILE, "60-rpod.conf")->cost);
}

static void restrict_userns(void)
{
	host.sysctl.keys[SYSCTL_APPARMOR_USERNS].live = number(1);
	host.lsm.apparmor_profile = absent();
	host.lsm.apparmor_abi = file(S_IFREG | 0644, 0);
}

static void the_restriction_of_apparmor_is_lifted_only_by_name(void **state)
{
	(void)state;
	restrict_userns();
	plan_for(&plan, &request);
	assert_null(planned(&plan, CHANGE_SYSCTL, "apparmor"));
	assert_non_null(planned(&plan, CHANGE_APPARMOR, "rpod"));
	plan_done(&plan);
	request.weaken = REQUEST_APPARMOR_USERNS;
	plan_for(&plan, &request);
	assert_string_equal(planned(&plan, CHANGE_SYSCTL, "apparmor")->text, "0");
	assert_non_null(strstr(planned(&plan, CHANGE_SYSCTL, "apparmor")->cost, "every program"));
	assert_null(planned(&plan, CHANGE_APPARMOR, "rpod"));
}

static void nothing_is_delegated(void)
{
	say(&host.cgroup.delegate.words, "pids memory");
	say(&host.cgroup.chain[3].controllers, "memory pids");
}

static void controllers_are_delegated_to_one_user_when_asked(void **state)
{
	(void)state;
	nothing_is_delegated();
	request.per_user = true;
	plan_for(&plan, &request);
	assert_non_null(
		planned(&plan, CHANGE_FILE, "/user@1000.service.d/60-rpod-delegate-user.conf"));
	assert_null(planned(&plan, CHANGE_FILE, "/user@.service.d/"));
	assert_non_null(planned(&plan, CHANGE_RELOAD, ""));
	assert_non_null(planned(&plan, CHANGE_DELEGATE, "alice"));
}

static void a_dropin_that_could_not_win_is_not_written(void **state)
{
	(void)state;
	delegation_emptied();
	plan_for(&plan, &request);
	assert_int_equal(plan.count, 0);
	(void)text_copy(host.cgroup.delegate.emptied, PATH_MAX,
		"/etc/systemd/system/user@.service.d/10-site.conf");
	plan_for(&plan, &request);
	assert_non_null(planned(&plan, CHANGE_FILE, "60-rpod-delegate.conf"));
}

static void a_feature_is_its_modules_now_and_at_boot(void **state)
{
	const struct change *file;

	(void)state;
	plan_for(&plan, &request);
	assert_int_equal(plan.count, 0);
	host.kernel.modules[KERNEL_IP_TABLES] = MODULE_ABSENT;
	request.features = 1u << FEATURE_BRIDGE | 1u << FEATURE_VXLAN;
	plan_for(&plan, &request);
	file = planned(&plan, CHANGE_FILE, "modules-load.d/rpod.conf");
	assert_non_null(file);
	assert_non_null(strstr(file->text, "\nbridge\nveth\nnf_tables\n"));
	assert_non_null(strstr(file->text, "\nvxlan\nbr_netfilter\n"));
	/* systemd would fail over a name it does not find */
	assert_null(strstr(file->text, "ip_tables"));
	assert_int_equal(planned(&plan, CHANGE_MODULE, "ip_tables")->number, 1);
	assert_int_equal(planned(&plan, CHANGE_MODULE, "bridge")->number, 0);
	assert_null(planned(&plan, CHANGE_MODULE, "fuse"));
}

static void a_tree_without_a_kernel_gets_what_no_kernel_lacks(void **state)
{
	const struct change *file;

	(void)state;
	for (int i = 0; i < KERNEL_MODULE_COUNT; i++)
		host.kernel.modules[i] = MODULE_UNKNOWN;
	host.live = false;
	request.features = 1u << FEATURE_BRIDGE;
	plan_for(&plan, &request);
	file = planned(&plan, CHANGE_FILE, "modules-load.d/rpod.conf");
	assert_non_null(file);
	assert_non_null(strstr(file->text, "\nnft_masq\n"));
	assert_null(strstr(file->text, "ip"));
}

static void a_private_root_is_left_to_who_made_it_so(void **state)
{
	(void)state;
	root_private();
	plan_for(&plan, &request);
	assert_int_equal(plan.count, 0);
	request.shared_mounts = true;
	plan_for(&plan, &request);
	assert_int_equal(planned(&plan, CHANGE_SHARE, "/")->number, 1);
	assert_non_null(planned(&plan, CHANGE_FILE, "rpod-rshared.service"));
	assert_non_null(planned(&plan, CHANGE_FILE, "multi-user.target.d/60-rpod-rshared.conf"));
	assert_non_null(planned(&plan, CHANGE_RELOAD, ""));
}

static void wsl_gets_a_boot_command_where_it_has_none(void **state)
{
	static const struct {
		const char *before, *after; /* NULL: it stays */
	} rows[] = {
		{ "", "[boot]\ncommand = mount --make-rshared /\n" },
		{ "[user]\ndefault=ann\n",
			"[user]\ndefault=ann\n\n[boot]\ncommand = mount --make-rshared /\n" },
		{ "[boot]\nsystemd=false\n[user]\ncommand=x\n",
			"[boot]\ncommand = mount --make-rshared /\nsystemd=false\n[user]\n"
			"command=x\n" },
		{ "[boot]\ncommand = service docker start\n", NULL },
		{ "[Boot]\n Command=x\n", NULL },
		{ "[bootx]\ncommand=x\n",
			"[bootx]\ncommand=x\n\n[boot]\ncommand = mount --make-rshared /\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct change *file;

		fine_host();
		root_private_in_wsl();
		host.mounts.wsl_conf = FACT_KNOWN;
		(void)text_copy(host.mounts.wsl, sizeof(host.mounts.wsl), rows[i].before);
		plan_for(&plan, &request);
		file = planned(&plan, CHANGE_FILE, "/etc/wsl.conf");
		if (!rows[i].after != !file)
			fail_msg("'%s' is %splanned", rows[i].before, file ? "" : "not ");
		if (file && strcmp(file->text, rows[i].after) != 0)
			fail_msg("'%s' becomes '%s'", rows[i].before, file->text);
		assert_int_equal(planned(&plan, CHANGE_SHARE, "/")->number, file ? 1 : 0);
		plan_done(&plan);
	}
}

static void ports_are_opened_in_the_firewall_that_runs(void **state)
{
	char *items[] = { (char[]){ "8080/tcp" }, (char[]){ "53/udp" } };
	const struct text_list ports = { .items = items, .count = 2 };

	(void)state;
	one_firewall();
	plan_for(&plan, &request);
	assert_int_equal(plan.count, 0);
	request.open_ports = &ports;
	plan_for(&plan, &request);
	assert_int_equal(plan.count, 2);
	assert_string_equal(planned(&plan, CHANGE_PORT, "8080/tcp")->text, "ufw");
	assert_string_equal(planned(&plan, CHANGE_PORT, "53/udp")->text, "ufw");
}

static void limits_share_a_file_and_raise_the_slice(void **state)
{
	const struct change *file;

	(void)state;
	request.nofile = 600000;
	request.tasks = 9000;
	(void)text_copy(host.manager.ours, MANAGER_OURS, "# x\n[Service]\nTasksMax=5\n");
	plan_for(&plan, &request);
	file = planned(&plan, CHANGE_FILE, "user@.service.d/60-rpod-limits.conf");
	assert_non_null(file);
	assert_string_equal(file->text, "# x\n[Service]\nTasksMax=9000\nLimitNOFILE=600000\n");
	file = planned(&plan, CHANGE_FILE, "user-.slice.d/60-rpod-limits.conf");
	assert_non_null(strstr(file->text, "undo'.\n[Slice]\nTasksMax=9000\n"));
	assert_int_equal(planned(&plan, CHANGE_LIMIT, "nofile")->number, 600000);
	assert_int_equal(planned(&plan, CHANGE_LIMIT, "tasks")->number, 9000);
}

static void files_are_told_to_pam_where_it_decides(void **state)
{
	const struct change *file;

	(void)state;
	request.nofile = 600000;
	host.manager.pam_limits = true;
	host.manager.init_nofile = (struct fact_number){ .state = FACT_KNOWN, .value = 1048576 };
	plan_for(&plan, &request);
	assert_null(planned(&plan, CHANGE_FILE, "limits.d"));
	plan_done(&plan);
	host.manager.init_nofile.value = 524288;
	plan_for(&plan, &request);
	file = planned(&plan, CHANGE_FILE, "/etc/security/limits.d/60-rpod.conf");
	assert_non_null(file);
	assert_non_null(strstr(file->text, "undo'.\n*\thard\tnofile\t600000\n"));
	(void)text_copy(host.manager.ours_login, MANAGER_OURS, file->text);
	plan_done(&plan);
	plan_for(&plan, &request);
	assert_null(planned(&plan, CHANGE_FILE, "limits.d"));
}

static void a_slice_that_has_enough_is_not_lowered(void **state)
{
	(void)state;
	request.tasks = 2000;
	plan_for(&plan, &request);
	assert_non_null(planned(&plan, CHANGE_FILE, "user@.service.d/60-rpod-limits.conf"));
	assert_null(planned(&plan, CHANGE_FILE, "slice"));
	plan_done(&plan);
	(void)text_copy(host.manager.ours, MANAGER_OURS, "[Service]\nTasksMax=2000\n");
	plan_for(&plan, &request);
	assert_int_equal(plan.count, 1); /* the running manager, which its kind looks at */
	assert_int_equal(plan.changes[0].kind, CHANGE_LIMIT);
}

static void install(const char *path)
{
	(void)text_copy(host.lsm.programs[host.lsm.program_count++], 256, path);
}

static void the_profile_names_our_programs_where_they_are(void **state)
{
	const struct change *profile;

	(void)state;
	restrict_userns();
	install("/opt/rpod/rpod");
	plan_for(&plan, &request);
	profile = planned(&plan, CHANGE_FILE, "/etc/apparmor.d/rpod");
	assert_non_null(profile);
	assert_non_null(strstr(profile->text,
		"\nabi <abi/4.0>,\ninclude <tunables/global>\n\nprofile rpod /opt/rpod/rpod "
		"flags=(unconfined) {\n  userns,\n"));
	plan_done(&plan);
	install("/usr/bin/rpod-doctor");
	plan_for(&plan, &request);
	assert_non_null(strstr(planned(&plan, CHANGE_FILE, "/etc/apparmor.d/rpod")->text,
		"\nprofile rpod /{opt/rpod/rpod,usr/bin/rpod-doctor} flags="));
	assert_int_equal(planned(&plan, CHANGE_APPARMOR, "rpod")->number, 1);
}

static void a_profile_of_ours_is_kept_up_and_one_of_others_left_alone(void **state)
{
	(void)state;
	restrict_userns();
	plan_for(&plan, &request);
	(void)text_copy(host.lsm.profile, sizeof(host.lsm.profile),
		planned(&plan, CHANGE_FILE, "/etc/apparmor.d/rpod")->text);
	plan_done(&plan);
	host.lsm.apparmor_profile = file(S_IFREG | 0644, 0);
	plan_for(&plan, &request);
	assert_int_equal(plan.count, 1); /* whether it is loaded its kind looks */
	assert_int_equal(planned(&plan, CHANGE_APPARMOR, "rpod")->number, 0);
	plan_done(&plan);
	install("/usr/bin/rpod");
	plan_for(&plan, &request);
	assert_non_null(planned(&plan, CHANGE_FILE, "/etc/apparmor.d/rpod"));
	plan_done(&plan);
	(void)text_copy(host.lsm.profile, sizeof(host.lsm.profile), "profile rpod /x { }\n");
	plan_for(&plan, &request);
	assert_int_equal(plan.count, 0);
}

static void a_tree_gets_the_profile_when_it_boots_restricted(void **state)
{
	(void)state;
	restrict_userns();
	host.sysctl.keys[SYSCTL_APPARMOR_USERNS].live.state = FACT_ABSENT;
	host.live = false;
	plan_for(&plan, &request);
	assert_null(planned(&plan, CHANGE_FILE, "apparmor"));
	set_boot(SYSCTL_APPARMOR_USERNS, 1, 0, "/usr/lib/sysctl.d/10-apparmor.conf");
	plan_for(&plan, &request);
	assert_non_null(planned(&plan, CHANGE_FILE, "/etc/apparmor.d/rpod"));
	plan_done(&plan);
	host.sysctl.keys[SYSCTL_APPARMOR_USERNS].boot.state = FACT_ABSENT;
	request.apparmor = true;
	plan_for(&plan, &request);
	assert_non_null(planned(&plan, CHANGE_FILE, "/etc/apparmor.d/rpod"));
}

static void a_bare_newuidmap_gets_what_its_packages_give_it(void **state)
{
	static const struct {
		enum os_family family;
		enum change_kind kind;
	} rows[] = {
		{ OS_DEBIAN, CHANGE_MODE },
		{ OS_ARCH, CHANGE_MODE },
		{ OS_REDHAT, CHANGE_CAPS },
		{ OS_SUSE, CHANGE_CAPS },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		fine_host();
		set_tool(TOOL_NEWUIDMAP, "/usr/bin/newuidmap", 0755);
		host.os.family = rows[i].family;
		plan_for(&plan, &request);
		assert_int_equal(plan.count, 1);
		assert_int_equal(plan.changes[0].kind, rows[i].kind);
		if (rows[i].kind == CHANGE_CAPS)
			assert_int_equal(plan.changes[0].number, 1 << 7);
		plan_done(&plan);
	}
}

static void a_tree_may_be_mounted_nosuid_now(void **state)
{
	(void)state;
	host.tool.tools[TOOL_NEWUIDMAP].file.fs_flags = ST_NOSUID;
	assert_int_equal(judged("idmap.newuidmap")->kind, VERDICT_FAIL);
	plan_for(&plan, &request);
	assert_int_equal(plan.count, 0);
	host.live = false;
	assert_int_equal(judged("idmap.newuidmap")->kind, VERDICT_PASS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, drop_plan)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_later_file_is_not_fought_with),
		TEST(ping_is_opened_only_when_asked),
		TEST(all_ports_cost_something_and_say_so),
		TEST(the_restriction_of_apparmor_is_lifted_only_by_name),
		TEST(controllers_are_delegated_to_one_user_when_asked),
		TEST(a_dropin_that_could_not_win_is_not_written),
		TEST(a_feature_is_its_modules_now_and_at_boot),
		TEST(a_tree_without_a_kernel_gets_what_no_kernel_lacks),
		TEST(a_private_root_is_left_to_who_made_it_so),
		TEST(wsl_gets_a_boot_command_where_it_has_none),
		TEST(ports_are_opened_in_the_firewall_that_runs),
		TEST(limits_share_a_file_and_raise_the_slice),
		TEST(files_are_told_to_pam_where_it_decides),
		TEST(a_slice_that_has_enough_is_not_lowered),
		TEST(the_profile_names_our_programs_where_they_are),
		TEST(a_profile_of_ours_is_kept_up_and_one_of_others_left_alone),
		TEST(a_tree_gets_the_profile_when_it_boots_restricted),
		TEST(a_bare_newuidmap_gets_what_its_packages_give_it),
		TEST(a_tree_may_be_mounted_nosuid_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
