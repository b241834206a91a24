/* SPDX-License-Identifier: Apache-2.0 */
#include "check-host.h"

#include <errno.h>

static void set_part(enum engine_program program, const char *path, const char *said,
	unsigned major, unsigned minor)
{
	struct engine_part *part = &host.engine.parts[program];

	*part = (struct engine_part){ .start = START_OK, .major = major, .minor = minor };
	part->file = file(S_IFREG | 0755, 0);
	(void)text_copy(part->path, sizeof(part->path), path);
	(void)text_copy(part->said, sizeof(part->said), said);
}

/* podman 5 with all that its package draws in. */
static void podman_5(void)
{
	set_tool(TOOL_PODMAN, "/usr/bin/podman", 0755);
	set_tool(TOOL_CRUN, "/usr/bin/crun", 0755);
	for (int i = 0; i < ENGINE_PROGRAM_COUNT; i++)
		host.engine.parts[i].file.state = FACT_ABSENT;
	set_part(ENGINE_PODMAN, "/usr/bin/podman", "podman version 5.4.2", 5, 4);
	set_part(ENGINE_CRUN, "/usr/bin/crun", "crun version 1.21", 1, 21);
	set_part(ENGINE_CONMON, "/usr/bin/conmon", "conmon version 2.1.12", 2, 1);
	set_part(ENGINE_PASTA, "/usr/bin/pasta", "pasta 0.0", 0, 0);
	set_part(ENGINE_NETAVARK, "/usr/lib/podman/netavark", "netavark 1.14.0", 1, 14);
	set_part(ENGINE_AARDVARK, "/usr/lib/podman/aardvark-dns", "aardvark-dns 1.14.0", 1, 14);
	set_part(ENGINE_ROOTLESSPORT, "/usr/lib/podman/rootlessport", "", 0, 0);
	set_part(ENGINE_NFT, "/usr/sbin/nft", "nftables v1.1.3", 1, 1);
	host.podman = (struct podman){ .state = FACT_KNOWN, .database = DATABASE_FINE };
	host.podman.alive.state = host.podman.lock_count.state = FACT_ABSENT;
	host.podman.locks.state = FACT_ABSENT;
	(void)text_copy(
		host.podman.graphroot, PATH_MAX, "/home/alice/.local/share/containers/storage");
	(void)text_copy(host.podman.locks_path, 64, "/dev/shm/libpod_rootless_lock_1000");
	(void)text_copy(host.podman.policy, PATH_MAX, "/etc/containers/policy.json");
}

static void absent_part(enum engine_program program)
{
	host.engine.parts[program] = (struct engine_part){ .file = absent() };
}

static void broken_part(enum engine_program program, const char *said)
{
	host.engine.parts[program].start = START_FAILED;
	host.engine.parts[program].status = 127;
	(void)text_copy(host.engine.parts[program].said, 160, said);
}

static void no_runtime(void)
{
	podman_5();
	absent_part(ENGINE_CRUN);
	host.tool.tools[TOOL_CRUN] = (struct tool){ .file = absent() };
}

static void runtimes_of_ones_own(void)
{
	no_runtime();
	host.config.own_runtimes = true;
}

static void runc_instead(void)
{
	no_runtime();
	set_part(ENGINE_RUNC, "/usr/bin/runc", "runc version 1.1.15", 1, 1);
}

static void runtime_unseen(void)
{
	podman_5();
	host.engine.parts[ENGINE_CRUN] = (struct engine_part){ .file = { .error = EACCES } };
}

static void runtime_lacks_a_library(void)
{
	podman_5();
	broken_part(ENGINE_CRUN, "crun: error while loading shared libraries: libyajl.so.2");
}

static void other_runtime_lacks_a_library(void)
{
	podman_5();
	set_part(ENGINE_RUNC, "/usr/bin/runc", "", 0, 0);
	broken_part(ENGINE_RUNC, "runc: error while loading shared libraries: libseccomp.so.2");
}

static void podman_is_slow(void)
{
	podman_5();
	host.engine.parts[ENGINE_PODMAN].start = START_HUNG;
}

static void no_conmon(void)
{
	podman_5();
	absent_part(ENGINE_CONMON);
}

static void no_conmon_but_a_path(void)
{
	no_conmon();
	say(&host.config.conmon, "/opt/conmon");
}

static void no_netavark(void)
{
	podman_5();
	absent_part(ENGINE_NETAVARK);
}

static void no_netavark_and_podman_is_slow(void)
{
	no_netavark();
	host.engine.parts[ENGINE_PODMAN].start = START_HUNG;
	host.engine.parts[ENGINE_PODMAN].major = 0;
}

static void the_same_on_debian_12(void)
{
	no_netavark_and_podman_is_slow();
	(void)text_copy(host.os.version, sizeof(host.os.version), "12");
	set_part(ENGINE_SLIRP4NETNS, "/usr/bin/slirp4netns", "slirp4netns version 1.2.0", 1, 2);
}

static void no_netavark_with_podman_4(void)
{
	no_netavark();
	host.engine.parts[ENGINE_PODMAN].major = 4;
	set_part(ENGINE_SLIRP4NETNS, "/usr/bin/slirp4netns", "slirp4netns version 1.2.0", 1, 2);
}

static void no_netavark_and_podman_4_chose_it(void)
{
	no_netavark_with_podman_4();
	(void)text_copy(host.podman.network, sizeof(host.podman.network), "netavark");
}

static void no_netavark_and_podman_4_chose_cni(void)
{
	no_netavark_with_podman_4();
	(void)text_copy(host.podman.network, sizeof(host.podman.network), "cni");
}

static void helper_dirs_replaced(void)
{
	no_netavark();
	(void)text_copy(host.config.helper_dirs, 1024, "/opt/mine");
	(void)text_copy(host.config.helper_dirs_file, PATH_MAX, "/etc/containers/containers.conf");
}

static void no_pasta_but_slirp(void)
{
	podman_5();
	absent_part(ENGINE_PASTA);
	host.tool.tools[TOOL_PASTA] = (struct tool){ .file = absent() };
	set_tool(TOOL_SLIRP4NETNS, "/usr/bin/slirp4netns", 0755);
	set_part(ENGINE_SLIRP4NETNS, "/usr/bin/slirp4netns", "slirp4netns version 1.2.0", 1, 2);
}

static void slirp_was_chosen(void)
{
	no_pasta_but_slirp();
	say(&host.config.network_cmd, "slirp4netns");
}

static void no_network_program(void)
{
	no_pasta_but_slirp();
	absent_part(ENGINE_SLIRP4NETNS);
	host.tool.tools[TOOL_SLIRP4NETNS] = (struct tool){ .file = absent() };
}

static void podman_4_without_slirp(void)
{
	podman_5();
	host.engine.parts[ENGINE_PODMAN].major = 4;
}

static void no_aardvark(void)
{
	podman_5();
	absent_part(ENGINE_AARDVARK);
}

static void no_nft(void)
{
	podman_5();
	absent_part(ENGINE_NFT);
}

static void iptables_instead(void)
{
	no_nft();
	set_part(ENGINE_IPTABLES, "/usr/sbin/iptables", "iptables v1.8.9 (legacy)", 1, 8);
}

static void no_rootlessport(void)
{
	podman_5();
	absent_part(ENGINE_ROOTLESSPORT);
}

static void old_netavark(void)
{
	podman_5();
	host.engine.parts[ENGINE_NETAVARK].minor = 4;
}

static void other_aardvark(void)
{
	podman_5();
	host.engine.parts[ENGINE_AARDVARK].major = 2;
}

static void of_another_boot(void)
{
	podman_5();
	say(&host.podman.alive, "00000000-0000-0000-0000-000000000000");
	say(&host.podman.boot, "5a1d0a52-9d0e-4a0c-8c1e-2a3c1f0f5b1d");
	(void)text_copy(host.podman.alive_path, 128, "/run/user/1000/libpod/tmp/alive");
}

static void of_this_boot(void)
{
	of_another_boot();
	say(&host.podman.boot, "00000000-0000-0000-0000-000000000000");
}

static void some_locks(int64_t count, int64_t used)
{
	podman_5();
	host.podman.locks = file(S_IFREG | 0600, ALICE);
	host.podman.locks.size = 82488;
	host.podman.lock_count = number(count);
	host.podman.locks_used = number(used);
}

static void fine_locks(void)
{
	some_locks(2048, 12);
}

static void locks_of_another(void)
{
	fine_locks();
	host.podman.locks.uid = 0;
}

static void fewer_locks(void)
{
	some_locks(1024, 0);
}

static void locks_as_set(void)
{
	some_locks(1024, 0);
	host.config.num_locks = number(1000);
}

static void locks_cut(void)
{
	fine_locks();
	host.podman.locks.size = 100;
	host.podman.lock_count = host.podman.locks_used = (struct fact_number){ FACT_ABSENT, 0, 0 };
}

static void locks_of_an_unknown_machine(void)
{
	locks_cut();
	(void)text_copy(host.kernel.machine, sizeof(host.kernel.machine), "s390x");
}

static void locks_used_up(void)
{
	some_locks(2048, 1900);
}

static void database_damaged(void)
{
	podman_5();
	host.podman.database = DATABASE_BAD;
}

static void database_of_bolt(void)
{
	podman_5();
	host.podman.bolt = true;
}

static void database_of_bolt_with_podman_6(void)
{
	database_of_bolt();
	host.engine.parts[ENGINE_PODMAN].major = 6;
}

static void another_driver(void)
{
	podman_5();
	(void)text_copy(host.podman.driver, sizeof(host.podman.driver), "overlay");
	say(&host.config.storage_driver, "btrfs");
}

static void made_with_vfs(void)
{
	podman_5();
	(void)text_copy(host.podman.driver, sizeof(host.podman.driver), "vfs");
}

static void made_with_vfs_before_podman_5(void)
{
	made_with_vfs();
	host.engine.parts[ENGINE_PODMAN].major = 4;
	host.podman.database = DATABASE_ABSENT;
	host.podman.bolt = true;
	set_part(ENGINE_SLIRP4NETNS, "/usr/bin/slirp4netns", "slirp4netns version 1.2.0", 1, 2);
}

static void older_database_is_garbage(void)
{
	made_with_vfs_before_podman_5();
	host.podman.bolt_bad = true;
}

static void older_database_is_garbage_and_podman_is_slow(void)
{
	older_database_is_garbage();
	host.engine.parts[ENGINE_PODMAN].start = START_HUNG;
	host.engine.parts[ENGINE_PODMAN].major = 0;
}

static void database_podman_4_does_not_read(void)
{
	made_with_vfs_before_podman_5();
	host.podman.database = DATABASE_BAD;
	host.podman.driver[0] = '\0';
}

static void only_nft_for_an_old_netavark(void)
{
	no_netavark_with_podman_4();
	set_part(ENGINE_NETAVARK, "/usr/lib/podman/netavark", "netavark 1.4.0", 1, 4);
	absent_part(ENGINE_IPTABLES);
}

static void only_nft_for_a_slow_netavark(void)
{
	only_nft_for_an_old_netavark();
	host.engine.parts[ENGINE_NETAVARK].start = START_HUNG;
	host.engine.parts[ENGINE_NETAVARK].major = 0;
}

static void only_iptables_for_an_old_netavark(void)
{
	only_nft_for_an_old_netavark();
	set_part(ENGINE_IPTABLES, "/usr/sbin/iptables", "iptables v1.8.9", 1, 8);
	absent_part(ENGINE_NFT);
}

static void storage_moved(void)
{
	podman_5();
	host.podman.elsewhere = true;
}

static void no_policy(void)
{
	podman_5();
	host.podman.policy[0] = '\0';
	host.podman.policy_absent = true;
}

static void bad_policy(void)
{
	podman_5();
	host.podman.policy_bad = true;
}

static void policy_unseen(void)
{
	podman_5();
	host.podman.state = FACT_UNKNOWN;
	host.podman.error = EPERM;
}

static void manages_by_cgroupfs(void)
{
	podman_5();
	say(&host.config.cgroup_manager, "cgroupfs");
	(void)text_copy(
		host.config.cgroup_manager_file, PATH_MAX, "/etc/containers/containers.conf");
}

static void manages_by_cgroupfs_without_a_bus(void)
{
	manages_by_cgroupfs();
	host.context.systemd = false;
}

static void no_engine(void)
{
}

static const struct fault faults[] = {
	{ "no engine", no_engine, "engine.runtime", VERDICT_PASS, "neither podman nor buildah" },
	{ "podman 5", podman_5, "engine.runtime", VERDICT_PASS, "podman version 5.4.2" },
	{ "its helpers", podman_5, "engine.helpers", VERDICT_PASS, "" },
	{ "G04", no_runtime, "engine.runtime", VERDICT_FAIL, "apt-get install crun" },
	{ "runtimes of one's own", runtimes_of_ones_own, "engine.runtime", VERDICT_PASS, "" },
	{ "runc instead", runc_instead, "engine.runtime", VERDICT_PASS, "" },
	{ "runtime unseen", runtime_unseen, "engine.runtime", VERDICT_PASS, "" },
	{ "G08", runtime_lacks_a_library, "engine.runtime", VERDICT_FAIL, "libyajl.so.2" },
	{ "G08 of one that nobody uses", other_runtime_lacks_a_library, "engine.runtime",
		VERDICT_PASS, "" },
	{ "podman is slow", podman_is_slow, "engine.runtime", VERDICT_SKIP, "in time" },
	{ "no conmon", no_conmon, "engine.runtime", VERDICT_FAIL, "apt-get install conmon" },
	{ "conmon elsewhere", no_conmon_but_a_path, "engine.runtime", VERDICT_PASS, "" },
	{ "F10", no_netavark, "engine.helpers", VERDICT_FAIL, "apt-get install netavark" },
	{ "F10 with podman 4", no_netavark_and_podman_4_chose_it, "engine.helpers", VERDICT_FAIL,
		"apt-get install netavark" },
	{ "podman 4 has CNI networks", no_netavark_and_podman_4_chose_cni, "engine.helpers",
		VERDICT_PASS, "" },
	{ "F10 with a slow podman", no_netavark_and_podman_is_slow, "engine.helpers", VERDICT_FAIL,
		"netavark" },
	{ "the same on Debian 12", the_same_on_debian_12, "engine.helpers", VERDICT_PASS, "" },
	{ "F10 with podman 4", no_netavark_with_podman_4, "engine.helpers", VERDICT_PASS, "" },
	{ "G07", helper_dirs_replaced, "engine.helpers", VERDICT_FAIL,
		"take helper_binaries_dir out of '/etc/containers/containers.conf'" },
	{ "F01", no_pasta_but_slirp, "engine.helpers", VERDICT_FAIL, "apt-get install passt" },
	{ "F01 with slirp4netns chosen", slirp_was_chosen, "engine.helpers", VERDICT_PASS, "" },
	{ "neither: net.pasta says it", no_network_program, "engine.helpers", VERDICT_PASS, "" },
	{ "F02", podman_4_without_slirp, "engine.helpers", VERDICT_FAIL, "slirp4netns" },
	{ "F11", no_aardvark, "engine.helpers", VERDICT_WARN, "by name" },
	{ "F09", no_nft, "engine.helpers", VERDICT_WARN, "apt-get install nftables" },
	{ "F09 with iptables", iptables_instead, "engine.helpers", VERDICT_PASS, "" },
	{ "no rootlessport", no_rootlessport, "engine.helpers", VERDICT_WARN, "published" },
	{ "F12", old_netavark, "engine.versions", VERDICT_WARN, ">= 1.10" },
	{ "F12 is told once", old_netavark, "engine.helpers", VERDICT_PASS, "" },
	{ "F12 of aardvark", other_aardvark, "engine.versions", VERDICT_WARN, "releases" },
	{ "E31", of_another_boot, "engine.boot-id", VERDICT_FAIL,
		"rm -rf /run/user/1000/libpod /run/user/1000/containers" },
	{ "of this boot", of_this_boot, "engine.boot-id", VERDICT_PASS, "" },
	{ "fine locks", fine_locks, "engine.locks", VERDICT_PASS, "" },
	{ "D08 of another", locks_of_another, "engine.locks", VERDICT_FAIL, "owner 0" },
	{ "D08 fewer", fewer_locks, "engine.locks", VERDICT_FAIL, "1024 locks, 2048 locks" },
	{ "D08 as set", locks_as_set, "engine.locks", VERDICT_PASS, "" },
	{ "D08 cut", locks_cut, "engine.locks", VERDICT_FAIL, "100 bytes that are no locks" },
	{ "D08 of s390x", locks_of_an_unknown_machine, "engine.locks", VERDICT_PASS, "" },
	{ "D08 used up", locks_used_up, "engine.locks", VERDICT_WARN, "1900 of 2048 taken" },
	{ "E30", database_damaged, "engine.database", VERDICT_FAIL, "system reset" },
	{ "bolt", database_of_bolt, "engine.database", VERDICT_PASS, "" },
	{ "G11", database_of_bolt_with_podman_6, "engine.database", VERDICT_FAIL, "bolt_state.db" },
	{ "E14", another_driver, "engine.database", VERDICT_WARN, "driver = btrfs" },
	{ "E14 with vfs", made_with_vfs, "engine.database", VERDICT_WARN, "GraphDriver vfs" },
	{ "E30 with an older database", older_database_is_garbage, "engine.database", VERDICT_FAIL,
		"bolt_state.db: something else" },
	{ "E30 with the only database", older_database_is_garbage_and_podman_is_slow,
		"engine.database", VERDICT_FAIL, "bolt_state.db: something else" },
	{ "E30 of no podman here", database_podman_4_does_not_read, "engine.database", VERDICT_PASS,
		"" },
	{ "F09 with an older netavark", only_nft_for_an_old_netavark, "engine.helpers",
		VERDICT_WARN, "apt-get install iptables" },
	{ "F09 with an older netavark that is slow", only_nft_for_a_slow_netavark, "engine.helpers",
		VERDICT_WARN, "apt-get install iptables" },
	{ "which does without nft", only_iptables_for_an_old_netavark, "engine.helpers",
		VERDICT_PASS, "" },
	{ "E14 with an older database", made_with_vfs_before_podman_5, "engine.database",
		VERDICT_WARN, "bolt_state.db: GraphDriver vfs" },
	{ "E14 moved", storage_moved, "engine.database", VERDICT_WARN, "another directory" },
	{ "G06", manages_by_cgroupfs, "config.containers", VERDICT_WARN, "not enforced" },
	{ "G06 without systemd", manages_by_cgroupfs_without_a_bus, "config.containers",
		VERDICT_PASS, "" },
	{ "no policy", no_policy, "engine.policy", VERDICT_FAIL, "policy.json" },
	{ "bad policy", bad_policy, "engine.policy", VERDICT_FAIL, "is no JSON" },
	{ "policy unseen", policy_unseen, "engine.policy", VERDICT_SKIP,
		"Operation not permitted" },
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
