/* SPDX-License-Identifier: Apache-2.0 */
#include "host/root.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/statvfs.h>

#include <cmocka.h>

#include "host/walk.h"
#include "tree.h"

static const struct {
	const char *path;
	int result;
	const char *content;
} ways[] = {
	{ "/plain", 0, "plain" },
	{ "//plain", 0, "plain" },
	{ "/./dir/../plain", 0, "plain" },
	{ "/../../../plain", 0, "plain" },
	{ "/dir/../../plain", 0, "plain" },
	{ "/absolute", 0, "plain" },
	{ "/relative", 0, "inside" },
	{ "/out", 0, "plain" },
	{ "/dir/up", 0, "plain" },
	{ "/chain1", 0, "plain" },
	{ "/todir/file", 0, "inside" },
	{ "/todir/../plain", 0, "plain" },
	{ "/loop", -ELOOP, NULL },
	{ "/self/self/self/plain", 0, "plain" },
	{ "/dangling", -ENOENT, NULL },
	{ "/missing", -ENOENT, NULL },
	{ "/missing/plain", -ENOENT, NULL },
	{ "/plain/below", -ENOTDIR, NULL },
	{ "/plain/", -ENOTDIR, NULL },
	{ "/absolute/", -ENOTDIR, NULL },
	{ "/dir", -EINVAL, NULL },
	{ "/dir/", -EINVAL, NULL },
	{ "/fifo", -EINVAL, NULL },
	{ "/todir", -EINVAL, NULL },
	{ "/etcpasswd", -ENOENT, NULL },
};

static void links_stay_inside(void **state)
{
	struct tree t;
	char path[512];

	(void)state;
	tree_make(&t);
	tree_file(&t, "/plain", "plain");
	tree_file(&t, "/dir/file", "inside");
	tree_link(&t, "/absolute", "/plain");
	tree_link(&t, "/relative", "dir/file");
	tree_link(&t, "/out", "../../../../plain");
	tree_link(&t, "/dir/up", "../../plain");
	tree_link(&t, "/chain1", "chain2");
	tree_link(&t, "/chain2", "/chain3");
	tree_link(&t, "/chain3", "./plain");
	tree_link(&t, "/todir", "/dir/");
	tree_link(&t, "/loop", "loop");
	tree_link(&t, "/self", "/");
	tree_link(&t, "/dangling", "/nowhere");
	tree_link(&t, "/etcpasswd", "/etc/passwd");
	tree_path(&t, "/fifo", path);
	assert_int_equal(mkfifo(path, 0644), 0);
	(void)tree_open(&t);
	for (int walk = 0; walk < 2; walk++)
		for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
			struct text got = { 0 };
			int r;

			t.root.without_openat2 = walk;
			r = root_read(&t.root, ways[i].path, 100, &got);
			if (r != ways[i].result ||
				(r >= 0 && strcmp(text_get(&got), ways[i].content) != 0))
				fail_msg("walk %d: '%s' gave %d '%s'", walk, ways[i].path, r,
					text_get(&got));
			text_done(&got);
		}
	tree_done(&t);
}

static void both_ways_give_up_after_forty_links(void **state)
{
	struct tree t;
	char name[32], target[32];

	(void)state;
	tree_make(&t);
	tree_file(&t, "/link0", "end");
	for (int i = 1; i <= 41; i++) {
		(void)snprintf(name, sizeof(name), "/link%d", i);
		(void)snprintf(target, sizeof(target), "link%d", i - 1);
		tree_link(&t, name, target);
	}
	(void)tree_open(&t);
	for (int walk = 0; walk < 2; walk++) {
		struct text got = { 0 };
		int forty, more;

		t.root.without_openat2 = walk;
		forty = root_read(&t.root, "/link40", 100, &got);
		more = root_read(&t.root, "/link41", 100, &got);
		text_done(&got);
		assert_int_equal(forty, 0);
		assert_int_equal(more, -ELOOP);
	}
	tree_done(&t);
}

static void a_link_itself_is_read_and_not_followed(void **state)
{
	struct tree t;
	char target[64];

	(void)state;
	tree_make(&t);
	tree_file(&t, "/plain", "");
	tree_link(&t, "/null", "/dev/null");
	(void)tree_open(&t);
	for (int walk = 0; walk < 2; walk++) {
		t.root.without_openat2 = walk;
		assert_int_equal(root_readlink(&t.root, "/null", target, sizeof(target)), 0);
		assert_string_equal(target, "/dev/null");
		assert_int_equal(root_readlink(&t.root, "/plain", target, sizeof(target)), -EINVAL);
		assert_int_equal(root_readlink(&t.root, "/none", target, sizeof(target)), -ENOENT);
		assert_int_equal(root_readlink(&t.root, "/null", target, 4), -ENAMETOOLONG);
	}
	tree_done(&t);
}

static void a_file_over_the_limit_is_said_and_cut(void **state)
{
	struct tree t;
	struct text got = { 0 }, exact = { 0 };
	char line[4];

	(void)state;
	tree_make(&t);
	tree_file(&t, "/file", "0123456789\nmore");
	(void)tree_open(&t);
	assert_int_equal(root_read(&t.root, "/file", 4, &got), -EFBIG);
	assert_string_equal(text_get(&got), "0123");
	assert_int_equal(root_read(&t.root, "/file", 15, &exact), 0);
	assert_int_equal(root_read_line(&t.root, "/file", line, sizeof(line)), 0);
	assert_string_equal(line, "012");
	assert_int_equal(root_read(&t.root, "file", 4, &got), -EINVAL);
	text_done(&got);
	text_done(&exact);
	tree_done(&t);
}

static void numbers_are_known_absent_or_unknown(void **state)
{
	static const struct {
		const char *content;
		enum fact_state state;
		int64_t value;
	} rows[] = {
		{ "7\n", FACT_KNOWN, 7 },
		{ "max\n", FACT_KNOWN, INT64_MAX },
		{ "-1", FACT_KNOWN, -1 },
		{ "", FACT_UNKNOWN, 0 },
		{ "7 8\n", FACT_UNKNOWN, 0 },
		{ "many\n", FACT_UNKNOWN, 0 },
		{ NULL, FACT_ABSENT, 0 },
		{ "99999999999999999999", FACT_UNKNOWN, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tree t;
		struct fact_number n;

		tree_make(&t);
		if (rows[i].content)
			tree_file(&t, "/n", rows[i].content);
		(void)tree_open(&t);
		root_read_number(&t.root, "/n", &n);
		tree_done(&t);
		assert_int_equal(n.state, rows[i].state);
		assert_int_equal(n.value, rows[i].value);
	}
}

static void files_of_others_in_a_home_are_not_read(void **state)
{
	struct tree t;
	struct text got = { 0 };
	char path[512];
	int mine, theirs, open_to_all;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/secret", "x");
	tree_path(&t, "/secret", path);
	(void)chmod(path, 0600);
	(void)tree_open(&t);
	mine = root_read_owned(&t.root, "/secret", 10, getuid(), &got);
	theirs = root_read_owned(&t.root, "/secret", 10, getuid() + 1, &got);
	(void)chmod(path, 0644);
	open_to_all = root_read_owned(&t.root, "/secret", 10, getuid() + 1, &got);
	text_done(&got);
	tree_done(&t);
	assert_int_equal(mine, 0);
	assert_int_equal(theirs, -EACCES);
	assert_int_equal(open_to_all, 0);
}

static void file_facts_survive_print_and_parse(void **state)
{
	struct fact_file file = {
		.state = FACT_KNOWN,
		.mode = S_IFREG | 04755,
		.uid = 1,
		.gid = 2,
		.rdev_major = 10,
		.rdev_minor = 229,
		.size = 100,
		.fs_type = 0xef53,
		.fs_flags = ST_NOSUID | ST_NOEXEC,
		.fs_free = 123,
		.fs_files = 9,
		.caps = 0x80,
	};
	struct fact_file back;
	struct text line = { 0 };
	static const char *const bad[] = { "mode", "what=1", "mode=9", "uid=-1", "flags=shiny",
		"rdev=10", "size=1x", "mode=0100644  uid=x" };

	(void)state;
	fact_file_print(&file, &line);
	assert_string_equal(text_get(&line),
		"mode=0104755 uid=1 gid=2 rdev=10:229 size=100 fs=ef53 "
		"flags=nosuid,noexec free=123 files=9 caps=0x80");
	assert_int_equal(fact_file_parse(text_get(&line), &back), 0);
	assert_memory_equal(&file, &back, sizeof(file));
	text_done(&line);
	assert_int_equal(fact_file_parse("mode=020666 rdev=10:229", &back), 0);
	assert_true(
		back.fs_free == UINT64_MAX && back.fs_files == UINT64_MAX && S_ISCHR(back.mode));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(fact_file_parse(bad[i], &back), -EINVAL);
}

static void what_is_mounted_into_an_image_is_not_the_images(void **state)
{
	static const char *const paths[] = { "/proc/x", "/sys/x", "/dev/x", "/run/x" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_text_list_ struct text_list names = { 0 };
		_cleanup_text_ struct text data = { 0 };
		struct fact_file file;
		struct tree t;
		int read, listed;

		tree_make(&t);
		tree_file(&t, paths[i], "of this machine");
		read = root_read(tree_open(&t), paths[i], ROOT_READ_LIMIT, &data);
		listed = root_list(&t.root, "/proc", &names);
		root_stat(&t.root, paths[i], &file);
		tree_done(&t);
		assert_int_equal(read, -ENODATA);
		assert_int_equal(listed, -ENODATA);
		assert_int_equal(file.state, FACT_UNKNOWN);
	}
}

static void a_name_that_begins_like_proc_is_the_images(void **state)
{
	_cleanup_text_ struct text data = { 0 };
	struct tree t;
	int r;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/processes", "of the image");
	r = root_read(tree_open(&t), "/processes", ROOT_READ_LIMIT, &data);
	tree_done(&t);
	assert_int_equal(r, 0);
}

static void only_a_patient_root_waits_longer(void **state)
{
	struct root root = { .fd = -1, .record_fd = -1 };

	(void)state;
	assert_int_equal(root_limit(&root, 1500), 1500);
	root.patient = true;
	assert_true(root_limit(&root, 1500) >= 10000);
	assert_int_equal(root_limit(&root, 60000), 60000);
}

static void a_real_path_has_no_link_in_it(void **state)
{
	static const struct {
		const char *path, *real; /* NULL: there is none */
	} rows[] = {
		{ "/opt/rpod/bin/rpod", "/opt/rpod/bin/rpod" },
		{ "/usr/bin/rpod", "/opt/rpod/bin/rpod" },
		{ "/usr/sbin/rpod", "/opt/rpod/bin/rpod" }, /* a directory that is a link */
		{ "/usr/bin/../bin/./other", "/usr/bin/other" },
		{ "//usr///bin/up", "/usr/bin/other" },
		{ "/usr/bin/out", "/etc" }, /* no way out of the tree */
		{ "/usr/bin/loop", NULL },
		{ "relative", NULL },
	};
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/opt/rpod/bin/rpod", "");
	tree_file(&t, "/usr/bin/other", "");
	tree_file(&t, "/etc/x", "");
	tree_link(&t, "/usr/bin/rpod", "/opt/rpod/bin/rpod");
	tree_link(&t, "/usr/sbin", "bin");
	tree_link(&t, "/usr/bin/up", "../bin/other");
	tree_link(&t, "/usr/bin/out", "../../../../../etc");
	tree_link(&t, "/usr/bin/loop", "loop");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char real[PATH_MAX] = "";
		int r = root_real_path(tree_open(&t), rows[i].path, real);

		if ((r < 0) != !rows[i].real || (rows[i].real && strcmp(real, rows[i].real) != 0))
			fail_msg("'%s' is '%s' (%d)", rows[i].path, real, r);
	}
	tree_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_real_path_has_no_link_in_it),
		cmocka_unit_test(links_stay_inside),
		cmocka_unit_test(only_a_patient_root_waits_longer),
		cmocka_unit_test(both_ways_give_up_after_forty_links),
		cmocka_unit_test(a_link_itself_is_read_and_not_followed),
		cmocka_unit_test(a_file_over_the_limit_is_said_and_cut),
		cmocka_unit_test(numbers_are_known_absent_or_unknown),
		cmocka_unit_test(files_of_others_in_a_home_are_not_read),
		cmocka_unit_test(file_facts_survive_print_and_parse),
		cmocka_unit_test(what_is_mounted_into_an_image_is_not_the_images),
		cmocka_unit_test(a_name_that_begins_like_proc_is_the_images),
	};

	return cmocka_run_group_tests_name("root", tests, NULL, NULL);
}
