/* SPDX-License-Identifier: Apache-2.0 */
/* A plan as the part of configuration.nix that would give the same. */
#include "setup/nixos.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "checks/dropin.h"
#include "checks/plan.h"
#include "checks/request.h"

/* Compared after all is released: a failing assert leaves by longjmp. */
static void expect(struct plan *plans, size_t count, const char *wanted)
{
	struct text got = { 0 };
	bool same;

	for (size_t i = 0; i < count; i++) {
		nixos_configure(&plans[i], &got);
		plan_done(&plans[i]);
	}
	same = strcmp(text_get(&got), wanted) == 0;
	if (!same)
		print_error("%s", text_get(&got));
	text_done(&got);
	assert_true(same);
}

static void a_user_is_made_with_ids_and_a_manager(void **state)
{
	struct request request = request_default;
	struct plan plan = { 0 };

	(void)state;
	request.home = "/data/ann";
	plan_user(&plan, "ann", &request);
	plan_subid(&plan, "ann", 100000, 65536);
	plan_linger(&plan, "ann");
	expect(&plan, 1,
		"users.users.\"ann\" = {\n"
		"  isNormalUser = true;\n"
		"  home = \"/data/ann\";\n"
		"  createHome = true;\n"
		"  autoSubUidGidRange = true;\n"
		"  linger = true;\n"
		"};\n");
}

static void a_service_account_gets_its_group(void **state)
{
	struct request request = request_default;
	struct plan plan = { 0 };

	(void)state;
	request.system = true;
	request.uid = 988;
	plan_user(&plan, "web", &request);
	expect(&plan, 1,
		"users.users.\"web\" = {\n"
		"  isSystemUser = true;\n"
		"  group = \"web\";\n"
		"  uid = 988;\n"
		"};\n"
		"users.groups.\"web\" = { };\n");
}

static void the_host_is_said_once_for_two_users(void **state)
{
	struct plan plans[2] = { 0 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		plan_linger(&plans[i], i ? "bob" : "ann");
		plan_kernel_arg(&plans[i], "a.b=1");
		plan_sysctl(&plans[i], "user.max_user_namespaces", 28633);
		plan_module(&plans[i], "tun");
		plan_module(&plans[i], "fuse");
		plan_file(&plans[i], DROPIN_DELEGATE, 0644, "# x\n[Service]\nDelegate=cpu pids\n");
		plan_reload(&plans[i]);
		plan_delegate(&plans[i], i ? "bob" : "ann", "cpu pids");
	}
	expect(plans, 2,
		"users.users.\"ann\" = {\n"
		"  linger = true;\n"
		"};\n"
		"boot.kernelParams = [ \"a.b=1\" ];\n"
		"boot.kernelModules = [ \"tun\" \"fuse\" ];\n"
		"boot.kernel.sysctl.\"user.max_user_namespaces\" = 28633;\n"
		"systemd.services.\"user@\".serviceConfig.Delegate = \"cpu pids\";\n"
		"users.users.\"bob\" = {\n"
		"  linger = true;\n"
		"};\n");
}

static void podman_has_an_option_and_others_are_packages(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	plan_no_package(&plan, "podman");
	plan_no_package(&plan, "buildah");
	plan_no_package(&plan, "crun");
	expect(&plan, 1,
		"virtualisation.podman.enable = true;\n"
		"environment.systemPackages = [ pkgs.buildah pkgs.crun ];\n");
}

/* An attribute defined twice in one file is an error of Nix. */
static void ports_of_one_protocol_are_one_list(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	plan_port(&plan, "80/tcp", "");
	plan_port(&plan, "443/tcp", "");
	plan_port(&plan, "53/udp", "");
	expect(&plan, 1,
		"networking.firewall.allowedTCPPorts = [ 80 443 ];\n"
		"networking.firewall.allowedUDPPorts = [ 53 ];\n");
}

static void a_path_is_written_as_nix_reads_it(void **state)
{
	struct request request = request_default;
	struct plan plan = { 0 };

	(void)state;
	request.home = "/srv/${x}\"y";
	plan_user(&plan, "ann", &request);
	expect(&plan, 1,
		"users.users.\"ann\" = {\n"
		"  isNormalUser = true;\n"
		"  home = \"/srv/\\${x}\\\"y\";\n"
		"  createHome = true;\n"
		"};\n");
}

static void what_no_option_gives_is_said(void **state)
{
	struct plan plan = { 0 };

	(void)state;
	plan_file(&plan, "/etc/x", 0644, "");
	expect(&plan, 1, "# not an option of NixOS: write '/etc/x'\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_is_made_with_ids_and_a_manager),
		cmocka_unit_test(a_service_account_gets_its_group),
		cmocka_unit_test(the_host_is_said_once_for_two_users),
		cmocka_unit_test(podman_has_an_option_and_others_are_packages),
		cmocka_unit_test(ports_of_one_protocol_are_one_list),
		cmocka_unit_test(a_path_is_written_as_nix_reads_it),
		cmocka_unit_test(what_no_option_gives_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
