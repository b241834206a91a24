/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "setup/diff.h"

static void expect(const char *before, const char *after, const char *wanted)
{
	struct text diff = { 0 };
	char *got;

	diff_unified(before, after, "a", "b", &diff);
	got = text_take(&diff);
	assert_string_equal(got, wanted);
	free(got);
}

static void same_texts_have_no_diff(void **state)
{
	(void)state;
	expect("x\n", "x\n", "");
	expect("", "", "");
}

static void a_new_file_is_all_plus(void **state)
{
	(void)state;
	expect("", "one\ntwo\n", "--- a\n+++ b\n@@ -0,0 +1,2 @@\n+one\n+two\n");
}

static void a_removed_file_is_all_minus(void **state)
{
	(void)state;
	expect("one\n", "", "--- a\n+++ b\n@@ -1 +0,0 @@\n-one\n");
}

static void a_hunk_has_three_lines_of_context(void **state)
{
	(void)state;
	expect("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nX\n6\n7\n8\n9\n",
		"--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+X\n 6\n 7\n 8\n");
}

static void a_line_kept_in_the_middle_is_context(void **state)
{
	(void)state;
	expect("a\nkeep\nb\n", "x\nkeep\ny\n",
		"--- a\n+++ b\n@@ -1,3 +1,3 @@\n-a\n+x\n keep\n-b\n+y\n");
}

static void a_missing_last_newline_is_said(void **state)
{
	(void)state;
	expect("a\nb", "a\nb\nc\n",
		"--- a\n+++ b\n@@ -1,2 +1,3 @@\n a\n-b\n\\ No newline at end of file\n+b\n+c\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_texts_have_no_diff),
		cmocka_unit_test(a_new_file_is_all_plus),
		cmocka_unit_test(a_removed_file_is_all_minus),
		cmocka_unit_test(a_hunk_has_three_lines_of_context),
		cmocka_unit_test(a_line_kept_in_the_middle_is_context),
		cmocka_unit_test(a_missing_last_newline_is_said),
	};

	return cmocka_run_group_tests_name("setup-diff", tests, NULL, NULL);
}
