/* SPDX-License-Identifier: Apache-2.0 */
#include "host/answers.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

static int parse(const char *data, struct answers **ret, struct error *err)
{
	assert_int_equal(answers_new(ret), 0);
	return answers_parse(*ret, data, strlen(data), "answers", err);
}

static void what_is_put_is_printed_sorted_and_parsed_back(void **state)
{
	struct answers *made, *read;
	struct text printed = { 0 }, again = { 0 }, said = { 0 };
	struct error err = { 0 };
	int r;

	(void)state;
	assert_int_equal(answers_new(&made), 0);
	assert_int_equal(answers_put(made, "z", -ENOENT, ""), 0);
	assert_int_equal(answers_put(made, "a b", 0, "one\ttwo\nthree\\four\r"), 0);
	assert_int_equal(answers_put(made, "odd", -133, "x"), 0);
	assert_int_equal(answers_put(made, "z", -EACCES, "later words win"), 0);
	assert_int_equal(answers_print(made, &printed), 0);
	r = parse(text_get(&printed), &read, &err);
	assert_int_equal(r, 0);
	assert_int_equal(answers_print(read, &again), 0);
	assert_string_equal(text_get(&printed), text_get(&again));
	assert_string_equal(text_get(&printed), "a b\t0\tone\\ttwo\\nthree\\\\four\\r\n"
						"odd\t133\tx\nz\tEACCES\tlater words win\n");
	assert_int_equal(answers_get(read, "a b", &said), 0);
	assert_string_equal(text_get(&said), "one\ttwo\nthree\\four\r");
	assert_int_equal(answers_get(read, "odd", &said), -133);
	assert_int_equal(answers_get(read, "never asked", &said), -ENODATA);
	answers_free(made);
	answers_free(read);
	text_done(&printed);
	text_done(&again);
	text_done(&said);
}

static void comments_and_empty_lines_say_nothing(void **state)
{
	struct answers *a;
	struct error err = { 0 };
	struct text out = { 0 };

	(void)state;
	assert_int_equal(parse("# by hand\n\nq\t0\ta\n#x", &a, &err), 0);
	assert_int_equal(answers_print(a, &out), 0);
	assert_string_equal(text_get(&out), "q\t0\ta\n");
	answers_free(a);
	text_done(&out);
}

static void a_bad_line_is_an_error_with_its_number(void **state)
{
	static const char *const bad[] = {
		"ok\t0\tx\nno tabs\n",
		"ok\t0\tx\none\ttab",
		"a\t0\tb\nq\tEWHAT\tx\n",
		"a\t0\tb\nq\t-1\tx\n",
		"a\t0\tb\nq\t0\t\\z\n",
		"a\t0\tb\nq\t0\tends in \\",
		"a\t0\tb\n\t0\tno question\n",
		"a\t0\tb\nq\t99999\tx\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct answers *a;
		struct error err = { 0 };
		int r = parse(bad[i], &a, &err);

		answers_free(a);
		assert_int_equal(r, -EINVAL);
		assert_non_null(strstr(err.text, "line 2 of 'answers'"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_printed_sorted_and_parsed_back),
		cmocka_unit_test(comments_and_empty_lines_say_nothing),
		cmocka_unit_test(a_bad_line_is_an_error_with_its_number),
	};

	return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
