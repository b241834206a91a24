/* SPDX-License-Identifier: Apache-2.0 */
#include "check-host.h"

#include <errno.h>

static void overlay_fails(void)
{
	host.home.home.fs_type = 0x794c7630;
	fail_probe(PROBE_OVERLAY, EINVAL, "mount overlay", "");
}

static void with_fuse_overlayfs(void)
{
	overlay_fails();
	set_tool(TOOL_FUSE_OVERLAYFS, "/usr/bin/fuse-overlayfs", 0755);
}

static void fuse_closed(void)
{
	host.device.fuse.mode = S_IFCHR | 0600;
	fail_probe(PROBE_FUSE, EACCES, "open /dev/fuse", "");
}

static void overlay_fails_and_fuse_is_closed(void)
{
	with_fuse_overlayfs();
	fuse_closed();
}

static void overlay_fails_and_fuse_is_not_loaded(void)
{
	with_fuse_overlayfs();
	host.device.fuse = absent();
	host.kernel.modules[KERNEL_FUSE] = MODULE_LOADABLE;
	fail_probe(PROBE_FUSE, ENOENT, "open /dev/fuse", "");
}

static void overlay_fails_in_a_container_without_fuse(void)
{
	with_fuse_overlayfs();
	say(&host.context.container, "podman");
	host.device.fuse = absent();
	fail_probe(PROBE_FUSE, ENOENT, "open /dev/fuse", "");
}

static void neither_program_nor_device(void)
{
	overlay_fails();
	fuse_closed();
}

static void told_to_use_fuse(void)
{
	set_tool(TOOL_PODMAN, "/usr/bin/podman", 0755);
	set_tool(TOOL_FUSE_OVERLAYFS, "/usr/bin/fuse-overlayfs", 0755);
	say(&host.config.mount_program, "/usr/bin/fuse-overlayfs");
	(void)text_copy(host.config.mount_program_file, PATH_MAX, "/etc/containers/storage.conf");
}

static void told_to_use_closed_fuse(void)
{
	told_to_use_fuse();
	fuse_closed();
}

static const struct fault faults[] = {
	{ "fuse-overlayfs serves", with_fuse_overlayfs, "home.overlay", VERDICT_WARN, "is used" },
	{ "its device is closed", overlay_fails_and_fuse_is_closed, "home.overlay", VERDICT_FAIL,
		"sudo chmod 0666 /dev/fuse" },
	{ "its module is not loaded", overlay_fails_and_fuse_is_not_loaded, "home.overlay",
		VERDICT_FAIL, "sudo rpod-setup --only home.overlay user alice" },
	{ "its device is not ours", overlay_fails_in_a_container_without_fuse, "home.overlay",
		VERDICT_FAIL, "hand /dev/fuse to the container around us" },
	{ "neither is there", neither_program_nor_device, "home.overlay", VERDICT_FAIL,
		"apt-get install fuse-overlayfs" },
	{ "a closed device that nobody needs", fuse_closed, "device.fuse", VERDICT_PASS,
		"not needed" },
	{ "storage.conf has it", told_to_use_fuse, "device.fuse", VERDICT_PASS, "" },
	{ "storage.conf has it, closed", told_to_use_closed_fuse, "device.fuse", VERDICT_FAIL,
		"/etc/containers/storage.conf: mount_program = /usr/bin/fuse-overlayfs" },
};

static void each_fault_fails_its_own_check_and_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		expect(&faults[i]);
}

static void what_fails_home_overlay_is_not_told_twice(void **state)
{
	const struct verdict *v;

	(void)state;
	fine_host();
	overlay_fails_and_fuse_is_closed();
	v = judged("device.fuse");
	assert_int_equal(v->kind, VERDICT_SKIP);
	assert_string_equal(v->skipped_because, "home.overlay");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_fails_its_own_check_and_no_other),
		cmocka_unit_test(what_fails_home_overlay_is_not_told_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
