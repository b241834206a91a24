/* SPDX-License-Identifier: Apache-2.0 */
/* Which boot stack a host has, what it boots with, and the files boot loaders are told by. */
#include "host/boot.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "checks/check.h"
#include "checks/plan.h"
#include "checks/request.h"
#include "host/os.h"
#include "setup/bootloader.h"
#include "tree.h"

#define DEBIAN "ID=debian\nVERSION_ID=12\n"
#define FEDORA "ID=fedora\nVERSION_ID=42\n"
#define SUSE   "ID=opensuse-tumbleweed\nID_LIKE=\"opensuse suse\"\n"

/* A live host has the answers file; without it the tree is an image. */
static const struct stack_row {
	const char *os;
	enum boot_stack stack;
	bool image;
	const char *files[4];
} stack_rows[] = {
	{ DEBIAN, BOOT_UNKNOWN, false, { NULL } },
	{ DEBIAN, BOOT_GRUB_DROP_IN, false, { "/etc/default/grub" } },
	{ DEBIAN, BOOT_GRUB_DROP_IN, true, { "/etc/default/grub" } },
	{ DEBIAN, BOOT_UNKNOWN, false, { "/usr/sbin/update-grub" } },
	{ DEBIAN, BOOT_FIRMWARE, false, { "/boot/firmware/cmdline.txt", "/boot/cmdline.txt" } },
	{ DEBIAN, BOOT_OLD_FIRMWARE, true, { "/boot/cmdline.txt" } },
	{ DEBIAN, BOOT_KERNEL_INSTALL, false,
		{ "/etc/kernel/cmdline", "/usr/bin/kernel-install" } },
	{ DEBIAN, BOOT_KERNEL_INSTALL, false,
		{ "/efi/loader/loader.conf", "/usr/bin/kernel-install" } },
	{ DEBIAN, BOOT_UNKNOWN, false, { "/etc/kernel/cmdline" } },
	{ DEBIAN, BOOT_OUTER, false, { "/.dockerenv", "/etc/default/grub" } },
	/* exported from a container: what runs it then is not said */
	{ DEBIAN, BOOT_GRUB_DROP_IN, true, { "/.dockerenv", "/etc/default/grub" } },
	{ DEBIAN, BOOT_WSL, false, { "/proc/sys/fs/binfmt_misc/WSLInterop", "/etc/default/grub" } },
	{ "ID=ubuntu-core\n", BOOT_SNAP, false, { NULL } },
	{ FEDORA, BOOT_GRUBBY, false, { "/usr/sbin/grubby", "/boot/loader/entries/x.conf" } },
	{ FEDORA, BOOT_GRUBBY, false,
		{ "/usr/bin/grubby", "/boot/loader/entries/x.conf", "/etc/kernel/cmdline",
			"/usr/bin/kernel-install" } },
	{ FEDORA, BOOT_GRUB2, false, { "/usr/sbin/grub2-mkconfig", "/etc/default/grub" } },
	{ FEDORA, BOOT_OSTREE, false,
		{ "/run/ostree-booted", "/usr/bin/rpm-ostree", "/usr/lib/bootc/x" } },
	{ FEDORA, BOOT_OSTREE_IMAGE, false, { "/run/ostree-booted" } },
	{ FEDORA, BOOT_BOOTC, true, { "/usr/lib/bootc/x", "/usr/bin/rpm-ostree" } },
	{ FEDORA, BOOT_BOOTC, false, { "/run/.containerenv", "/usr/lib/bootc/x" } },
	{ SUSE, BOOT_PBL, false, { "/usr/sbin/pbl", "/etc/default/grub" } },
	{ SUSE, BOOT_GRUB2, false, { "/usr/sbin/grub2-mkconfig", "/etc/default/grub" } },
	{ "ID=opensuse-microos\nID_LIKE=suse\n", BOOT_TRANSACTIONAL, false, { "/usr/sbin/pbl" } },
	{ "ID=arch\n", BOOT_GRUB, false,
		{ "/usr/bin/grub-mkconfig", "/etc/default/grub", "/usr/bin/update-grub" } },
	{ "ID=somebodys\n", BOOT_GRUB_DROP_IN, false,
		{ "/usr/sbin/update-grub", "/etc/default/grub" } },
	/* a directory of drop-ins alone makes no grub-mkconfig that reads them */
	{ "ID=arch\n", BOOT_GRUB, false,
		{ "/usr/bin/grub-mkconfig", "/etc/default/grub", "/etc/default/grub.d/x" } },
};

static void the_stack_is_known_by_its_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stack_rows); i++) {
		const struct stack_row *row = &stack_rows[i];
		struct boot boot;
		struct tree t;

		tree_make(&t);
		tree_file(&t, "/etc/os-release", row->os);
		for (size_t f = 0; f < ARRAY_SIZE(row->files) && row->files[f]; f++)
			tree_file(&t, row->files[f], "");
		boot_read(&boot, row->image ? tree_open(&t) : tree_host(&t, ""));
		tree_done(&t);
		if (boot.stack != row->stack)
			fail_msg("row %zu: %s", i, boot_stack_word(boot.stack));
	}
}

static void words_of_stacks_lead_back(void **state)
{
	(void)state;
	for (int i = 0; i < BOOT_STACK_COUNT; i++)
		assert_int_equal(boot_stack_find(boot_stack_word((enum boot_stack)i)), i);
	assert_int_equal(boot_stack_find("tool"), -ENOENT);
}

static void every_stack_says_what_to_do(void **state)
{
	char advice[256];

	(void)state;
	for (int i = 0; i < BOOT_STACK_COUNT; i++) {
		boot_advice((enum boot_stack)i, "x.y=1", advice, sizeof(advice));
		assert_null(strchr(advice, '@'));
		/* Windows takes another argument than systemd */
		if (i != BOOT_WSL)
			assert_non_null(strstr(advice, "x.y=1"));
	}
}

static void what_is_usual_follows_from_systemd_and_who_built_it(void **state)
{
	static const struct {
		struct os os;
		unsigned systemd;
		enum cgroup_version usual;
	} rows[] = {
		{ { .id = "rhel", .version = "8.10" }, 239, CGROUP_V1 },
		{ { .id = "rocky", .version = "8.9" }, 239, CGROUP_V1 },
		{ { .id = "rhel", .version = "9.6" }, 252, CGROUP_V2 },
		{ { .id = "debian", .version = "10" }, 241, CGROUP_HYBRID },
		{ { .id = "debian", .version = "11" }, 247, CGROUP_V2 },
		{ { .id = "ubuntu", .version = "20.04" }, 245, CGROUP_HYBRID },
		{ { .id = "ubuntu", .version = "21.04" }, 247, CGROUP_HYBRID },
		{ { .id = "ubuntu", .version = "21.10" }, 248, CGROUP_V2 },
		{ { .id = "ubuntu", .version = "22.04" }, 249, CGROUP_V2 },
		{ { .id = "opensuse-leap", .version = "15.6" }, 254, CGROUP_HYBRID },
		{ { .id = "opensuse-leap", .version = "16.0" }, 257, CGROUP_V2 },
		{ { .id = "arch" }, 257, CGROUP_V2 },
		/* no release, testing: newer than all rows */
		{ { .id = "debian" }, 257, CGROUP_V2 },
		{ { .id = "somebodys", .version = "1" }, 249, CGROUP_V2 },
		{ { .id = "somebodys", .version = "1" }, 239, CGROUP_HYBRID },
		{ { .id = "debian", .version = "12" }, 0, CGROUP_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (boot_usual_cgroups(&rows[i].os, rows[i].systemd) != rows[i].usual)
			fail_msg("row %zu", i);
}

#define HEADER "# Written by rpod-setup(8), which takes it back with 'rpod-setup undo'.\n"
#define NAME   "GRUB_CMDLINE_LINUX_DEFAULT="

static const struct edit_row {
	int (*edit)(const char *now, const char *argument, struct text *ret);
	const char *now;
	int result;
	const char *after;
} edit_rows[] = {
	{ bootloader_edit_line, "root=/dev/sda1 quiet\n", 0, "root=/dev/sda1 quiet a.b=1\n" },
	{ bootloader_edit_line, "root=/dev/sda1", 0, "root=/dev/sda1 a.b=1" },
	{ bootloader_edit_line, "root=/dev/sda1 \n\n", 0, "root=/dev/sda1 a.b=1\n\n" },
	{ bootloader_edit_line, "x a.b=1\n", 1, "x a.b=1\n" },
	{ bootloader_edit_line, "DO NOT EDIT THIS FILE\n\nThe file has moved\n", -EINVAL, "" },
	{ bootloader_edit_words, "", 0, "a.b=1" },
	{ bootloader_edit_words, "x a.b=1 y\n", 1, "x a.b=1 y\n" },
	{ bootloader_edit_words, "a.b=10\n", 0, "a.b=10 a.b=1\n" },
	{ bootloader_edit_words, "root=x\na.b=1\n", 1, "root=x\na.b=1\n" },
	{ bootloader_edit_words, "root=x\nquiet\n", 0, "root=x a.b=1\nquiet\n" },
	{ bootloader_edit_drop_in, "# ours\n", 0,
		"# ours\nGRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX a.b=1\"\n" },
	{ bootloader_edit_drop_in, "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX a.b=1\"\n", 1,
		"GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX a.b=1\"\n" },
	{ bootloader_edit_default, "A=1\n" NAME "\"quiet\"\nB=2\n", 0,
		"A=1\n" NAME "\"quiet a.b=1\"\nB=2\n" },
	{ bootloader_edit_default, NAME "'quiet'\n", 0, NAME "'quiet a.b=1'\n" },
	{ bootloader_edit_default, NAME "\"\"\n", 0, NAME "\"a.b=1\"\n" },
	{ bootloader_edit_default, NAME "\n", 0, NAME "\"a.b=1\"\n" },
	{ bootloader_edit_default, "A=1", 0, "A=1\n" NAME "\"a.b=1\"\n" },
	{ bootloader_edit_default, "", 0, NAME "\"a.b=1\"\n" },
	/* the last one counts, and a comment does not */
	{ bootloader_edit_default, NAME "\"x\"\n#" NAME "\"y\"\n" NAME "\"z\"\n", 0,
		NAME "\"x\"\n#" NAME "\"y\"\n" NAME "\"z a.b=1\"\n" },
	{ bootloader_edit_default, NAME "\"x a.b=1 y\"\n", 1, NAME "\"x a.b=1 y\"\n" },
	{ bootloader_edit_default, NAME "\"a.b=1\"\n" NAME "\"y\"\n", 0,
		NAME "\"a.b=1\"\n" NAME "\"y a.b=1\"\n" },
	/* written as no program would: added to by a line of shell */
	{ bootloader_edit_default, NAME "quiet\n", 0,
		NAME "quiet\n" NAME "\"$GRUB_CMDLINE_LINUX_DEFAULT a.b=1\"\n" },
	{ bootloader_edit_default, NAME "\"x\"' y'\n", 0,
		NAME "\"x\"' y'\n" NAME "\"$GRUB_CMDLINE_LINUX_DEFAULT a.b=1\"\n" },
	{ bootloader_edit_default, NAME "\"x \\\n y\"", 0,
		NAME "\"x \\\n y\"\n" NAME "\"$GRUB_CMDLINE_LINUX_DEFAULT a.b=1\"\n" },
	{ bootloader_edit_kargs, "", 0, HEADER "kargs = [\"a.b=1\"]\n" },
	{ bootloader_edit_kargs, "kargs = [\"x\"]\n", 0, "kargs = [\"x\", \"a.b=1\"]\n" },
	{ bootloader_edit_kargs, "kargs = [\"a.b=1\"]\n", 1, "kargs = [\"a.b=1\"]\n" },
	{ bootloader_edit_kargs, "match-architectures = [\"x\"]\n", -EINVAL, "" },
};

static void an_argument_is_added_once_and_nothing_else_changes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(edit_rows); i++) {
		struct text got = { 0 };
		int r = edit_rows[i].edit(edit_rows[i].now, "a.b=1", &got);
		bool same = strcmp(text_get(&got), edit_rows[i].after) == 0;

		if (r != edit_rows[i].result || !same)
			print_error("row %zu: %d '%s'\n", i, r, text_get(&got));
		text_done(&got);
		assert_int_equal(r, edit_rows[i].result);
		assert_true(same);
	}
}

static void what_was_edited_is_known_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(edit_rows); i++) {
		struct text again = { 0 };
		int r = edit_rows[i].edit(edit_rows[i].after, "a.b=1", &again);

		text_done(&again);
		if (edit_rows[i].result >= 0 && r != 1)
			fail_msg("row %zu: %d", i, r);
	}
}

static void a_word_is_dropped_where_it_stands(void **state)
{
	struct text got = { 0 };
	bool same;

	(void)state;
	bootloader_drop_word("x  a.b=1 a.b=10\ta.b=1\n", "a.b=1", &got);
	same = strcmp(text_get(&got), "x a.b=10") == 0;
	text_done(&got);
	assert_true(same);
}

static void a_version_that_is_not_the_second_is_mended_where_the_boot_is_ours(void **state)
{
	static const struct {
		const char *words;
		bool live, systemd, planned;
		const char *container; /* NULL: none */
		enum cgroup_version now;
		struct boot boot;
	} rows[] = {
		{ "a host", true, true, true, NULL, CGROUP_V1, { BOOT_GRUBBY, CGROUP_V1 } },
		{ "its second boot", true, true, false, NULL, CGROUP_V2,
			{ BOOT_GRUBBY, CGROUP_V1 } },
		{ "not systemd's", true, false, false, NULL, CGROUP_V1, { BOOT_GRUB, CGROUP_V2 } },
		{ "a container", true, true, false, "lxc", CGROUP_V1, { BOOT_OUTER, CGROUP_V1 } },
		{ "WSL", true, true, false, "wsl", CGROUP_HYBRID, { BOOT_WSL, CGROUP_V2 } },
		{ "a tree", false, false, true, NULL, CGROUP_UNKNOWN, { BOOT_GRUBBY, CGROUP_V1 } },
		{ "a newer tree", false, false, false, NULL, CGROUP_UNKNOWN,
			{ BOOT_GRUBBY, CGROUP_V2 } },
		{ "a tree of no systemd", false, false, false, NULL, CGROUP_UNKNOWN,
			{ BOOT_GRUBBY, CGROUP_UNKNOWN } },
		{ "an image being built", true, false, true, "podman", CGROUP_V2,
			{ BOOT_BOOTC, CGROUP_V1 } },
		{ "on a build host of version 1", true, false, false, "podman", CGROUP_V1,
			{ BOOT_BOOTC, CGROUP_V2 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct host host = { .live = rows[i].live, .boot = rows[i].boot };
		struct plan plan = { 0 };
		bool planned;

		host.context.systemd = rows[i].systemd;
		if (rows[i].container)
			host.context.container.state = FACT_KNOWN;
		host.cgroup.version = rows[i].now;
		check_find("cgroup.v2")->mend(&host, &request_default, &plan);
		planned = plan.count == 1 && plan.changes[0].kind == CHANGE_KERNEL_ARG;
		plan_done(&plan);
		if (planned != rows[i].planned)
			fail_msg("%s", rows[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_stack_is_known_by_its_files),
		cmocka_unit_test(words_of_stacks_lead_back),
		cmocka_unit_test(every_stack_says_what_to_do),
		cmocka_unit_test(what_is_usual_follows_from_systemd_and_who_built_it),
		cmocka_unit_test(an_argument_is_added_once_and_nothing_else_changes),
		cmocka_unit_test(what_was_edited_is_known_again),
		cmocka_unit_test(a_word_is_dropped_where_it_stands),
		cmocka_unit_test(a_version_that_is_not_the_second_is_mended_where_the_boot_is_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
