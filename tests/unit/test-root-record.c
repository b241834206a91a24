/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded hosts: what is answered from the record, what of the tree, and how one is made. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/root.h"
#include "tree.h"

static void answers_come_before_the_tree(void **state)
{
	struct tree t;
	struct root *root;
	struct text got = { 0 };
	struct text_list names = { 0 };
	struct fact_file file;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/etc/a", "from the tree");
	tree_file(&t, "/etc/b", "b");
	root = tree_host(&t, "read /etc/b\tEACCES\t\nread /etc/c\t0\tfrom the answers\\n\n"
			     "stat /dev/fuse\t0\tmode=020666 rdev=10:229\nlist /run\t0\tx/y/\n");
	assert_int_equal(root->kind, ROOT_RECORDED);
	assert_int_equal(root_read(root, "/etc/a", 100, &got), 0);
	assert_int_equal(root_read(root, "/etc/b", 100, &got), -EACCES);
	assert_int_equal(root_read(root, "/etc/c", 100, &got), 0);
	assert_string_equal(text_get(&got), "from the treefrom the answers\n");
	root_stat(root, "/dev/fuse", &file);
	assert_true(file.state == FACT_KNOWN && file.rdev_minor == 229);
	root_stat(root, "/etc/a", &file);
	assert_true(file.state == FACT_KNOWN && file.uid == 0 && file.size == 13);
	root_stat(root, "/etc/none", &file);
	assert_int_equal(file.state, FACT_ABSENT);
	assert_int_equal(root_list(root, "/run", &names), 0);
	assert_true(names.count == 2 && text_list_has(&names, "y"));
	text_list_done(&names);
	assert_int_equal(root_list(root, "/etc", &names), 0);
	assert_int_equal(names.count, 2);
	text_list_done(&names);
	text_done(&got);
	tree_done(&t);
}

static void a_malformed_record_does_not_open(void **state)
{
	struct tree t;
	struct root root;
	struct error err = { 0 };
	int r;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/.rpod/answers", "nonsense\n");
	r = root_open(t.path, &root, &err);
	tree_done(&t);
	assert_int_equal(r, -EINVAL);
	assert_non_null(strstr(err.text, "line 1 of"));
}

static char hello[] = "hello", other[] = "not asked";

static int say_hello(void *arg, struct text *ret)
{
	text_add(ret, arg);
	return 0;
}

static void an_image_answers_no_questions(void **state)
{
	struct tree t;
	struct text got = { 0 };
	int r;

	(void)state;
	tree_make(&t);
	(void)tree_open(&t);
	r = root_ask(&t.root, "uname", say_hello, hello, &got);
	text_done(&got);
	tree_done(&t);
	assert_int_equal(r, -ENODATA);
}

static void a_replay_sees_what_the_recorder_saw(void **state)
{
	struct tree t, record;
	struct root live, replay;
	struct error err = { 0 };
	struct text got = { 0 };
	struct fact_file null, there, none;
	struct text_list names = { 0 };
	char path[512];

	(void)state;
	tree_make(&t);
	tree_make(&record);
	tree_file(&t, "/long", "0123456789");
	tree_file(&t, "/dir/b", "");
	assert_int_equal(root_open("/", &live, &err), 0);
	assert_int_equal(root_record(&live, record.path, &err), 0);
	(void)snprintf(path, sizeof(path), "%s/long", t.path);
	/* a copy made for a small limit must serve a larger one */
	assert_int_equal(root_read(&live, path, 4, &got), -EFBIG);
	root_stat(&live, "/dev/null", &null);
	(void)snprintf(path, sizeof(path), "%s/none", t.path);
	root_stat(&live, path, &none);
	assert_int_equal(root_read(&live, path, 4, &got), -ENOENT);
	(void)snprintf(path, sizeof(path), "%s/dir", t.path);
	assert_int_equal(root_list(&live, path, &names), 0);
	assert_int_equal(root_ask(&live, "greeting", say_hello, hello, &got), 0);
	assert_int_equal(root_record_finish(&live, &err), 0);
	root_close(&live);
	text_list_done(&names);
	text_done(&got);

	assert_int_equal(root_open(record.path, &replay, &err), 0);
	(void)snprintf(path, sizeof(path), "%s/long", t.path);
	assert_int_equal(root_read(&replay, path, 100, &got), 0);
	assert_string_equal(text_get(&got), "0123456789");
	text_done(&got);
	root_stat(&replay, "/dev/null", &there);
	assert_memory_equal(&null, &there, sizeof(null));
	(void)snprintf(path, sizeof(path), "%s/none", t.path);
	root_stat(&replay, path, &none);
	assert_int_equal(none.state, FACT_ABSENT);
	root_stat(&replay, "/etc/hostname", &none);
	assert_int_equal(none.state, FACT_UNKNOWN);
	assert_int_equal(none.error, ENODATA);
	(void)snprintf(path, sizeof(path), "%s/dir", t.path);
	assert_int_equal(root_list(&replay, path, &names), 0);
	assert_true(names.count == 1 && text_list_has(&names, "b"));
	assert_int_equal(root_ask(&replay, "greeting", say_hello, other, &got), 0);
	assert_string_equal(text_get(&got), "hello");
	assert_int_equal(root_ask(&replay, "never asked", say_hello, other, &got), -ENODATA);
	root_close(&replay);
	text_list_done(&names);
	text_done(&got);
	tree_done(&t);
	tree_done(&record);
}

static void a_record_goes_to_an_empty_directory_only(void **state)
{
	struct tree t;
	struct root live;
	struct error err = { 0 };
	int r;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/file", "");
	assert_int_equal(root_open("/", &live, &err), 0);
	r = root_record(&live, t.path, &err);
	root_close(&live);
	tree_done(&t);
	assert_int_equal(r, -ENOTEMPTY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_come_before_the_tree),
		cmocka_unit_test(a_malformed_record_does_not_open),
		cmocka_unit_test(an_image_answers_no_questions),
		cmocka_unit_test(a_replay_sees_what_the_recorder_saw),
		cmocka_unit_test(a_record_goes_to_an_empty_directory_only),
	};

	return cmocka_run_group_tests_name("root-record", tests, NULL, NULL);
}
