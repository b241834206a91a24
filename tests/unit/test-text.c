/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static void additions_join_and_stay_terminated(void **state)
{
	struct text t = { 0 };

	(void)state;
	text_add(&t, "one");
	text_addf(&t, "-%d-%s", 2, "three");
	for (int i = 0; i < 1000; i++)
		text_add(&t, "x");
	assert_int_equal(t.length, 11 + 1000);
	assert_int_equal(strlen(text_get(&t)), t.length);
	assert_memory_equal(t.data, "one-2-three", 11);
	assert_false(text_failed(&t));
	text_done(&t);
	assert_string_equal(text_get(&t), "");
}

static void a_text_may_hold_nul_bytes(void **state)
{
	struct text t = { 0 };

	(void)state;
	text_add_bytes(&t, "a\0b", 3);
	assert_int_equal(t.length, 3);
	assert_memory_equal(t.data, "a\0b", 4);
	text_done(&t);
}

static void taking_hands_the_string_over(void **state)
{
	struct text t = { 0 };
	char *taken;

	(void)state;
	taken = text_take(&t);
	assert_string_equal(taken, "");
	free(taken);
	text_add(&t, "mine");
	taken = text_take(&t);
	assert_string_equal(taken, "mine");
	assert_null(t.data);
	free(taken);
}

static void lines_are_found_with_and_without_a_last_newline(void **state)
{
	static const char data[] = "a\n\nlong line\nlast";
	static const char *const wanted[] = { "a", "", "long line", "last" };
	size_t at = 0, length, n = 0;
	const char *line;

	(void)state;
	while ((line = text_line(data, strlen(data), &at, &length))) {
		assert_true(n < ARRAY_SIZE(wanted));
		assert_int_equal(length, strlen(wanted[n]));
		assert_memory_equal(line, wanted[n], length);
		n++;
	}
	assert_int_equal(n, ARRAY_SIZE(wanted));
	at = 0;
	assert_null(text_line(NULL, 0, &at, &length));
}

static void numbers_are_strict(void **state)
{
	static const struct {
		const char *text;
		int result;
		uint64_t value;
	} rows[] = {
		{ "0", 0, 0 },
		{ "65536", 0, 65536 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "1e3", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t value = 7;

		assert_int_equal(parse_u64(rows[i].text, &value), rows[i].result);
		assert_int_equal(value, rows[i].result ? 7 : rows[i].value);
	}
}

static void the_id_that_means_no_id_is_refused(void **state)
{
	uint32_t id = 1;

	(void)state;
	assert_int_equal(parse_id("4294967295", &id), -ERANGE);
	assert_int_equal(parse_u32("4294967295", &id), 0);
	assert_int_equal(parse_id("4294967294", &id), 0);
	assert_int_equal(parse_u32("4294967296", &id), -ERANGE);
	assert_int_equal(id, 4294967294U);
}

static void sizes_take_the_units_of_podman(void **state)
{
	static const struct {
		const char *text;
		int result;
		uint64_t value;
	} rows[] = {
		{ "512", 0, 512 },
		{ "512b", 0, 512 },
		{ "64k", 0, 65536 },
		{ "64KB", 0, 65536 },
		{ "32m", 0, 32 << 20 },
		{ "1g", 0, 1 << 30 },
		{ "2T", 0, 2ULL << 40 },
		{ "m", -EINVAL, 0 },
		{ "1x", -EINVAL, 0 },
		{ "1mm", -EINVAL, 0 },
		{ "1.5g", -EINVAL, 0 },
		{ "99999999999999999999g", -ERANGE, 0 },
		{ "18446744073709551615k", -ERANGE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t value = 7;

		assert_int_equal(parse_size(rows[i].text, &value), rows[i].result);
		assert_int_equal(value, rows[i].result ? 7 : rows[i].value);
	}
}

static void words_are_whole_words(void **state)
{
	(void)state;
	assert_true(text_has_word("cpuset cpu io", "cpu"));
	assert_true(text_has_word("cpu", "cpu"));
	assert_false(text_has_word("cpuset io", "cpu"));
	assert_false(text_has_word("", "cpu"));
	assert_false(text_has_word("cpu", ""));
	assert_true(text_has_word("a\tb\n", "b"));
}

static void a_directory_holds_itself_and_what_is_below(void **state)
{
	(void)state;
	assert_true(text_is_within("/home", "/home", 5));
	assert_true(text_is_within("/home/alice", "/home", 5));
	assert_true(text_is_within("/home/alice", "/home/", 5));
	assert_true(text_is_within("/srv", "/", 0));
	assert_false(text_is_within("/homes", "/home", 5));
	assert_false(text_is_within("/hom", "/home", 5));
}

static void a_list_is_ready_for_exec(void **state)
{
	struct text_list list = { 0 };

	(void)state;
	assert_int_equal(text_list_add(&list, "one"), 0);
	assert_int_equal(text_list_addf(&list, "%d", 2), 0);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[1], "2");
	assert_null(list.items[2]);
	assert_true(text_list_has(&list, "one"));
	assert_false(text_list_has(&list, "three"));
	text_list_done(&list);
	assert_null(list.items);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(additions_join_and_stay_terminated),
		cmocka_unit_test(a_text_may_hold_nul_bytes),
		cmocka_unit_test(taking_hands_the_string_over),
		cmocka_unit_test(lines_are_found_with_and_without_a_last_newline),
		cmocka_unit_test(numbers_are_strict),
		cmocka_unit_test(the_id_that_means_no_id_is_refused),
		cmocka_unit_test(sizes_take_the_units_of_podman),
		cmocka_unit_test(words_are_whole_words),
		cmocka_unit_test(a_directory_holds_itself_and_what_is_below),
		cmocka_unit_test(a_list_is_ready_for_exec),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
