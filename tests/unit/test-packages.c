/* SPDX-License-Identifier: Apache-2.0 */
/* What packages are called where, which are planned, and as how many changes. */
#include "check-host.h"

#include "setup/package-manager.h"

static struct plan plan;

static int drop_plan(void **state)
{
	(void)state;
	plan_done(&plan);
	return 0;
}

static void a_release_has_what_it_has(void **state)
{
	static const struct {
		struct os os;
		enum os_package package;
		const char *name; /* NULL: none */
		const char *command;
	} rows[] = {
		{ { .family = OS_DEBIAN, .id = "debian", .version = "11" }, OS_PACKAGE_NETWORK,
			"slirp4netns", "apt-get install slirp4netns" },
		{ { .family = OS_DEBIAN, .id = "debian", .version = "12" }, OS_PACKAGE_NETWORK,
			"passt", "apt-get install passt" },
		{ { .family = OS_DEBIAN, .id = "debian" }, OS_PACKAGE_NETWORK, "passt",
			"apt-get install passt" },
		{ { .family = OS_DEBIAN, .id = "debian", .version = "11" }, OS_PACKAGE_PASTA, NULL,
			NULL },
		{ { .family = OS_DEBIAN, .id = "ubuntu", .version = "22.04" }, OS_PACKAGE_NETWORK,
			"slirp4netns", "apt-get install slirp4netns" },
		{ { .family = OS_DEBIAN, .id = "ubuntu", .version = "20.04" }, OS_PACKAGE_PODMAN,
			NULL, NULL },
		{ { .family = OS_DEBIAN, .id = "ubuntu", .version = "22.04" }, OS_PACKAGE_PODMAN,
			"podman", "apt-get install podman" },
		{ { .family = OS_REDHAT, .id = "rhel", .version = "8.10" }, OS_PACKAGE_NETWORK,
			"slirp4netns", "dnf install slirp4netns" },
		{ { .family = OS_REDHAT, .id = "rhel", .version = "10.0" }, OS_PACKAGE_NETWORK,
			"passt", "dnf install passt" },
		{ { .family = OS_SUSE, .id = "opensuse-leap", .version = "15.6" },
			OS_PACKAGE_NETWORK, "slirp4netns", "zypper install slirp4netns" },
		{ { .family = OS_REDHAT, .id = "fedora", .version = "42", .ostree = true },
			OS_PACKAGE_CRUN, "crun", "rpm-ostree install --apply-live crun" },
		{ { .family = OS_NIXOS, .id = "nixos" }, OS_PACKAGE_NETWORK, NULL, NULL },
		{ { .family = OS_DEBIAN, .id = "debian", .version = "12" },
			OS_PACKAGE_PODMAN_NETWORK, "slirp4netns", "apt-get install slirp4netns" },
		{ { .family = OS_DEBIAN, .id = "debian", .version = "13" },
			OS_PACKAGE_PODMAN_NETWORK, "passt", "apt-get install passt" },
		{ { .family = OS_REDHAT, .id = "fedora", .version = "42" },
			OS_PACKAGE_PODMAN_NETWORK, "passt", "dnf install passt" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *name = os_package_name(&rows[i].os, rows[i].package);
		const char *command = os_install_command(&rows[i].os, rows[i].package);

		if (!name != !rows[i].name || (name && strcmp(name, rows[i].name) != 0))
			fail_msg("row %zu: '%s'", i, name ? name : "none");
		if (!command != !rows[i].command ||
			(command && strcmp(command, rows[i].command) != 0))
			fail_msg("row %zu: '%s'", i, command ? command : "none");
	}
}

static struct request asking(void)
{
	struct request request = request_default;

	request.packages = true;
	return request;
}

static void nothing_is_installed_that_was_not_asked_for(void **state)
{
	(void)state;
	fine_host();
	plan_for(&plan, &request_default);
	assert_int_equal(plan.count, 0);
	assert_int_equal(judged("packages.installed")->kind, VERDICT_PASS);
	assert_non_null(strstr(judged("packages.installed")->why, "rpod needs none"));
	assert_int_equal(judged("packages.installed")->fix_count, 0);
}

static void all_that_is_missing_is_one_change(void **state)
{
	const struct request request = asking();
	const struct change *c;

	(void)state;
	fine_host();
	host.os = (struct os){ .family = OS_DEBIAN, .id = "debian", .version = "12" };
	host.session.logind_pam.state = FACT_KNOWN;
	host.tool.tools[TOOL_NEWUIDMAP] = (struct tool){ .file = absent() };
	host.tool.tools[TOOL_NEWGIDMAP] = (struct tool){ .file = absent() };
	host.tool.tools[TOOL_PASTA] = (struct tool){ .file = absent() };
	set_tool(TOOL_CRUN, "/usr/bin/crun", 0755);
	host.tool.tools[TOOL_PODMAN] = (struct tool){ .file = absent() };
	host.tool.tools[TOOL_BUILDAH] = (struct tool){ .file = absent() };
	host.tool.tools[TOOL_FUSERMOUNT3] = (struct tool){ .file = absent() };
	plan_for(&plan, &request);
	c = planned(&plan, CHANGE_PACKAGE, "uidmap");
	assert_non_null(c);
	assert_string_equal(c->name, "uidmap passt podman slirp4netns buildah fuse3");
	assert_string_equal(c->check, "packages.installed");
	for (size_t i = 1; i < plan.count; i++)
		assert_int_not_equal(plan.changes[i].kind, CHANGE_PACKAGE);
}

static void what_a_release_has_not_is_said_apart(void **state)
{
	const struct request request = asking();

	(void)state;
	fine_host();
	host.os = (struct os){ .family = OS_DEBIAN, .id = "ubuntu", .version = "20.04" };
	host.session.logind_pam.state = FACT_KNOWN;
	host.tool.tools[TOOL_PODMAN] = (struct tool){ .file = absent() };
	host.tool.tools[TOOL_BUILDAH] = (struct tool){ .file = absent() };
	host.tool.tools[TOOL_CRUN] = (struct tool){ .file = absent() };
	host.tool.tools[TOOL_FUSERMOUNT3] = (struct tool){ .file = absent() };
	plan_for(&plan, &request);
	assert_string_equal(planned(&plan, CHANGE_PACKAGE, "podman")->text, PLAN_NO_PACKAGE);
	assert_string_equal(planned(&plan, CHANGE_PACKAGE, "buildah")->text, PLAN_NO_PACKAGE);
	assert_string_equal(planned(&plan, CHANGE_PACKAGE, "crun")->name, "crun fuse3");
}

static void the_manager_follows_from_the_host(void **state)
{
	static const struct {
		struct os os;
		const char *word; /* NULL: none */
	} rows[] = {
		{ { .family = OS_DEBIAN }, "apt" },
		{ { .family = OS_REDHAT }, "dnf" },
		{ { .family = OS_REDHAT, .ostree = true }, "rpm-ostree" },
		{ { .family = OS_SUSE }, "zypper" },
		{ { .family = OS_SUSE, .transactional = true }, "transactional-update" },
		{ { .family = OS_ARCH }, "pacman" },
		{ { .family = OS_ALPINE }, "apk" },
		{ { .family = OS_NIXOS }, NULL },
		{ { .family = OS_OTHER }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct package_manager *manager = package_manager_of(&rows[i].os);

		if (!rows[i].word)
			assert_null(manager);
		else
			assert_ptr_equal(manager, package_manager_find(rows[i].word));
	}
}

static void names_are_whole_lines(void **state)
{
	static const char list[] = "crun\ncrun-wasm\npodman\n";
	struct text in = { 0 }, out = { 0 };
	bool same_in, same_out;

	(void)state;
	package_names_in("podman  buildah crun crun-w", list, true, &in);
	package_names_in("podman  buildah crun crun-w", list, false, &out);
	same_in = strcmp(text_get(&in), "podman crun") == 0;
	same_out = strcmp(text_get(&out), "buildah crun-w") == 0;
	text_done(&in);
	text_done(&out);
	assert_true(same_in);
	assert_true(same_out);
}

#define TEST(name) cmocka_unit_test_teardown(name, drop_plan)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_release_has_what_it_has),
		TEST(nothing_is_installed_that_was_not_asked_for),
		TEST(all_that_is_missing_is_one_change),
		TEST(what_a_release_has_not_is_said_apart),
		TEST(the_manager_follows_from_the_host),
		TEST(names_are_whole_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
