/* SPDX-License-Identifier: Apache-2.0 */
/* host/os.h, kernel.h, user.h, context.h, tool.h, session.h */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/context.h"
#include "host/firewall.h"
#include "host/kernel.h"
#include "host/os.h"
#include "host/session.h"
#include "host/tool.h"
#include "host/user.h"
#include "tree.h"

static const struct user alice = { .state = FACT_KNOWN, .name = "alice", .uid = 1000 };

static void distributions_are_known_by_id_or_likeness(void **state)
{
	static const struct {
		const char *text;
		enum os_family family;
		const char *version, *command;
	} rows[] = {
		{ "ID=debian\nVERSION_ID=\"12\"\n", OS_DEBIAN, "12", "apt-get install uidmap" },
		{ "ID=pop\nID_LIKE=\"ubuntu debian\"\n", OS_DEBIAN, "", "apt-get install uidmap" },
		{ "ID=\"rocky\"\nVERSION_ID=9.4\n", OS_REDHAT, "9.4", "dnf install shadow-utils" },
		{ "ID=ol\nID_LIKE='fedora'\r\n", OS_REDHAT, "", "dnf install shadow-utils" },
		{ "ID=opensuse-leap\n", OS_SUSE, "", "zypper install shadow" },
		{ "ID=opensuse-microos\nID_LIKE=\"suse opensuse\"\n", OS_SUSE, "",
			"transactional-update pkg install shadow" },
		{ "ID=arch\n", OS_ARCH, "", "pacman -S shadow" },
		{ "ID=alpine\n", OS_ALPINE, "", "apk add shadow-uidmap" },
		{ "ID=nixos\n", OS_NIXOS, "", NULL },
		{ "ID=debianish\n", OS_OTHER, "", NULL },
		{ "NOT_ID=debian\n", OS_OTHER, "", NULL },
		{ "", OS_OTHER, "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct os os = { 0 };
		const char *command;

		os_parse(&os, rows[i].text, strlen(rows[i].text));
		assert_int_equal(os.family, rows[i].family);
		assert_string_equal(os.version, rows[i].version);
		command = os_install_command(&os, OS_PACKAGE_UIDMAP);
		if (rows[i].command)
			assert_string_equal(command, rows[i].command);
		else
			assert_null(command);
	}
}

static void quotes_and_escapes_are_undone(void **state)
{
	static const char text[] = "PRETTY_NAME=\"A \\\"B\\\" \\$C\"\nID='x'y\n";
	struct os os = { 0 };

	(void)state;
	os_parse(&os, text, strlen(text));
	assert_string_equal(os.pretty, "A \"B\" $C");
	assert_string_equal(os.id, "xy");
}

static void images_are_told_from_packages(void **state)
{
	struct tree t;
	struct os os;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/usr/lib/os-release", "ID=fedora\n");
	tree_file(&t, "/run/ostree-booted", "");
	os_read(&os, tree_host(&t, ""));
	tree_done(&t);
	assert_int_equal(os.state, FACT_KNOWN);
	assert_true(os.ostree);
	assert_string_equal(
		os_install_command(&os, OS_PACKAGE_PASTA), "rpm-ostree install --apply-live passt");
}

static void modules_are_loaded_builtin_loadable_or_absent(void **state)
{
	struct tree t;
	struct kernel k;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/proc/modules", "fuse 184320 1 - Live 0x0\nfusectl 1 0\n");
	tree_file(&t, "/proc/filesystems", "nodev\tproc\nnodev\toverlayfs\n\tfuseblk\n");
	tree_file(&t, "/lib/modules/6.1.0-44-amd64/modules.builtin", "kernel/fs/ext4/ext4.ko\n");
	tree_file(&t, "/lib/modules/6.1.0-44-amd64/kernel/drivers/net/tun.ko.xz", "");
	tree_file(&t, "/etc/modules-load.d/rpod.conf", "# ours\ntun\noverlay2\n");
	tree_file(&t, "/etc/modules", "fuse\n");
	tree_file(&t, "/proc/self/status", "Name:\tx\n");
	kernel_read(&k, tree_host(&t, "uname\t0\t6.1.0-44-amd64 x86_64\n"));
	tree_done(&t);
	assert_string_equal(k.release.value, "6.1.0-44-amd64");
	assert_string_equal(k.machine, "x86_64");
	assert_true(kernel_at_least(&k, 6, 1) && kernel_at_least(&k, 5, 10));
	assert_false(kernel_at_least(&k, 6, 2));
	assert_int_equal(k.modules[KERNEL_FUSE], MODULE_LOADED);
	assert_int_equal(k.modules[KERNEL_OVERLAY], MODULE_ABSENT);
	assert_int_equal(k.modules[KERNEL_TUN], MODULE_LOADABLE);
	assert_true(k.modules_at_boot[KERNEL_TUN] && k.modules_at_boot[KERNEL_FUSE]);
	assert_false(k.modules_at_boot[KERNEL_OVERLAY]);
	assert_int_equal(k.modules_dir, FACT_KNOWN);
	assert_false(k.user_namespaces); /* /proc is there, ns/user is not */
}

static void a_registered_file_system_without_module_is_builtin(void **state)
{
	struct tree t;
	struct kernel k;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/proc/filesystems", "nodev\toverlay\n");
	tree_link(&t, "/proc/self/ns/user", "user:[4026531837]");
	kernel_read(&k, tree_host(&t, "uname\t0\t6.18.44-fc x86_64\n"));
	tree_done(&t);
	assert_int_equal(k.modules[KERNEL_OVERLAY], MODULE_BUILTIN);
	assert_int_equal(k.modules_dir, FACT_ABSENT);
	assert_true(k.user_namespaces);
}

/* What the kernel writes with '_' people write with '-'; some modules moved between versions. */
static void modules_are_found_under_their_other_names(void **state)
{
	struct tree t;
	struct kernel k;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/proc/modules", "br_netfilter 32768 0 - Live 0x0\n");
	tree_file(&t, "/sys/module/bridge/refcnt", "0\n");
	tree_file(&t, "/proc/net/ip_tables_names", "");
	tree_file(&t, "/lib/modules/6.1.0/modules.builtin",
		"kernel/net/netfilter/nf-tables.ko\nkernel/drivers/net/veth.ko\n");
	tree_file(&t, "/lib/modules/6.1.0/kernel/drivers/net/vxlan.ko.gz", "");
	tree_file(&t, "/etc/modules-load.d/x.conf", "br-netfilter # comment\nvxlan-x\n");
	kernel_read(&k, tree_host(&t, "uname\t0\t6.1.0 x86_64\n"));
	tree_done(&t);
	assert_int_equal(k.modules[KERNEL_BR_NETFILTER], MODULE_LOADED);
	assert_int_equal(k.modules[KERNEL_BRIDGE], MODULE_BUILTIN);
	assert_int_equal(k.modules[KERNEL_NF_TABLES], MODULE_BUILTIN);
	assert_int_equal(k.modules[KERNEL_VETH], MODULE_BUILTIN);
	assert_int_equal(k.modules[KERNEL_VXLAN], MODULE_LOADABLE);
	assert_int_equal(k.modules[KERNEL_IP_TABLES], MODULE_BUILTIN);
	assert_int_equal(k.modules[KERNEL_IPTABLE_NAT], MODULE_ABSENT);
	assert_true(k.modules_at_boot[KERNEL_BR_NETFILTER]);
	assert_false(k.modules_at_boot[KERNEL_VXLAN]);
}

static void an_image_has_the_modules_of_its_own_kernel(void **state)
{
	struct tree t;
	struct kernel k;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/lib/modules/6.1.0/kernel/drivers/net/veth.ko", "");
	tree_file(&t, "/lib/modules/6.1.0/modules.builtin", "kernel/net/bridge/bridge.ko\n");
	kernel_read(&k, tree_open(&t));
	tree_done(&t);
	assert_string_equal(k.release.value, "6.1.0");
	assert_int_equal(k.modules[KERNEL_VETH], MODULE_LOADABLE);
	assert_int_equal(k.modules[KERNEL_BRIDGE], MODULE_BUILTIN);
	assert_int_equal(k.modules[KERNEL_IP_TABLES], MODULE_ABSENT);
}

static void a_firewall_is_on_when_its_service_runs_or_its_file_says_so(void **state)
{
	static const struct {
		const char *path, *text;
		enum fact_state firewalld, ufw;
	} rows[] = {
		{ "/etc/x", "", FACT_ABSENT, FACT_ABSENT },
		{ "/sys/fs/cgroup/system.slice/firewalld.service/x", "", FACT_KNOWN, FACT_ABSENT },
		{ "/sys/fs/cgroup/systemd/system.slice/firewalld.service/x", "", FACT_KNOWN,
			FACT_ABSENT },
		{ "/etc/ufw/ufw.conf", "# no\nENABLED=yes\nLOGLEVEL=low\n", FACT_ABSENT,
			FACT_KNOWN },
		{ "/etc/ufw/ufw.conf", "ENABLED=\"yes\"\n", FACT_ABSENT, FACT_KNOWN },
		{ "/etc/ufw/ufw.conf", "ENABLED=\"\n", FACT_ABSENT, FACT_ABSENT },
		{ "/etc/ufw/ufw.conf", "ENABLED=no\n", FACT_ABSENT, FACT_ABSENT },
		{ "/etc/ufw/ufw.conf", "#ENABLED=yes\n", FACT_ABSENT, FACT_ABSENT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct firewall firewall;
		struct tree t;

		tree_make(&t);
		tree_file(&t, rows[i].path, rows[i].text);
		firewall_read(&firewall, tree_host(&t, ""));
		tree_done(&t);
		if (firewall.firewalld != rows[i].firewalld || firewall.ufw != rows[i].ufw)
			fail_msg("'%s': %d %d", rows[i].path, firewall.firewalld, firewall.ufw);
	}
}

static void an_image_does_not_know_the_running_kernel(void **state)
{
	struct tree t;
	struct kernel k;

	(void)state;
	tree_make(&t);
	kernel_read(&k, tree_open(&t));
	tree_done(&t);
	assert_int_equal(k.release.state, FACT_UNKNOWN);
	assert_int_equal(k.modules[KERNEL_OVERLAY], MODULE_UNKNOWN);
	assert_true(k.user_namespaces); /* nothing says otherwise */
}

static void an_image_boots_the_newest_of_its_kernels(void **state)
{
	struct tree t;
	struct kernel k;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/lib/modules/5.9.0-9-amd64/modules.builtin", "");
	tree_file(&t, "/lib/modules/5.10.0-32-amd64/kernel/fs/fuse/fuse.ko", "");
	tree_file(&t, "/lib/modules/extra/x.ko", "");
	kernel_read(&k, tree_open(&t));
	tree_done(&t);
	assert_string_equal(k.release.value, "5.10.0-32-amd64");
	assert_false(kernel_at_least(&k, 5, 11));
	assert_true(kernel_at_least(&k, 5, 10));
	assert_int_equal(k.modules[KERNEL_FUSE], MODULE_LOADABLE);
}

static void user_names_follow_useradds_rule(void **state)
{
	static const char *const good[] = { "a", "_x", "alice", "a-b_c9", "host$" };
	static const char *const bad[] = { "", "1a", "-a", "Alice", "a b", "a:b", "a/b", "$", "a$b",
		"abcdefghijklmnopqrstuvwxyz1234567", "al\xc3\xad", "a\n", "root;id" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(user_name_is_valid(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(user_name_is_valid(bad[i]));
}

static void a_trees_users_are_in_its_passwd(void **state)
{
	struct tree t;
	struct user found, usr, none, broken, caller;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/etc/passwd",
		"root:x:0:0::/root:/bin/sh\nalice:x:1000:100:A,,:/home/alice:/bin/"
		"bash\nbob:x:y:1::/:\n");
	tree_file(&t, "/usr/lib/passwd", "core:x:500:500::/var/home/core:/bin/bash\n");
	tree_file(&t, "/etc/group", "users:x:100:\n");
	(void)tree_open(&t);
	user_read(&found, &t.root, "alice");
	user_read(&usr, &t.root, "core");
	user_read(&none, &t.root, "eve");
	user_read(&broken, &t.root, "bob");
	user_read(&caller, &t.root, NULL);
	tree_done(&t);
	assert_int_equal(found.state, FACT_KNOWN);
	assert_int_equal(found.uid, 1000);
	assert_string_equal(found.home, "/home/alice");
	assert_string_equal(found.shell, "/bin/bash");
	assert_string_equal(found.group, "users");
	assert_int_equal(usr.uid, 500);
	assert_string_equal(usr.group, "");
	assert_int_equal(none.state, FACT_ABSENT);
	assert_string_equal(none.name, "eve");
	assert_int_equal(broken.state, FACT_UNKNOWN);
	assert_int_equal(caller.state, FACT_UNKNOWN);
}

static void the_caller_on_a_live_host_is_the_real_uid(void **state)
{
	struct root live;
	struct user user;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(root_open("/", &live, &err), 0);
	user_read(&user, &live, NULL);
	root_close(&live);
	assert_int_equal(user.uid, getuid());
}

static void the_context_is_named_by_the_cgroup(void **state)
{
	static const struct {
		const char *cgroup;
		enum context_kind kind;
	} rows[] = {
		{ "0::/user.slice/user-1000.slice/session-3.scope\n", CONTEXT_LOGIN },
		{ "0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.scope\n",
			CONTEXT_MANAGER },
		{ "0::/user.slice/user-0.slice/session-1.scope\n", CONTEXT_SU },
		{ "0::/user.slice/user-100.slice/user@100.service/a.scope\n", CONTEXT_SU },
		{ "0::/system.slice/cron.service\n", CONTEXT_CRON },
		{ "0::/system.slice/crond.service\n", CONTEXT_CRON },
		{ "0::/system.slice/atd.service\n", CONTEXT_AT },
		{ "0::/system.slice/web.service\n", CONTEXT_UNIT },
		{ "0::/system.slice/notatd.service\n", CONTEXT_UNIT },
		{ "0::/init.scope\n", CONTEXT_OTHER },
		{ "0::/../two\n", CONTEXT_OTHER },
		{ "0::/\n", CONTEXT_UNKNOWN },
		{ "0::/user.slice/user-1000.slice/mine.scope\n", CONTEXT_UNKNOWN },
		{ "9:memory:/user.slice\n1:name=systemd:/user.slice/user-1000.slice/"
		  "session-3.scope\n0::/\n",
			CONTEXT_LOGIN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tree t;
		struct context c;

		tree_make(&t);
		tree_file(&t, "/proc/self/cgroup", rows[i].cgroup);
		tree_file(&t, "/run/systemd/system/x", "");
		context_read(&c, tree_host(&t, ""), &alice);
		tree_done(&t);
		if (c.kind != rows[i].kind)
			fail_msg("'%s': %s", rows[i].cgroup, context_kind_words(c.kind));
	}
}

static void the_context_reads_status_and_environment(void **state)
{
	struct tree t;
	struct context c;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/proc/self/status",
		"Name:\tx\nUid:\t1000\t0\t0\t0\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:"
		"\t3\n");
	tree_file(&t, "/run/systemd/container", "lxc\n");
	context_read(
		&c, tree_host(&t, "env USER\t0\troot\nenv XDG_RUNTIME_DIR\tENOENT\t\n"), &alice);
	tree_done(&t);
	assert_int_equal(c.uid, 1000);
	assert_int_equal(c.no_new_privs.value, 1);
	assert_int_equal(c.seccomp.value, 2);
	assert_string_equal(c.container.value, "lxc");
	assert_string_equal(c.user_env.value, "root");
	assert_int_equal(c.runtime_dir_env.state, FACT_ABSENT);
	assert_int_equal(c.kind, CONTEXT_CONTAINER);
}

static void a_container_is_known_by_what_its_manager_puts_there(void **state)
{
	static const struct {
		const char *path, *content, *answers, *name; /* name "": none */
		enum context_kind kind;
	} rows[] = {
		{ "/run/systemd/container", "systemd-nspawn\n", "", "systemd-nspawn",
			CONTEXT_CONTAINER },
		{ "/run/host/container-manager", "podman\n", "", "podman", CONTEXT_CONTAINER },
		{ "/run/.containerenv", "", "", "podman", CONTEXT_CONTAINER },
		{ "/.dockerenv", "", "", "docker", CONTEXT_CONTAINER },
		{ "/etc/x", "", "env container\t0\tlxc\n", "lxc", CONTEXT_CONTAINER },
		{ "/etc/x", "", "env container\t0\tmine\n", "", CONTEXT_NONE },
		{ "/etc/x", "", "env KUBERNETES_SERVICE_HOST\t0\t10.0.0.1\n", "kubernetes",
			CONTEXT_CONTAINER },
		{ "/run/systemd/container", "\n", "", "", CONTEXT_NONE },
		{ "/etc/x", "", "", "", CONTEXT_NONE },
		/* one with systemd has sessions of its own */
		{ "/run/systemd/container", "lxc\n",
			"stat /run/systemd/system\t0\tmode=040755\n"
			"read /proc/self/cgroup\t0\t0::/user.slice/user-1000.slice/"
			"session-3.scope\n",
			"lxc", CONTEXT_LOGIN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tree t;
		struct context c;

		tree_make(&t);
		tree_file(&t, rows[i].path, rows[i].content);
		context_read(&c, tree_host(&t, rows[i].answers), &alice);
		tree_done(&t);
		if (strcmp(c.container.value, rows[i].name) != 0 || c.kind != rows[i].kind)
			fail_msg("%zu: '%s' %s", i, c.container.value, context_kind_words(c.kind));
	}
}

static void tools_are_found_with_mode_and_capabilities(void **state)
{
	struct tree t;
	struct tools tools;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/usr/bin/newgidmap", "not executable");
	tools = (struct tools){ 0 };
	tool_read(&tools, tree_host(&t, "stat /usr/bin/newuidmap\t0\tmode=0100755 caps=0x80\n"
					"stat /usr/sbin/usermod\t0\tmode=0100755\n"
					"env PATH\t0\t/usr/local/bin:/usr/bin/:/home/x/bin\n"));
	tree_done(&t);
	assert_string_equal(tools.tools[TOOL_NEWUIDMAP].path, "/usr/bin/newuidmap");
	assert_int_equal(tools.tools[TOOL_NEWUIDMAP].file.caps, 0x80);
	assert_true(tools.tools[TOOL_NEWUIDMAP].in_path);
	assert_string_equal(tools.tools[TOOL_USERMOD].path, "/usr/sbin/usermod");
	assert_false(tools.tools[TOOL_USERMOD].in_path);
	assert_string_equal(tools.tools[TOOL_NEWGIDMAP].path, "");
	assert_int_equal(tools.tools[TOOL_PASTA].file.state, FACT_ABSENT);
}

static void the_session_is_looked_for_by_uid_and_name(void **state)
{
	struct tree t;
	struct session s;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/var/lib/systemd/linger/alice", "");
	tree_file(&t, "/usr/lib/aarch64-linux-gnu/security/pam_systemd.so", "");
	tree_file(&t, "/usr/lib/systemd/user/dbus.socket", "");
	session_read(&s,
		tree_host(&t, "stat /run/user/1000\t0\tmode=040700 uid=1000\n"
			      "stat /run/user/1000/bus\tEACCES\t\n"),
		&alice);
	tree_done(&t);
	assert_string_equal(s.runtime_dir, "/run/user/1000");
	assert_int_equal(s.runtime.uid, 1000);
	assert_int_equal(s.bus.state, FACT_UNKNOWN);
	assert_int_equal(s.bus.error, EACCES);
	assert_int_equal(s.manager.state, FACT_ABSENT);
	assert_int_equal(s.linger.state, FACT_KNOWN);
	assert_int_equal(s.logind_pam.state, FACT_KNOWN);
	assert_int_equal(s.bus_unit.state, FACT_KNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distributions_are_known_by_id_or_likeness),
		cmocka_unit_test(quotes_and_escapes_are_undone),
		cmocka_unit_test(images_are_told_from_packages),
		cmocka_unit_test(modules_are_loaded_builtin_loadable_or_absent),
		cmocka_unit_test(a_registered_file_system_without_module_is_builtin),
		cmocka_unit_test(modules_are_found_under_their_other_names),
		cmocka_unit_test(an_image_has_the_modules_of_its_own_kernel),
		cmocka_unit_test(a_firewall_is_on_when_its_service_runs_or_its_file_says_so),
		cmocka_unit_test(an_image_does_not_know_the_running_kernel),
		cmocka_unit_test(an_image_boots_the_newest_of_its_kernels),
		cmocka_unit_test(user_names_follow_useradds_rule),
		cmocka_unit_test(a_trees_users_are_in_its_passwd),
		cmocka_unit_test(the_caller_on_a_live_host_is_the_real_uid),
		cmocka_unit_test(the_context_is_named_by_the_cgroup),
		cmocka_unit_test(the_context_reads_status_and_environment),
		cmocka_unit_test(a_container_is_known_by_what_its_manager_puts_there),
		cmocka_unit_test(tools_are_found_with_mode_and_capabilities),
		cmocka_unit_test(the_session_is_looked_for_by_uid_and_name),
	};

	return cmocka_run_group_tests_name("system", tests, NULL, NULL);
}
