/* SPDX-License-Identifier: Apache-2.0 */
#include "check-host.h"
#include "tree.h"

#include <errno.h>

static void docker(void)
{
	struct rootlesskit *kit = &host.rootlesskit;

	(void)text_copy(kit->script, sizeof(kit->script), "/usr/bin/dockerd-rootless.sh");
	kit->is_docker = true;
	kit->programs[KIT_ROOTLESSKIT] = file(S_IFREG | 0755, 0);
	kit->programs[KIT_IPTABLES] = file(S_IFREG | 0755, 0);
	kit->programs[KIT_VPNKIT] = absent();
	set_tool(TOOL_SLIRP4NETNS, "/usr/bin/slirp4netns", 0755);
}

static void nerdctl(void)
{
	docker();
	(void)text_copy(host.rootlesskit.script, sizeof(host.rootlesskit.script),
		"/usr/local/bin/containerd-rootless.sh");
	host.rootlesskit.is_docker = false;
}

static void without_kit(void)
{
	docker();
	host.rootlesskit.programs[KIT_ROOTLESSKIT] = absent();
}

static void without_kit_on_fedora(void)
{
	without_kit();
	host.os = (struct os){ .id = "fedora", .family = OS_REDHAT };
}

static void kit_unseen(void)
{
	docker();
	host.rootlesskit.programs[KIT_ROOTLESSKIT] = (struct fact_file){ .error = EACCES };
}

static void without_network(void)
{
	docker();
	host.tool.tools[TOOL_SLIRP4NETNS] = (struct tool){ .file = absent() };
	host.tool.tools[TOOL_PASTA] = (struct tool){ .file = absent() };
}

static void with_vpnkit(void)
{
	without_network();
	host.rootlesskit.programs[KIT_VPNKIT] = file(S_IFREG | 0755, 0);
}

static void without_iptables(void)
{
	docker();
	host.rootlesskit.programs[KIT_IPTABLES] = absent();
}

static void nerdctl_without_iptables(void)
{
	nerdctl();
	host.rootlesskit.programs[KIT_IPTABLES] = absent();
}

static void neither(void)
{
}

static const struct fault faults[] = {
	{ "neither", neither, "engine.rootlesskit", VERDICT_PASS, "neither Docker nor nerdctl" },
	{ "docker", docker, "engine.rootlesskit", VERDICT_PASS, "" },
	{ "nerdctl", nerdctl, "engine.rootlesskit", VERDICT_PASS, "" },
	{ "no rootlesskit", without_kit, "engine.rootlesskit", VERDICT_WARN,
		"apt-get install rootlesskit" },
	{ "no package of it", without_kit_on_fedora, "engine.rootlesskit", VERDICT_WARN,
		"install 'rootlesskit' from where '/usr/bin/dockerd-rootless.sh' came" },
	{ "unseen", kit_unseen, "engine.rootlesskit", VERDICT_PASS, "" },
	{ "another network", with_vpnkit, "engine.rootlesskit", VERDICT_PASS, "" },
	{ "no iptables", without_iptables, "engine.rootlesskit", VERDICT_WARN,
		"apt-get install iptables" },
	{ "which nerdctl does not start", nerdctl_without_iptables, "engine.rootlesskit",
		VERDICT_PASS, "" },
};

static void each_fault_fails_its_own_check_and_no_other(void **state)
{
	(void)state;
	expect_each(faults, ARRAY_SIZE(faults));
}

/* Neither has rpod a network then: net.pasta says it. */
static void a_network_is_named_with_the_package(void **state)
{
	const struct verdict *v;

	(void)state;
	fine_host();
	without_network();
	v = judged("engine.rootlesskit");
	assert_int_equal(v->kind, VERDICT_WARN);
	assert_string_equal(v->fix[0], "sudo apt-get install slirp4netns");
}

static void program(const struct tree *t, const char *path)
{
	char full[512];

	tree_file(t, path, "");
	tree_path(t, path, full);
	if (chmod(full, 0755) < 0)
		abort();
}

static void scripts_and_programs_are_looked_for(void **state)
{
	struct rootlesskit docker, nerdctl, none;
	struct tree t;

	(void)state;
	tree_make(&t);
	(void)tree_open(&t);
	rootlesskit_read(&none, &t.root);
	program(&t, "/usr/local/bin/containerd-rootless.sh");
	rootlesskit_read(&nerdctl, &t.root);
	program(&t, "/usr/bin/dockerd-rootless.sh");
	program(&t, "/usr/bin/docker-rootlesskit");
	program(&t, "/usr/sbin/iptables");
	rootlesskit_read(&docker, &t.root);
	tree_done(&t);
	assert_string_equal(none.script, "");
	assert_string_equal(nerdctl.script, "/usr/local/bin/containerd-rootless.sh");
	assert_false(nerdctl.is_docker);
	assert_int_equal(nerdctl.programs[KIT_ROOTLESSKIT].state, FACT_ABSENT);
	assert_string_equal(docker.script, "/usr/bin/dockerd-rootless.sh");
	assert_true(docker.is_docker);
	assert_int_equal(docker.programs[KIT_ROOTLESSKIT].state, FACT_KNOWN);
	assert_int_equal(docker.programs[KIT_IPTABLES].state, FACT_KNOWN);
	assert_int_equal(docker.programs[KIT_VPNKIT].state, FACT_ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_fails_its_own_check_and_no_other),
		cmocka_unit_test(scripts_and_programs_are_looked_for),
		cmocka_unit_test(a_network_is_named_with_the_package),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
