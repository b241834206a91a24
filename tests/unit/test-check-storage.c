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

static void with_an_old_kernel(void)
{
	with_fuse_overlayfs();
	say(&host.kernel.release, "5.10.0-35-amd64");
	host.kernel.major = 5;
	host.kernel.minor = 10;
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

/* On a mount of its own below the home. */
static void images_at(const char *path)
{
	struct storage_place *place = &host.storage.places[STORAGE_GRAPHROOT];

	(void)text_copy(host.storage.graphroot, PATH_MAX, path);
	(void)text_copy(place->path, PATH_MAX, path);
	place->file = file(S_IFDIR | 0700, ALICE);
}

static void images_in_the_home(void)
{
	images_at("/home/alice/.local/share/containers/storage");
}

static void images_elsewhere(void)
{
	images_at("/srv/c");
	host.storage.elsewhere = true;
}

static struct fact_file *images(void)
{
	return &host.storage.places[STORAGE_GRAPHROOT].file;
}

static void images_noexec(void)
{
	images_in_the_home();
	images()->fs_flags = ST_NOEXEC;
}

static void images_read_only(void)
{
	images_in_the_home();
	images()->fs_flags = ST_RDONLY;
}

static void home_noexec_too(void)
{
	images_noexec();
	host.home.home.fs_flags = ST_NOEXEC;
}

static void home_noexec_images_elsewhere(void)
{
	images_elsewhere();
	host.home.home.fs_flags = ST_NOEXEC;
}

static void images_noexec_elsewhere(void)
{
	images_elsewhere();
	images()->fs_flags = ST_NOEXEC;
}

static void images_of_root(void)
{
	images_in_the_home();
	images()->uid = 0;
}

static void images_closed(void)
{
	images_in_the_home();
	images()->mode = S_IFDIR | 0500;
}

static void images_hang(void)
{
	images_elsewhere();
	*images() = (struct fact_file){ .error = ETIMEDOUT };
}

static void images_are_a_file(void)
{
	images_elsewhere();
	images()->mode = S_IFREG | 0700;
}

/* Not there yet: what is above it speaks. */
static void images_to_be_made(mode_t mode, uid_t uid)
{
	images_elsewhere();
	(void)text_copy(host.storage.places[STORAGE_GRAPHROOT].path, PATH_MAX, "/srv");
	*images() = file(S_IFDIR | mode, uid);
}

static void images_cannot_be_made(void)
{
	images_to_be_made(0755, 0);
}

static void images_can_be_made(void)
{
	images_to_be_made(01777, 0);
}

static void home_on_nfs_images_elsewhere(void)
{
	images_elsewhere();
	host.home.home.fs_type = 0x6969;
}

static void images_on_nfs(void)
{
	images_elsewhere();
	images()->fs_type = 0x6969;
	fail_probe(PROBE_OVERLAY, EINVAL, "mount overlay", "");
}

static void no_tun_until_the_next_boot(void)
{
	host.device.tun = absent();
	host.kernel.modules[KERNEL_TUN] = MODULE_LOADABLE;
	host.kernel.modules_disabled = number(1);
	fail_probe(PROBE_TUN, ENODEV, "open /dev/net/tun", "");
}

static void images_on_fat(void)
{
	images_in_the_home();
	images()->fs_type = 0x4d44;
	fail_probe(PROBE_OVERLAY, EINVAL, "mount overlay", "");
}

static void images_on_an_overlay(void)
{
	with_fuse_overlayfs();
	host.home.home.fs_type = 0xef53;
	images_in_the_home();
	images()->fs_type = 0x794c7630;
}

static void images_without_files(void)
{
	images_in_the_home();
	images()->fs_files = 12;
}

static void a_place(enum storage_role role, const char *path, uint64_t mib)
{
	struct storage_place *place = &host.storage.places[role];

	(void)text_copy(place->path, PATH_MAX, path);
	place->file = file(S_IFDIR | 01777, 0);
	place->file.fs_free = mib << 20;
}

static void little_in_var_tmp(void)
{
	a_place(STORAGE_VAR_TMP, "/var/tmp", 255);
}

static void little_in_var_tmp_but_copied_elsewhere(void)
{
	little_in_var_tmp();
	a_place(STORAGE_COPY_TMP, "/scratch", 9000);
	say(&host.config.copy_tmp, "/scratch");
}

static void runtime_dir_full(void)
{
	a_place(STORAGE_RUNROOT, "/run/user/1000", 0);
}

static void tmp_as_it_should_be(void)
{
	a_place(STORAGE_TMP, "/tmp", 900);
	a_place(STORAGE_VAR_TMP, "/var/tmp", 900);
}

static void tmp_closed(void)
{
	tmp_as_it_should_be();
	host.storage.places[STORAGE_VAR_TMP].file.mode = S_IFDIR | 0755;
}

static void tmp_gone(void)
{
	tmp_as_it_should_be();
	a_place(STORAGE_VAR_TMP, "/var", 900);
}

static void tmp_read_only(void)
{
	tmp_as_it_should_be();
	host.storage.places[STORAGE_TMP].file.fs_flags = ST_RDONLY;
}

static void all_read_only(void)
{
	tmp_read_only();
	host.home.home.fs_flags = ST_RDONLY;
}

static void foreign_layers(void)
{
	images_in_the_home();
	host.storage.owners = (struct storage_owners){
		.state = FACT_KNOWN, .seen = 200, .foreign = 7, .id = 362144
	};
	(void)text_copy(host.storage.owners.path, 256, "/s/overlay/a/diff/etc/shadow");
}

static void own_layers(void)
{
	foreign_layers();
	host.storage.owners.foreign = 0;
}

static const struct fault faults[] = {
	{ "E01 of a mount below", images_noexec, "home.storage", VERDICT_FAIL, "remount,exec" },
	{ "E01 of the home", home_noexec_too, "home.exec", VERDICT_FAIL, "noexec" },
	{ "a home noexec does no harm", home_noexec_images_elsewhere, "home.exec", VERDICT_PASS,
		"images are kept in '/srv/c'" },
	{ "E01 elsewhere", images_noexec_elsewhere, "home.storage", VERDICT_FAIL, "/srv/c" },
	{ "E02", images_read_only, "home.storage", VERDICT_FAIL, "remount,rw" },
	{ "E03", images_of_root, "home.storage", VERDICT_FAIL,
		"sudo chown alice: /home/alice/.local/share/containers/storage" },
	{ "E03 closed", images_closed, "home.storage", VERDICT_FAIL, "chmod u+rwx" },
	{ "images hang", images_hang, "home.storage", VERDICT_FAIL, "does not answer" },
	{ "images are a file", images_are_a_file, "home.storage", VERDICT_FAIL, "no directory" },
	{ "images cannot be made", images_cannot_be_made, "home.storage", VERDICT_FAIL,
		"sudo install -d -m 0700 -o alice -g 1000 /srv/c" },
	{ "images can be made", images_can_be_made, "home.storage", VERDICT_PASS, "/srv/c" },
	{ "E07 with images elsewhere", home_on_nfs_images_elsewhere, "home.network-fs",
		VERDICT_PASS, "it is on nfs, and images" },
	{ "E07 of the images", images_on_nfs, "home.network-fs", VERDICT_FAIL, "/srv/c: nfs" },
	{ "H02", no_tun_until_the_next_boot, "device.tun", VERDICT_FAIL,
		"sudo reboot # no module can be loaded before" },
	{ "E16", images_on_fat, "home.storage", VERDICT_FAIL,
		"/home/alice/.local/share/containers/storage: vfat, ext4, xfs, btrfs" },
	{ "E15", images_on_an_overlay, "home.overlay", VERDICT_WARN,
		"no native overlay on overlay" },
	{ "E17 files", images_without_files, "home.space", VERDICT_WARN, "12 files free" },
	{ "E17 /var/tmp", little_in_var_tmp, "home.space", VERDICT_WARN, "255 MiB" },
	{ "E17 elsewhere", little_in_var_tmp_but_copied_elsewhere, "home.space", VERDICT_PASS, "" },
	{ "E20", runtime_dir_full, "home.space", VERDICT_WARN, "/run/user/1000" },
	{ "tmp", tmp_as_it_should_be, "home.tmp", VERDICT_PASS, "" },
	{ "E22", tmp_closed, "home.tmp", VERDICT_WARN, "sudo install -d -m 1777 /var/tmp" },
	{ "E22 gone", tmp_gone, "home.tmp", VERDICT_WARN, "/var/tmp: absent" },
	{ "E22 read-only", tmp_read_only, "home.tmp", VERDICT_WARN, "findmnt -T /tmp" },
	{ "H07", all_read_only, "home.writable", VERDICT_FAIL, "/home/alice: ro, rw" },
	{ "E06", foreign_layers, "home.layers", VERDICT_WARN, "id 362144" },
	{ "own layers", own_layers, "home.layers", VERDICT_PASS, "" },
	{ "an old kernel has no other", with_an_old_kernel, "home.overlay", VERDICT_PASS,
		"by fuse-overlayfs" },
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
	expect_each(faults, ARRAY_SIZE(faults));
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

static void what_fails_home_writable_is_not_told_twice(void **state)
{
	(void)state;
	fine_host();
	all_read_only();
	assert_int_equal(judged("home.tmp")->kind, VERDICT_PASS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fault_fails_its_own_check_and_no_other),
		cmocka_unit_test(what_fails_home_overlay_is_not_told_twice),
		cmocka_unit_test(what_fails_home_writable_is_not_told_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
