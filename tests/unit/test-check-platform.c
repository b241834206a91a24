/* SPDX-License-Identifier: Apache-2.0 */
#include "check-host.h"

#include <errno.h>

static void nothing(void)
{
}

static void gvisor(void)
{
	say(&host.platform.kind, "gVisor");
}

static void qemu64(void)
{
	say(&host.platform.lacks_v2, "popcnt sse4_2");
}

static void no_x86(void)
{
	host.platform.lacks_v2 = (struct fact_text){ .state = FACT_ABSENT };
}

static void cpu_unknown(void)
{
	host.platform.lacks_v2 = (struct fact_text){ .state = FACT_UNKNOWN };
}

static void clock_of_2001(void)
{
	host.platform.clock = number(978350400);
}

static void alone(void)
{
	host.platform.route4 = (struct fact_text){ .state = FACT_ABSENT };
}

static void ipv6_switched_off(void)
{
	host.platform.ipv6_off = number(1);
}

static void overlay_forbidden(void)
{
	fail_probe(PROBE_OVERLAY, 19, "mount overlay", ""); /* ENODEV */
	host.kernel.modules[KERNEL_OVERLAY] = MODULE_FORBIDDEN;
	(void)text_copy(host.kernel.forbidden_by[KERNEL_OVERLAY], 96, "/etc/modprobe.d/cis.conf");
}

static void tun_forbidden(void)
{
	fail_probe(PROBE_TUN, 19, "open /dev/net/tun", "");
	host.kernel.modules[KERNEL_TUN] = MODULE_FORBIDDEN;
	(void)text_copy(host.kernel.forbidden_by[KERNEL_TUN], 96, "/etc/modprobe.d/cis.conf");
}

static void with_netavark(void)
{
	set_tool(TOOL_PODMAN, "/usr/bin/podman", 0755);
	for (int i = 0; i < ENGINE_PROGRAM_COUNT; i++)
		host.engine.parts[i].file.state = FACT_UNKNOWN;
	host.engine.parts[ENGINE_NETAVARK].file = file(S_IFREG | 0755, 0);
}

static void no_bridge(void)
{
	with_netavark();
	host.kernel.modules[KERNEL_BRIDGE] = MODULE_ABSENT;
}

static void bridge_refused(void)
{
	with_netavark();
	fail_probe(PROBE_LINK, EOPNOTSUPP, "make a bridge", "");
}

static void only_nft_refused(void)
{
	with_netavark();
	fail_probe(PROBE_LINK, EOPNOTSUPP, "make a table of nf_tables", "");
}

static void bridge_of_nobody(void)
{
	bridge_refused();
	host.engine.parts[ENGINE_NETAVARK].file = absent();
}

static void no_iptables_but_nft(void)
{
	with_netavark();
	host.kernel.modules[KERNEL_IP_TABLES] = MODULE_ABSENT;
}

static void iptables_that_no_program_uses(void)
{
	no_iptables_but_nft();
	host.kernel.modules[KERNEL_IP_TABLES] = MODULE_LOADABLE;
	host.kernel.modules[KERNEL_IPTABLE_NAT] = MODULE_LOADABLE;
	host.kernel.modules[KERNEL_NF_TABLES] = MODULE_ABSENT;
	host.engine.parts[ENGINE_IPTABLES].file = absent();
}

static void neither_nft_nor_iptables(void)
{
	no_iptables_but_nft();
	host.kernel.modules[KERNEL_NF_TABLES] = MODULE_FORBIDDEN;
	(void)text_copy(host.kernel.forbidden_by[KERNEL_NF_TABLES], 96, "/etc/modprobe.d/t.conf");
}

static const struct fault faults[] = {
	{ "a kernel", nothing, "platform.kind", VERDICT_PASS, "" },
	{ "H08", gvisor, "platform.kind", VERDICT_WARN, "gVisor" },
	{ "H20", qemu64, "platform.cpu", VERDICT_WARN, "no popcnt sse4_2" },
	{ "another machine", no_x86, "platform.cpu", VERDICT_PASS, "" },
	{ "nobody knows", cpu_unknown, "platform.cpu", VERDICT_SKIP, "/proc/cpuinfo" },
	{ "H10", clock_of_2001, "platform.clock", VERDICT_WARN, "2001-01-01" },
	{ "the clock is right", nothing, "platform.clock", VERDICT_PASS, "" },
	{ "F14 is no fault", alone, "platform.route", VERDICT_PASS, "no default route" },
	{ "F18 is said", ipv6_switched_off, "platform.route", VERDICT_PASS, "switched off" },
	{ "E10 forbidden", overlay_forbidden, "home.overlay", VERDICT_FAIL,
		"sed -i '/^ *install *overlay /d' /etc/modprobe.d/cis.conf" },
	{ "F03 forbidden", tun_forbidden, "device.tun", VERDICT_FAIL,
		"sed -i '/^ *install *tun /d' /etc/modprobe.d/cis.conf" },
	{ "F13", no_bridge, "engine.bridge", VERDICT_WARN, "module bridge: not in this kernel" },
	{ "F13 by proof", bridge_refused, "engine.bridge", VERDICT_WARN,
		"make a bridge: Operation not supported" },
	{ "iptables may do", only_nft_refused, "engine.bridge", VERDICT_PASS, "" },
	{ "no netavark, no bridges", bridge_of_nobody, "engine.bridge", VERDICT_PASS, "" },
	{ "F08 by nft alone", no_iptables_but_nft, "engine.bridge", VERDICT_PASS, "" },
	{ "F08 no nf_tables for nft(8)", iptables_that_no_program_uses, "engine.bridge",
		VERDICT_WARN, "module nf_tables: not in this kernel" },
	{ "F08", neither_nft_nor_iptables, "engine.bridge", VERDICT_WARN,
		"install *nf_tables /d' /etc/modprobe.d/t.conf" },
};

static void each_fault_fails_its_own_check_and_no_other(void **state)
{
	(void)state;
	expect_each(faults, ARRAY_SIZE(faults));
}

static void what_is_forbidden_is_not_planned(void **state)
{
	static struct plan plan;

	(void)state;
	fine_host();
	overlay_forbidden();
	plan_for(&plan, &request_default);
	assert_null(planned(&plan, CHANGE_MODULE, "overlay"));
	plan_done(&plan);
}

static void the_kernels_words_are_read(void **state)
{
	static const char cpu[] =
		"processor\t: 0\nflags\t\t: fpu cx16 lahf_lm pni sse4_1 ssse3\nbugs\t: x\n";
	static const char route[] =
		"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\n"
		"eth1\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\n"
		"eth0\t00000000\t0202000A\t0003\t0\t0\t0\t00000000\t0\n";
	static const char route6[] =
		"00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
		"00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n"
		"00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
		"fe800000000000000000000000000002 00000400 00000001 00000000 00000003     eth2\n";
	char got[64];

	(void)state;
	assert_true(platform_parse_cpu(cpu, strlen(cpu), got, sizeof(got)));
	assert_string_equal(got, "popcnt sse4_2");
	assert_false(platform_parse_cpu("Features: fp\n", 13, got, sizeof(got)));
	assert_true(platform_parse_route(route, strlen(route), got, sizeof(got)));
	assert_string_equal(got, "eth0");
	assert_false(platform_parse_route(route, 120, got, sizeof(got)));
	assert_true(platform_parse_route6(route6, strlen(route6), got, sizeof(got)));
	assert_string_equal(got, "eth2");
	assert_false(platform_parse_route6("", 0, got, sizeof(got)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_fails_its_own_check_and_no_other),
		cmocka_unit_test(what_is_forbidden_is_not_planned),
		cmocka_unit_test(the_kernels_words_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
