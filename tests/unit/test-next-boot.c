/* SPDX-License-Identifier: Apache-2.0 */
/* A host seen as its next boot will find it: what files say counts, what holds now does not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/statvfs.h>

#include <cmocka.h>

#include "base/text.h"
#include "checks/check.h"
#include "host/boot-args.h"
#include "host/fstab.h"
#include "tree.h"

#define GRUB(arguments)                                                                            \
	"if [ \"${next_entry}\" ] ; then\n"                                                        \
	"   set default=\"${next_entry}\"\n"                                                       \
	"else\n"                                                                                   \
	"   set default=\"0\"\n"                                                                   \
	"fi\n"                                                                                     \
	"menuentry 'Debian' {\n"                                                                   \
	"\tlinux\t/boot/vmlinuz-6.12 root=/dev/vda1 ro " arguments "\n"                            \
	"}\n"                                                                                      \
	"menuentry 'old' {\n"                                                                      \
	"\tlinux\t/boot/vmlinuz-6.1 root=/dev/vda1 other\n"                                        \
	"}\n"

static const char answers[] = "user\t0\talice\n"
			      "uname\t0\t6.12.1 x86_64\n"
			      "list /usr/lib/systemd\t0\tlibsystemd-shared-252.so/\n"
			      "stat /home\t0\tmode=040755 uid=0 gid=0 fs=ef53\n"
			      "stat /home/alice\t0\tmode=040700 uid=1000 gid=1000 fs=ef53 "
			      "flags=noexec\n"
			      "stat /usr/bin/newuidmap\t0\tmode=0104755 uid=0 gid=0 fs=ef53\n"
			      "stat /usr/bin/newgidmap\t0\tmode=0104755 uid=0 gid=0 fs=ef53\n"
			      "env PATH\t0\t/nowhere\n"
			      "probe userns alice\t0\tfailed 28 4 clone;\n";

/* What holds now on all of them: no user namespaces, no cgroup v2, a home that is noexec. */
static const struct row {
	const char *path, *content; /* a file besides, or NULL */
	const char *id;
	enum verdict_kind kind;
	const char *evidence; /* where: "" none */
} rows[] = {
	{ NULL, NULL, "userns.max", VERDICT_PASS, "" },
	{ "/etc/sysctl.d/99-cis.conf", "user.max_user_namespaces = 0\n", "userns.max", VERDICT_FAIL,
		"/etc/sysctl.d/99-cis.conf:1" },
	{ "/etc/sysctl.d/99-cis.conf", "user.max_user_namespaces = 99\n", "userns.max",
		VERDICT_WARN, "/etc/sysctl.d/99-cis.conf:1" },
	{ "/etc/sysctl.d/99-cis.conf", "user.max_user_namespaces = 99\n", "userns.boot",
		VERDICT_PASS, "" }, /* it is told once */
	{ "/etc/sysctl.d/9.conf", "kernel.unprivileged_userns_clone=0\n", "userns.clone",
		VERDICT_FAIL, "/etc/sysctl.d/9.conf:1" },
	{ "/etc/sysctl.d/9.conf", "kernel.keys.maxkeys=10\n", "limits.keys", VERDICT_WARN,
		"/etc/sysctl.d/9.conf:1" },
	{ "/run/sysctl.d/99-gone.conf", "user.max_user_namespaces = 0\n", "userns.max",
		VERDICT_PASS, "" },
	{ NULL, NULL, "home.exec", VERDICT_PASS, "" },
	{ "/etc/fstab", "/dev/vdb /home ext4 noexec 0 2\n", "home.exec", VERDICT_FAIL,
		"/etc/fstab" },
	{ "/etc/fstab", "/dev/vdb /usr ext4 nosuid 0 2\n", "idmap.newuidmap", VERDICT_FAIL,
		"/etc/fstab" },
	{ "/etc/fstab", "/dev/vdb /usr ext4 ro 0 2\n", "idmap.newuidmap", VERDICT_PASS, "" },
	{ NULL, NULL, "cgroup.v2", VERDICT_PASS, "" },
	{ "/boot/grub/grub.cfg", GRUB("quiet"), "cgroup.v2", VERDICT_PASS, "" },
	{ "/boot/grub/grub.cfg", GRUB("systemd.unified_cgroup_hierarchy=0"), "cgroup.v2",
		VERDICT_FAIL, "/boot/grub/grub.cfg" },
	{ "/boot/grub/grub.cfg", GRUB("cgroup_disable=memory"), "cgroup.controllers", VERDICT_FAIL,
		"/boot/grub/grub.cfg" },
	{ NULL, NULL, "cgroup.controllers", VERDICT_SKIP, "" },
	{ "/proc/sys/user/max_user_namespaces", "0\n", "userns.max", VERDICT_PASS, "" },
	{ NULL, NULL, "userns.probe", VERDICT_SKIP, "" },
};

static void lay(struct tree *t, const struct row *row)
{
	tree_make(t);
	tree_file(t, "/etc/os-release", "ID=debian\nVERSION_ID=12\n");
	tree_file(t, "/etc/passwd", "alice:x:1000:1000::/home/alice:/bin/sh\n");
	if (row->path)
		tree_file(t, row->path, row->content);
	(void)tree_host(t, answers);
	root_at_next_boot(&t->root);
}

static void what_files_say_is_judged_and_what_holds_now_is_not(void **state)
{
	static struct host host;
	static struct verdict verdicts[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct error err = { 0 };
		struct tree t;
		int r;

		lay(&t, row);
		r = host_read(&host, &t.root, "alice", HOST_WHOLE, &err);
		tree_done(&t);
		if (r < 0)
			fail_msg("%s: %s", row->id, err.text);
		check_judge(&host, NULL, verdicts);
		for (size_t j = 0; j < check_count(); j++) {
			const struct verdict *v = &verdicts[j];

			if (strcmp(check_at(j)->id, row->id) == 0 &&
				(v->kind != row->kind ||
					strcmp(v->evidence[0].source, row->evidence) != 0))
				fail_msg("%zu %s: %s '%s' from '%s'", i, row->id,
					verdict_word(v->kind), v->why, v->evidence[0].source);
		}
		host_done(&host);
	}
}

static void what_ends_with_the_boot_is_unknown(void **state)
{
	static const char *const gone[] = { "/proc/self/status", "/run/user/1000", "/dev/fuse" };
	struct row none = { 0 };
	struct tree t;
	int results[ARRAY_SIZE(gone)] = { 0 }, kept;
	struct fact_file file;
	_cleanup_text_ struct text text = { 0 };

	(void)state;
	lay(&t, &none);
	for (size_t i = 0; i < ARRAY_SIZE(gone); i++) {
		root_stat(&t.root, gone[i], &file);
		results[i] = file.error;
	}
	kept = root_read(&t.root, "/run/systemd/container", 100, &text);
	tree_done(&t);
	for (size_t i = 0; i < ARRAY_SIZE(gone); i++)
		assert_int_equal(results[i], ENODATA);
	assert_int_equal(kept, -ENOENT);
}

static void an_fstab_says_how_a_path_is_mounted(void **state)
{
	static const struct {
		const char *text, *path;
		uint64_t flags;
	} lines[] = {
		{ "", "/home/alice", 0 },
		{ "/dev/a / ext4 defaults 0 1\n", "/home/alice", 0 },
		{ "/dev/a / ext4 ro 0 1\n", "/home/alice", ST_RDONLY },
		{ "/dev/a / ext4 ro\n/dev/b /home ext4 rw\n", "/home/alice", 0 },
		{ "/dev/b /home ext4 nosuid\n/dev/a / ext4 ro\n", "/home/alice", ST_NOSUID },
		{ "/dev/b /home ext4 user\n", "/home/alice", ST_NOSUID | ST_NODEV | ST_NOEXEC },
		{ "/dev/b /home ext4 user,exec\n", "/home/alice", ST_NOSUID | ST_NODEV },
		{ "/dev/b /home ext4 exec,user\n", "/home/alice",
			ST_NOSUID | ST_NODEV | ST_NOEXEC },
		{ "/dev/b /home ext4 noauto,noexec\n", "/home/alice", 0 },
		{ "#/dev/b /home ext4 noexec\n", "/home/alice", 0 },
		{ "/dev/b /homes ext4 noexec\n", "/home/alice", 0 },
		{ "/dev/b /home/ ext4 noexec\n", "/home/alice", ST_NOEXEC },
		{ "/dev/b /a\\040b ext4 noexec\n", "/a b/c", ST_NOEXEC },
		{ "/dev/b none swap sw\n/dev/c /home\n", "/home/alice", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		uint64_t got;

		assert_int_equal(
			fstab_flags(lines[i].text, strlen(lines[i].text), lines[i].path, &got), 0);
		if (got != lines[i].flags)
			fail_msg("'%s': %llx", lines[i].text, (unsigned long long)got);
	}
}

static void only_a_sure_command_line_is_taken(void **state)
{
	static const struct {
		int (*take)(const char *data, size_t length, struct text *ret);
		const char *text;
		int r;
		const char *arguments;
	} files[] = {
		{ boot_args_of_grub, GRUB("quiet"), 0, "root=/dev/vda1 ro quiet" },
		{ boot_args_of_grub, "set default=\"${saved_entry}\"\nlinux /v a\n", -ENODATA, "" },
		{ boot_args_of_grub, "set default=\"0\"\n", -ENODATA, "" },
		{ boot_args_of_grub, "set default=\"0\"\n linuxefi /v\n", 0, "" },
		{ boot_args_of_entry, "linux /v\noptions root=/dev/a\n", 0, " root=/dev/a" },
		{ boot_args_of_entry, "options $kernelopts x\n", -ENODATA, "" },
		{ boot_args_of_entry, "linux /v\n", -ENODATA, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct text got = { 0 };
		int r = files[i].take(files[i].text, strlen(files[i].text), &got);
		bool same = r == files[i].r && strcmp(text_get(&got), files[i].arguments) == 0;

		text_done(&got);
		if (!same)
			fail_msg("%zu: %d", i, r);
	}
}

static void arguments_choose_the_cgroup_version(void **state)
{
	static const struct {
		enum cgroup_version usual;
		unsigned systemd;
		const char *words;
		enum cgroup_version next;
	} boots[] = {
		{ CGROUP_V2, 252, "", CGROUP_V2 },
		{ CGROUP_V2, 252, "systemd.unified_cgroup_hierarchy=0", CGROUP_HYBRID },
		{ CGROUP_V2, 252, "systemd.unified_cgroup_hierarchy=no", CGROUP_HYBRID },
		{ CGROUP_V2, 252,
			"systemd.unified_cgroup_hierarchy=0 "
			"systemd.legacy_systemd_cgroup_controller=1",
			CGROUP_V1 },
		{ CGROUP_V1, 239, "systemd.unified_cgroup_hierarchy", CGROUP_V2 },
		{ CGROUP_V1, 239, "systemd.unified_cgroup_hierarchy=1", CGROUP_V2 },
		{ CGROUP_V1, 239, "systemd.unified_cgroup_hierarchy=0", CGROUP_V1 },
		{ CGROUP_HYBRID, 247, "cgroup_no_v1=all", CGROUP_V2 },
		{ CGROUP_V2, 257, "systemd.unified_cgroup_hierarchy=0", CGROUP_V2 },
		{ CGROUP_V2, 257,
			"systemd.unified_cgroup_hierarchy=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1",
			CGROUP_HYBRID },
		{ CGROUP_V2, 258,
			"systemd.unified_cgroup_hierarchy=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1",
			CGROUP_V2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(boots); i++)
		if (boot_next_cgroups(boots[i].usual, boots[i].systemd, boots[i].words) !=
			boots[i].next)
			fail_msg("systemd %u '%s'", boots[i].systemd, boots[i].words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_files_say_is_judged_and_what_holds_now_is_not),
		cmocka_unit_test(what_ends_with_the_boot_is_unknown),
		cmocka_unit_test(an_fstab_says_how_a_path_is_mounted),
		cmocka_unit_test(only_a_sure_command_line_is_taken),
		cmocka_unit_test(arguments_choose_the_cgroup_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
