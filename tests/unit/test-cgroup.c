/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cgroup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/delegate.h"
#include "host/mounts.h"
#include "host/user.h"
#include "tree.h"

static const struct user alice = { .state = FACT_KNOWN, .name = "alice", .uid = 1000 };

#define TOP "stat /sys/fs/cgroup\t0\tmode=040755 fs="

static void the_version_follows_from_what_is_mounted(void **state)
{
	static const struct {
		const char *answers;
		enum cgroup_version version;
		bool read_only;
	} rows[] = {
		{ TOP "63677270\n", CGROUP_V2, false },
		{ TOP "63677270 flags=ro,nosuid\n", CGROUP_V2, true },
		{ TOP "1021994\n", CGROUP_V1, false },
		{ TOP "1021994\nstat /sys/fs/cgroup/unified\t0\tfs=63677270\n", CGROUP_V1, false },
		{ TOP "1021994\nstat /sys/fs/cgroup/unified\t0\tfs=63677270\n"
		      "stat /run/systemd/system\t0\tmode=040755\n",
			CGROUP_HYBRID, false },
		{ TOP "1021994\nstat /sys/fs/cgroup/unified\t0\tfs=63677270\n"
		      "read /sys/fs/cgroup/unified/cgroup.controllers\t0\tcpu memory\\n\n",
			CGROUP_HYBRID, false },
		{ TOP "62656572\n", CGROUP_NONE, false },
		{ "", CGROUP_NONE, false },
		{ "stat /sys/fs/cgroup\tEACCES\t\n", CGROUP_UNKNOWN, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tree t;
		struct cgroup c;

		tree_make(&t);
		cgroup_read(&c, tree_host(&t, rows[i].answers), &alice);
		tree_done(&t);
		if (c.version != rows[i].version || c.read_only != rows[i].read_only)
			fail_msg("row %zu: %s", i, cgroup_version_words(c.version));
		assert_int_equal(c.count, c.version == CGROUP_V2 ? 4 : 0);
	}
}

static void the_chain_goes_down_to_the_users_manager(void **state)
{
	struct tree t;
	struct cgroup c;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n");
	tree_file(&t, "/sys/fs/cgroup/cgroup.subtree_control", "cpu memory pids\n");
	tree_file(&t, "/sys/fs/cgroup/user.slice/cgroup.controllers", "cpu memory pids\n");
	tree_file(&t, "/sys/fs/cgroup/user.slice/cgroup.subtree_control", "memory pids\n");
	tree_file(&t, "/sys/fs/cgroup/user.slice/cgroup.type", "domain\n");
	tree_file(&t, "/proc/cmdline",
		"quiet cgroup_disable=memory root=/dev/vda systemd.unified_cgroup_hierarchy=0 "
		"splash\n");
	cgroup_read(&c,
		tree_host(&t, TOP "63677270\n"
				  "stat /sys/fs/cgroup/user.slice/user-1000.slice\t0\tmode=040755 "
				  "uid=1000\n"),
		&alice);
	tree_done(&t);
	assert_string_equal(c.chain[3].path, "/user.slice/user-1000.slice/user@1000.service");
	assert_true(cgroup_has(&c.chain[0], "cpuset"));
	assert_false(cgroup_hands_on(&c.chain[0], "cpuset"));
	assert_true(cgroup_hands_on(&c.chain[0], "cpu"));
	assert_false(cgroup_has(&c.chain[0], "cp"));
	assert_false(cgroup_hands_on(&c.chain[1], "cpu"));
	assert_string_equal(c.chain[1].type.value, "domain");
	assert_int_equal(c.chain[0].type.state, FACT_ABSENT);
	assert_int_equal(c.chain[2].state, FACT_KNOWN);
	assert_int_equal(c.chain[2].owner, 1000);
	assert_int_equal(c.chain[2].controllers.state, FACT_ABSENT);
	assert_int_equal(c.chain[3].state, FACT_ABSENT);
	assert_string_equal(
		c.boot_argument.value, "cgroup_disable=memory systemd.unified_cgroup_hierarchy=0");
}

static void a_node_tells_what_stands_in_the_way(void **state)
{
	static const char path[] = "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service";
	static const struct {
		const char *name, *content;
	} files[] = {
		{ "cgroup.controllers", "memory\n" },
		{ "cgroup.freeze", "1\n" },
		{ "pids.current", "12\n" },
		{ "pids.max", "max\n" },
		{ "cgroup.stat", "nr_descendants 7\nnr_dying_descendants 3\n" },
		{ "cgroup.max.depth", "5\n" },
		{ "cgroup.procs", "41\n42\n" },
	};
	struct cgroup c;
	struct tree t;

	(void)state;
	tree_make(&t);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char name[256];

		(void)snprintf(name, sizeof(name), "%s/%s", path, files[i].name);
		tree_file(&t, name, files[i].content);
	}
	tree_file(&t, "/sys/fs/cgroup/user.slice/cgroup.procs", "");
	tree_file(&t, "/proc/sys/kernel/osrelease", "6.1.0\n");
	tree_file(&t, "/boot/config-6.1.0", "#\nCONFIG_RT_GROUP_SCHED=y\n#\n");
	cgroup_read(&c,
		tree_host(&t,
			TOP "63677270\n"
			    "stat /sys/fs/cgroup/user.slice\t0\tmode=040755 uid=0 flags=ro\n"),
		&alice);
	tree_done(&t);
	assert_true(c.chain[3].has_processes && !c.chain[1].has_processes);
	assert_true(c.chain[1].read_only && !c.chain[3].read_only);
	assert_int_equal(c.chain[3].frozen.value, 1);
	assert_int_equal(c.chain[3].tasks.value, 12);
	assert_true(c.chain[3].tasks_max.value == INT64_MAX);
	assert_int_equal(c.chain[3].below.value, 7);
	assert_int_equal(c.chain[3].depth_max.value, 5);
	assert_int_equal(c.chain[3].below_max.state, FACT_ABSENT);
	assert_int_equal(c.containers.state, FACT_ABSENT);
	assert_true(c.no_swap_limit);
	assert_true(c.rt_groups);
}

static void delegation_adds_up_over_unit_and_dropins(void **state)
{
	static const struct {
		const char *dropins[3]; /* 10- of all users, 20- of this one, 30- of all */
		const char *value, *file;
		const char *emptied;
	} rows[] = {
		{ { NULL, NULL, NULL }, "pids memory", "/usr/lib/systemd/system/user@.service",
			"" },
		{ { "[Service]\nDelegate=cpuset io\n", NULL, NULL }, "pids memory cpuset io",
			"/etc/systemd/system/user@.service.d/10-a.conf", "" },
		{ { "[Service]\nDelegate=cpuset\n", "[Service]\nDelegate = cpuset  io\n", NULL },
			"pids memory cpuset io",
			"/etc/systemd/system/user@1000.service.d/20-b.conf", "" },
		{ { "[Service]\nDelegate=\n", NULL, "[Service]\nDelegate=cpu\n" }, "cpu",
			"/etc/systemd/system/user@.service.d/30-c.conf",
			"/etc/systemd/system/user@.service.d/10-a.conf" },
		{ { NULL, "[Service]\nDelegate=io\nDelegate=\nDelegate=cpu\n", NULL }, "cpu",
			"/etc/systemd/system/user@1000.service.d/20-b.conf",
			"/etc/systemd/system/user@1000.service.d/20-b.conf" },
		{ { "[Service]\nDelegate=yes\n", "[Service]\nDelegate=cpu\n", NULL }, "yes",
			"/etc/systemd/system/user@1000.service.d/20-b.conf", "" },
		{ { "[Service]\nDelegate=yes\n", NULL, NULL }, "yes",
			"/etc/systemd/system/user@.service.d/10-a.conf", "" },
		{ { "[Service]\nDelegate=no\n", NULL, NULL }, "",
			"/etc/systemd/system/user@.service.d/10-a.conf",
			"/etc/systemd/system/user@.service.d/10-a.conf" },
		{ { "[Unit]\nDelegate=cpu\n", "[Service]\n#Delegate=cpu\nDelegateX=io\n", NULL },
			"pids memory", "/usr/lib/systemd/system/user@.service", "" },
	};
	static const char *const paths[] = { "/etc/systemd/system/user@.service.d/10-a.conf",
		"/etc/systemd/system/user@1000.service.d/20-b.conf",
		"/etc/systemd/system/user@.service.d/30-c.conf" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tree t;
		struct delegate got;

		tree_make(&t);
		tree_file(&t, "/usr/lib/systemd/system/user@.service",
			"[Unit]\nX=1\n[Service]\nDelegate=pids memory\n");
		for (size_t k = 0; k < 3; k++)
			if (rows[i].dropins[k])
				tree_file(&t, paths[k], rows[i].dropins[k]);
		delegate_read(&got, tree_open(&t), &alice);
		tree_done(&t);
		assert_int_equal(got.words.state, FACT_KNOWN);
		assert_string_equal(got.words.value, rows[i].value);
		assert_string_equal(got.file, rows[i].file);
		assert_string_equal(got.emptied, rows[i].emptied);
	}
}

static void systemds_version_is_in_the_name_of_its_library(void **state)
{
	static const struct {
		const char *path;
		unsigned version;
	} rows[] = {
		{ "/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-252.so", 252 },
		{ "/usr/lib/systemd/libsystemd-shared-239.so", 239 },
		{ "/usr/lib64/systemd/libsystemd-shared-255.12-1.fc40.so", 255 },
		{ "/lib/systemd/libsystemd-shared-247.so", 247 },
		{ "/usr/lib/systemd/other.so", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tree t;
		struct cgroup c;

		tree_make(&t);
		tree_file(&t, rows[i].path, "");
		cgroup_read(&c, tree_open(&t), &alice);
		tree_done(&t);
		assert_int_equal(c.systemd_version, rows[i].version);
	}
}

static void mounts_that_cover_proc_are_found(void **state)
{
	static const char clean[] =
		"25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
		"22 25 0:21 / /proc rw,nosuid - proc proc rw,hidepid=invisible,gid=5\n"
		"30 22 0:30 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw\n"
		"23 25 0:22 / /sys rw - sysfs sysfs rw\n"
		"31 23 0:31 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
	static const char nested[] = "25 1 0:40 / / rw - overlay overlay rw\n"
				     "22 25 0:21 / /proc rw - proc proc rw\n"
				     "33 22 0:21 /sys /proc/sys ro,relatime - proc proc rw\n"
				     "34 22 0:33 / /proc/acpi ro - tmpfs tmpfs rw\n"
				     "35 23 0:33 / /sys/firmware ro - tmpfs tmpfs rw\n";
	/* a unit with PrivateTmp= or ProtectHome=, a login with pam_namespace(8) */
	static const char unit[] = "25 1 0:24 /@/root / rw master:1 - btrfs /dev/vda rw\n";
	/* "/" is a directory of a mount that is not in sight */
	static const char chroot[] = "22 25 0:21 / /proc rw,nosuid - proc proc rw\n";
	struct mounts m;

	(void)state;
	assert_int_equal(mounts_parse(&m, chroot, strlen(chroot)), 0);
	assert_true(m.chrooted);
	assert_int_equal(mounts_parse(&m, unit, strlen(unit)), 0);
	assert_true(m.root_receives && !m.root_shared);
	assert_int_equal(mounts_parse(&m, clean, strlen(clean)), 0);
	assert_int_equal(m.state, FACT_KNOWN);
	assert_int_equal(m.proc_covered.state, FACT_ABSENT);
	assert_int_equal(m.sys_covered.state, FACT_ABSENT);
	assert_true(m.root_shared && !m.root_receives && !m.proc_sys_read_only && !m.chrooted);
	assert_string_equal(m.hidepid.value, "invisible");
	assert_int_equal(mounts_parse(&m, nested, strlen(nested)), 0);
	assert_string_equal(m.proc_covered.value, "/proc/sys");
	assert_string_equal(m.sys_covered.value, "/sys/firmware");
	assert_true(!m.root_shared && m.proc_sys_read_only);
	assert_int_equal(m.hidepid.state, FACT_ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_version_follows_from_what_is_mounted),
		cmocka_unit_test(the_chain_goes_down_to_the_users_manager),
		cmocka_unit_test(a_node_tells_what_stands_in_the_way),
		cmocka_unit_test(delegation_adds_up_over_unit_and_dropins),
		cmocka_unit_test(systemds_version_is_in_the_name_of_its_library),
		cmocka_unit_test(mounts_that_cover_proc_are_found),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
