/* SPDX-License-Identifier: Apache-2.0 */
#include "check-host.h"

#include <errno.h>

static void home_missing(void)
{
	host.home.home = absent();
	fail_probe(PROBE_HOME_WRITE, ENOENT, "open the home", "");
	fail_probe(PROBE_OVERLAY, ENOENT, "mkdir", "");
}

static void home_hidden(void)
{
	host.home.home = (struct fact_file){ .error = EACCES };
}

static void home_hangs(void)
{
	host.home.home = (struct fact_file){ .error = ETIMEDOUT };
	host.home.hung = true;
	host.probe.probes[PROBE_HOME_WRITE].result = PROBE_NOT_RUN;
	host.probe.probes[PROBE_OVERLAY].result = PROBE_NOT_RUN;
}

static void home_is_a_file(void)
{
	host.home.home.mode = S_IFREG | 0600;
}

static void home_of_the_system(void)
{
	(void)text_copy(host.user.home, sizeof(host.user.home), "/usr/sbin");
	host.home.home.uid = 0;
}

static void home_of_root(void)
{
	host.home.home.uid = 0;
	fail_probe(PROBE_HOME_WRITE, EACCES, "make a file", "");
	fail_probe(PROBE_OVERLAY, EACCES, "mkdir", "");
}

static void config_of_root(void)
{
	host.home.count = 1;
	(void)text_copy(host.home.places[0].path, PATH_MAX, "/home/alice/.config");
	host.home.places[0].file = file(S_IFDIR | 0755, 0);
}

static void all_of_it_of_root(void)
{
	config_of_root();
	host.home.count = 2;
	(void)text_copy(host.home.places[1].path, PATH_MAX, "/home/alice/.local");
	host.home.places[1].file = file(S_IFDIR | 0755, 0);
}

static void way_closed(void)
{
	host.home.above_count = 1;
	(void)text_copy(host.home.above[0].path, PATH_MAX, "/data");
	host.home.above[0].file = file(S_IFDIR | 0700, 0);
	host.probe.probes[PROBE_HOME_WRITE].result = PROBE_UNABLE;
}

static void way_closed_and_refused(void)
{
	way_closed();
	fail_probe(PROBE_HOME_WRITE, EACCES, "open the home", "");
}

static void way_closed_but_passed(void)
{
	way_closed();
	host.probe.probes[PROBE_HOME_WRITE].result = PROBE_OK;
}

static void read_only(void)
{
	host.home.home.fs_flags = ST_RDONLY;
	fail_probe(PROBE_HOME_WRITE, EROFS, "make a file", "");
	fail_probe(PROBE_OVERLAY, EROFS, "mkdir", "");
}

static void noexec(void)
{
	host.home.home.fs_flags = ST_NOEXEC;
	fail_probe(PROBE_HOME_WRITE, EACCES, "execute a file", "");
}

static void disk_full(void)
{
	host.home.home.fs_free = 0;
	fail_probe(PROBE_HOME_WRITE, ENOSPC, "make a file", "");
	fail_probe(PROBE_OVERLAY, ENOSPC, "mkdir", "");
}

static void little_room(void)
{
	host.home.home.fs_free = (UINT64_C(512) << 20) - 1;
}

static void just_enough_room(void)
{
	host.home.home.fs_free = UINT64_C(512) << 20;
}

static void quota_with_room(void)
{
	host.storage.quota = (struct quota){
		.state = FACT_KNOWN, .bytes = { 94 << 20, 0, 100 << 20 }, .files = { 900, 0, 1000 }
	};
}

static void quota_of_bytes(void)
{
	quota_with_room();
	host.storage.quota.bytes.used = 95 << 20;
}

static void quota_of_files(void)
{
	quota_with_room();
	host.storage.quota.files.used = 990;
}

static void quota_above_soft(void)
{
	quota_with_room();
	host.storage.quota.bytes = (struct quota_limit){ 60 << 20, 50 << 20, 100 << 20 };
}

static void quota_closed(void)
{
	host.storage.quota = (struct quota){ .state = FACT_UNKNOWN, .error = EPERM };
}

static void on_nfs(void)
{
	host.home.home.fs_type = 0x6969;
	fail_probe(PROBE_OVERLAY, EINVAL, "mount overlay", "");
}

static void on_nfs_untried(void)
{
	host.home.home.fs_type = 0x6969;
	host.probe.probes[PROBE_OVERLAY].result = PROBE_UNABLE;
}

static void overlay_fails(void)
{
	fail_probe(PROBE_OVERLAY, EINVAL, "mount overlay", "");
}

static void overlay_fails_but_fuse(void)
{
	overlay_fails();
	set_tool(TOOL_FUSE_OVERLAYFS, "/usr/bin/fuse-overlayfs", 0755);
}

static void old_kernel_in_a_tree(void)
{
	host.live = false;
	host.kernel.major = 5;
	host.kernel.minor = 10;
	say(&host.kernel.release, "5.10.0-32-amd64");
	for (int i = 0; i < PROBE_COUNT; i++)
		host.probe.probes[i].result = PROBE_NOT_RUN;
}

static void old_kernel_in_a_tree_but_fuse(void)
{
	old_kernel_in_a_tree();
	set_tool(TOOL_FUSE_OVERLAYFS, "/usr/bin/fuse-overlayfs", 0755);
}

static void overlay_not_loaded(void)
{
	fail_probe(PROBE_OVERLAY, ENODEV, "mount overlay", "");
	host.kernel.modules[KERNEL_OVERLAY] = MODULE_LOADABLE;
}

static void no_fuse_not_needed(void)
{
	host.device.fuse = absent();
	host.probe.probes[PROBE_FUSE].result = PROBE_FAILED;
}

static void no_fuse_on_old_kernel(void)
{
	no_fuse_not_needed();
	host.kernel.minor = 0;
	host.kernel.major = 5;
	host.kernel.modules[KERNEL_FUSE] = MODULE_LOADABLE;
	host.probe.probes[PROBE_OVERLAY].result = PROBE_UNABLE;
}

static void no_tun(void)
{
	host.device.tun = absent();
	host.kernel.modules[KERNEL_TUN] = MODULE_LOADABLE;
	fail_probe(PROBE_TUN, ENOENT, "open /dev/net/tun", "");
}

static void tun_closed(void)
{
	host.device.tun.mode = S_IFCHR | 0600;
	fail_probe(PROBE_TUN, EACCES, "open /dev/net/tun", "");
}

static void no_tun_in_a_container(void)
{
	no_tun();
	say(&host.context.container, "podman");
}

static void tun_not_loaded_yet(void)
{
	host.kernel.modules[KERNEL_TUN] = MODULE_LOADABLE;
}

static void pasta_denied(void)
{
	fail_probe(PROBE_PASTA, EIO, "start pasta",
		"Failed to open() /dev/net/tun: Permission denied");
}

static void pasta_without_namespace(void)
{
	fail_probe(PROBE_PASTA, EPERM, "make a network namespace", "");
}

static void pasta_hangs(void)
{
	host.probe.probes[PROBE_PASTA] =
		(struct probe){ .result = PROBE_HUNG, .step = "start pasta", .ms = 1700 };
}

static void pasta_slow(void)
{
	pasta_hangs();
	host.probe.probes[PROBE_NETNS].ms = 500;
}

static void no_pasta(void)
{
	host.tool.tools[TOOL_PASTA] = (struct tool){ .file = absent() };
}

static void pasta_unseen(void)
{
	no_pasta();
	host.tool.tools[TOOL_PASTA].file =
		(struct fact_file){ .state = FACT_UNKNOWN, .error = EACCES };
}

static void slirp_only(void)
{
	no_pasta();
	set_tool(TOOL_SLIRP4NETNS, "/usr/bin/slirp4netns", 0755);
}

static void no_netns(void)
{
	fail_probe(PROBE_NETNS, EPERM, "unshare", "");
}

static void proc_masked(void)
{
	fail_probe(PROBE_MOUNT_PROC, EPERM, "mount proc", "");
}

static void few_keys(void)
{
	host.sysctl.keys[SYSCTL_MAX_KEYS].live = number(199);
}

static void few_watchers(void)
{
	host.sysctl.keys[SYSCTL_INOTIFY_INSTANCES].live = number(1);
}

static void with_podman(void)
{
	set_tool(TOOL_PODMAN, "/usr/bin/podman", 0755);
}

static void runtime_missing(void)
{
	with_podman();
	say(&host.config.runtime, "crun");
	(void)text_copy(host.config.runtime_file, PATH_MAX, "/etc/containers/containers.conf");
}

static void runtime_unseen(void)
{
	runtime_missing();
	host.tool.tools[TOOL_CRUN].file =
		(struct fact_file){ .state = FACT_UNKNOWN, .error = EACCES };
}

static void runtime_missing_without_podman(void)
{
	runtime_missing();
	host.tool.tools[TOOL_PODMAN] = (struct tool){ .file = absent() };
}

static void mount_program_missing(void)
{
	with_podman();
	say(&host.config.mount_program, "/usr/bin/fuse-overlayfs");
	(void)text_copy(host.config.mount_program_file, PATH_MAX, "/etc/containers/storage.conf");
}

static void bad_toml(void)
{
	host.config.count = 1;
	(void)text_copy(host.config.files[0].path, PATH_MAX,
		"/home/alice/.config/containers/registries.conf");
	host.config.files[0].state = FACT_KNOWN;
	host.config.files[0].bad_line = 7;
	(void)text_copy(host.config.files[0].why, 160, "expected '='");
}

static void vfs(void)
{
	with_podman();
	say(&host.config.storage_driver, "vfs");
}

static const struct fault faults[] = {
	{ "no home", home_missing, "home.exists", VERDICT_FAIL,
		"sudo install -d -m 0700 -o alice" },
	{ "home hidden", home_hidden, "home.exists", VERDICT_SKIP, "Permission denied" },
	{ "home hangs", home_hangs, "home.exists", VERDICT_FAIL, "does not answer" },
	{ "home is a file", home_is_a_file, "home.exists", VERDICT_FAIL, "no directory" },
	{ "home of the system", home_of_the_system, "home.owner", VERDICT_FAIL,
		"sudo usermod -d /home/alice alice" },
	{ "home of root", home_of_root, "home.owner", VERDICT_FAIL, "chown alice: /home/alice" },
	{ "E03", config_of_root, "home.owner", VERDICT_FAIL, "chown alice: /home/alice/.config" },
	{ "E03 by one command", all_of_it_of_root, "home.owner", VERDICT_FAIL,
		"sudo chown alice: /home/alice/.config /home/alice/.local" },
	{ "way closed and refused", way_closed_and_refused, "home.path", VERDICT_FAIL,
		"/data: mode 0700" },
	{ "way closed", way_closed, "home.path", VERDICT_WARN, "/data: mode 0700" },
	{ "way closed but passed", way_closed_but_passed, "home.path", VERDICT_PASS, "" },
	{ "E02", read_only, "home.writable", VERDICT_FAIL, "read-only" },
	{ "E01", noexec, "home.exec", VERDICT_FAIL, "remount,exec" },
	{ "E17", disk_full, "home.writable", VERDICT_FAIL, "No space left" },
	{ "little room", little_room, "home.space", VERDICT_WARN, "511 MiB" },
	{ "just enough room", just_enough_room, "home.space", VERDICT_PASS, "" },
	{ "E19", quota_of_bytes, "home.quota", VERDICT_WARN, "95 of 100 MiB" },
	{ "E19 of files", quota_of_files, "home.quota", VERDICT_WARN, "990 of 1000 files" },
	{ "E19 in grace", quota_above_soft, "home.quota", VERDICT_WARN, "60 of 50 MiB" },
	{ "a quota with room", quota_with_room, "home.quota", VERDICT_PASS, "" },
	{ "a quota nobody told", quota_closed, "home.quota", VERDICT_SKIP, "not permitted" },
	{ "E07", on_nfs, "home.network-fs", VERDICT_FAIL, "graphroot" },
	{ "E07 untried", on_nfs_untried, "home.network-fs", VERDICT_WARN, "nfs" },
	{ "E08", overlay_fails, "home.overlay", VERDICT_FAIL, "mount overlay: Invalid argument" },
	{ "E08 with fuse", overlay_fails_but_fuse, "home.overlay", VERDICT_WARN,
		"fuse-overlayfs is" },
	{ "a tree with 5.10", old_kernel_in_a_tree, "home.overlay", VERDICT_FAIL,
		"5.10.0-32-amd64" },
	{ "the same with fuse", old_kernel_in_a_tree_but_fuse, "home.overlay", VERDICT_PASS,
		"fuse-overlayfs" },
	{ "E10", overlay_not_loaded, "home.overlay", VERDICT_FAIL, "--only home.overlay" },
	{ "E11 not needed", no_fuse_not_needed, "device.fuse", VERDICT_PASS, "not needed" },
	{ "E11", no_fuse_on_old_kernel, "device.fuse", VERDICT_WARN, "module fuse: not loaded" },
	{ "F03", no_tun, "device.tun", VERDICT_FAIL, "sudo rpod-setup --only device.tun host" },
	{ "tun closed", tun_closed, "device.tun", VERDICT_FAIL, "chmod 0666 /dev/net/tun" },
	{ "no tun in a container", no_tun_in_a_container, "device.tun", VERDICT_WARN, "hand /dev" },
	{ "tun loads when opened", tun_not_loaded_yet, "device.tun", VERDICT_PASS, "" },
	{ "A29", pasta_denied, "net.pasta", VERDICT_FAIL, "Failed to open() /dev/net/tun" },
	{ "its namespace is another check's", pasta_without_namespace, "net.pasta", VERDICT_PASS,
		"" },
	{ "pasta hangs", pasta_hangs, "net.pasta", VERDICT_WARN, "no answer within 1700 ms" },
	{ "all is slow here", pasta_slow, "net.pasta", VERDICT_SKIP, "a namespace alone took 500" },
	{ "F01", no_pasta, "net.pasta", VERDICT_WARN, "apt-get install passt" },
	{ "pasta could not be seen", pasta_unseen, "net.pasta", VERDICT_SKIP,
		"'pasta': Permission denied" },
	{ "slirp4netns will do", slirp_only, "net.pasta", VERDICT_PASS, "slirp4netns" },
	{ "no network namespace", no_netns, "net.namespace", VERDICT_FAIL, "unshare" },
	{ "A31", proc_masked, "proc.mount", VERDICT_FAIL, "findmnt -R /proc" },
	{ "D01", few_keys, "limits.keys", VERDICT_WARN, "kernel.keys.maxkeys is only 199" },
	{ "D02", few_watchers, "limits.inotify", VERDICT_WARN, "only 1" },
	{ "runtime missing", runtime_missing, "config.containers", VERDICT_FAIL, "runtime = crun" },
	{ "runtime missing, of a package", runtime_missing, "config.containers", VERDICT_FAIL,
		"sudo apt-get install crun" },
	{ "runtime could not be seen", runtime_unseen, "config.containers", VERDICT_PASS, "" },
	{ "without podman it says nothing", runtime_missing_without_podman, "config.containers",
		VERDICT_PASS, "not installed" },
	{ "E13", mount_program_missing, "config.storage", VERDICT_FAIL, "mount_program" },
	{ "bad TOML", bad_toml, "config.registries", VERDICT_FAIL, "registries.conf:7: expected" },
	{ "vfs", vfs, "config.storage", VERDICT_WARN, "full copy" },
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
