/* SPDX-License-Identifier: Apache-2.0 */
/* checks/caller.c, and what idmap.c and idmap-tools.c judge of the process that asks. */
#include "check-host.h"

#include <errno.h>

static void from_su(void)
{
	host.context.kind = CONTEXT_SU;
	say(&host.context.cgroup, "/user.slice/user-0.slice/session-3.scope");
	host.context.runtime_dir_env.state = FACT_ABSENT;
	host.context.runtime_dir_env.value[0] = '\0';
}

static void from_su_on_systemd_247(void)
{
	from_su();
	host.cgroup.systemd_version = 247;
}

static void from_a_cgroup_of_nobody(void)
{
	from_su();
	host.context.kind = CONTEXT_OTHER;
	say(&host.context.cgroup, "/threads/one");
}

static void from_cron_with_manager(void)
{
	from_su();
	host.context.kind = CONTEXT_CRON;
	say(&host.context.runtime_dir_env, "/run/user/1000");
}

/* Everything of root's session that would be a fault of the user's. */
static void from_root(void)
{
	from_su();
	host.context.uid = 0;
	host.context.gid = number(0);
	host.context.no_new_privs = number(1);
	say(&host.context.user_env, "root");
	say(&host.context.home_env, "/root");
	say(&host.context.runtime_dir_env, "/run/user/0");
	say(&host.context.bus_env, "unix:path=/run/user/0/bus");
	host.context.cwd_error = EACCES;
	fail_probe(PROBE_MAP, EPERM, "newuidmap", "refused");
}

static void user_of_another(void)
{
	say(&host.context.user_env, "root");
}

static void home_of_another(void)
{
	say(&host.context.home_env, "/home/alice2");
}

static void home_with_slash(void)
{
	say(&host.context.home_env, "/home/alice/");
}

static void runtime_dir_of_another(void)
{
	say(&host.context.runtime_dir_env, "/run/user/0");
}

static void no_runtime_dir(void)
{
	host.context.runtime_dir_env = (struct fact_text){ .state = FACT_ABSENT };
}

static void bus_of_dbus_launch(void)
{
	say(&host.context.bus_env, "unix:abstract=/tmp/dbus-x");
}

static void cwd_of_root(void)
{
	say(&host.context.cwd, "/root");
	host.context.cwd_error = EACCES;
}

static void cwd_gone(void)
{
	say(&host.context.cwd, "");
	host.context.cwd_error = ENOENT;
}

static void cwd_hangs(void)
{
	host.context.cwd = (struct fact_text){ .error = ETIMEDOUT };
}

static void cwd_unknown(void)
{
	host.context.cwd = (struct fact_text){ .error = EMFILE };
}

static void group_of_newgrp(void)
{
	host.context.gid = number(100);
	fail_probe(PROBE_MAP, EPERM, "newuidmap", "Target process is owned by a different user");
}

static void group_unknown(void)
{
	host.context.gid = (struct fact_number){ .error = EACCES };
}

static void unit_without_privileges(void)
{
	host.context.no_new_privs = number(1);
	say(&host.context.unprivileged_by, "runner (99) in /system.slice/runner.service");
	fail_probe(PROBE_MAP, EPERM, "newuidmap", "refused");
}

static void groups_denied(void)
{
	say(&host.context.setgroups, "deny");
}

/* unshare -r */
static void root_of_one_id(void)
{
	groups_denied();
	host.user.uid = 0;
	host.context.uid = 0;
	for (int kind = 0; kind < IDMAP_KIND_COUNT; kind++)
		set_map(&host.idmap.outer[kind], 0, 1000, 1);
	host.tool.tools[TOOL_NEWUIDMAP].file.uid = 65534;
	host.tool.tools[TOOL_NEWGIDMAP].file.uid = 65534;
}

/* unshare -U */
static void no_ids(void)
{
	root_of_one_id();
	host.idmap.outer[IDMAP_UID].count = host.idmap.outer[IDMAP_GID].count = 0;
}

/* unshare -c */
static void one_id(void)
{
	root_of_one_id();
	host.user.uid = host.context.uid = ALICE;
}

static void path_of_cron(void)
{
	host.tool.tools[TOOL_NEWUIDMAP].in_path = host.tool.tools[TOOL_NEWGIDMAP].in_path = false;
}

static void path_of_root(void)
{
	path_of_cron();
	host.context.uid = 0;
}

static void account_expired(void)
{
	host.context.uid = 0;
	say(&host.user.account, "expired");
}

static void account_expired_and_no_manager(void)
{
	account_expired();
	host.session.manager = host.session.bus = absent();
}

static void password_expired(void)
{
	say(&host.user.account, "password");
}

static void account_hidden(void)
{
	host.user.account = (struct fact_text){ .error = EACCES };
}

static void account_hidden_from_another(void)
{
	account_hidden();
	host.context.uid = 1001;
}

static void helper_bound(void)
{
	fail_probe(PROBE_MAP, EPERM, "newuidmap", "error while loading shared libraries");
	say(&host.lsm.denial, "apparmor=\"DENIED\" operation=\"open\" profile=\"x\"");
}

static void helper_denied(void)
{
	helper_bound();
	say(&host.lsm.denial, "avc:  denied  { setuid } for  pid=9 comm=\"newuidmap\"");
}

static const struct fault faults[] = {
	{ "B01", from_su, "session.context", VERDICT_WARN, "session-3.scope" },
	{ "B01 on a newer systemd", from_su, "session.context", VERDICT_WARN,
		"systemd-run --user --machine=alice@.host" },
	{ "B01 on systemd 247", from_su_on_systemd_247, "session.context", VERDICT_WARN,
		"log in as the user, over ssh" },
	{ "B01, with a manager there", from_su, "session.context", VERDICT_WARN,
		"export XDG_RUNTIME_DIR=/run/user/1000" },
	{ "B01 says it once", from_su, "session.environment", VERDICT_PASS, "" },
	{ "C17", from_a_cgroup_of_nobody, "session.context", VERDICT_WARN, "/threads/one" },
	{ "B10 mended", from_cron_with_manager, "session.context", VERDICT_PASS, "own manager" },
	{ "root asks for alice", from_root, "session.context", VERDICT_PASS, "may differ" },
	{ "root's variables", from_root, "session.environment", VERDICT_SKIP, "of uid 0" },
	{ "root's directory", from_root, "session.cwd", VERDICT_SKIP, "of uid 0" },
	{ "root's group", from_root, "idmap.group", VERDICT_PASS, "" },
	{ "root's flag", from_root, "idmap.no-new-privs", VERDICT_SKIP, "the user's may" },
	{ "root's flag voids the try", from_root, "idmap.map", VERDICT_SKIP, "no-new-privs" },
	{ "A39", user_of_another, "session.environment", VERDICT_WARN, "$USER: root, alice" },
	{ "home", home_of_another, "session.environment", VERDICT_WARN, "HOME=/home/alice" },
	{ "home with a slash", home_with_slash, "session.environment", VERDICT_PASS, "" },
	{ "B02", runtime_dir_of_another, "session.environment", VERDICT_WARN, "/run/user/0" },
	{ "B04", no_runtime_dir, "session.environment", VERDICT_WARN, "below /tmp" },
	{ "B07 address", bus_of_dbus_launch, "session.environment", VERDICT_WARN, "abstract" },
	{ "B13", cwd_of_root, "session.cwd", VERDICT_FAIL, "'/root': Permission denied" },
	{ "B13 deleted", cwd_gone, "session.cwd", VERDICT_FAIL, "gone" },
	{ "B13 hung", cwd_hangs, "session.cwd", VERDICT_WARN, "hung" },
	{ "directory not known", cwd_unknown, "session.cwd", VERDICT_SKIP, "could not look" },
	{ "A14", group_of_newgrp, "idmap.group", VERDICT_FAIL, "Gid: 100" },
	{ "group not known", group_unknown, "idmap.group", VERDICT_PASS, "" },
	{ "A10 by a unit", unit_without_privileges, "idmap.no-new-privs", VERDICT_FAIL,
		"runner (99) in /system.slice/runner.service" },
	{ "A30", groups_denied, "idmap.setgroups", VERDICT_WARN, "deny" },
	{ "A29", root_of_one_id, "idmap.root", VERDICT_FAIL, "0 1000 1" },
	{ "A29 whose helpers lose all", root_of_one_id, "idmap.root", VERDICT_FAIL, "host's root" },
	{ "A29 without a map", no_ids, "idmap.root", VERDICT_FAIL, "(empty)" },
	{ "A29 not as root", one_id, "idmap.root", VERDICT_FAIL, "no ids can be given" },
	{ "A07 path", path_of_cron, "session.path", VERDICT_WARN,
		"export PATH=\"$PATH:/usr/bin\"" },
	{ "root's path", path_of_root, "session.path", VERDICT_SKIP, "of uid 0" },
	{ "B18", account_expired, "user.account", VERDICT_FAIL, "sudo chage -E -1 alice" },
	{ "B18 says it once", account_expired_and_no_manager, "user.account", VERDICT_FAIL, "" },
	{ "B18 password", password_expired, "user.account", VERDICT_FAIL, "sudo passwd alice" },
	{ "who asks was let in", account_hidden, "user.account", VERDICT_PASS, "" },
	{ "account hidden", account_hidden_from_another, "user.account", VERDICT_SKIP,
		"Permission" },
	{ "A06", helper_bound, "idmap.map", VERDICT_FAIL, "dmesg: apparmor=\"DENIED\"" },
	{ "A37 at the map", helper_denied, "idmap.map", VERDICT_FAIL, "setsebool" },
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
