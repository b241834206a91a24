/* SPDX-License-Identifier: Apache-2.0 */
/* What rpod's commands print and read: templates, durations, values of options. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/cli/command.h"
#include "runtime/cli/template.h"
#include "runtime/cli/words.h"

static const char json[] = "{\"ID\":\"abc\",\"N\":3,\"Up\":true,\"L\":[\"a\",\"b\"],"
			   "\"M\":{\"k\":\"v\",\"with space\":\"w\"}}";

static int show(const char *template, struct text *ret)
{
	struct json *value = NULL;
	int r = json_parse(json, sizeof(json) - 1, "test", &value, NULL);

	if (r >= 0)
		r = template_show(template, value, ret, NULL);
	json_free(value);
	return r;
}

static void templates_show_fields(void **state)
{
	static const struct {
		const char *template, *shown;
	} rows[] = {
		{ "{{.ID}}", "abc" },
		{ "{{ .ID }} {{.N}} {{.Up}}", "abc 3 true" },
		{ "a\\tb\\n{{.M.k}}", "a\tb\nv" },
		{ "{{.L}}", "[a b]" },
		{ "{{json .L}}", "[\"a\",\"b\"]" },
		{ "{{index .M \"with space\"}}", "w" },
		{ "no action", "no action" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text shown = { 0 };
		int r = show(rows[i].template, &shown);

		assert_int_equal(r, 0);
		assert_string_equal(text_get(&shown), rows[i].shown);
		text_done(&shown);
	}
}

static void templates_refuse_what_they_do_not_know(void **state)
{
	static const char *const rows[] = { "{{.Nothing}}", "{{.ID", "{{ID}}", "{{range .L}}",
		"{{.ID | upper}}", "{{index .M}}", "{{.ID.Deeper}}", "{{", "{{}}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text shown = { 0 };
		int r = show(rows[i], &shown);

		text_done(&shown);
		if (r != -EINVAL)
			fail_msg("'%s' was taken", rows[i]);
	}
}

static void durations_are_in_people_words(void **state)
{
	static const struct {
		int64_t seconds;
		const char *words;
	} rows[] = {
		{ 0, "Less than a second" },
		{ -5, "Less than a second" },
		{ 1, "1 second" },
		{ 59, "59 seconds" },
		{ 60, "About a minute" },
		{ 150, "2 minutes" },
		{ 3600, "About an hour" },
		{ 7200, "2 hours" },
		{ 86400, "24 hours" },
		{ 172800, "2 days" },
		{ 14 * 86400, "2 weeks" },
		{ 60 * 86400, "2 months" },
		{ 730 * 86400, "2 years" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char words[64];

		words_duration(rows[i].seconds * 1000000000, words, sizeof(words));
		assert_string_equal(words, rows[i].words);
	}
}

static void moments_are_printed_as_podman_does(void **state)
{
	char words[64];

	(void)state;
	words_time(1500000000, words, sizeof(words));
	assert_string_equal(words, "1970-01-01 00:00:01.500000000 +0000 UTC");
	words_stamp(1500000000, words, sizeof(words));
	assert_string_equal(words, "1970-01-01T00:00:01.500000000Z");
}

static void processors_are_counted_in_fractions(void **state)
{
	static const struct {
		const char *word;
		int64_t quota; /* 0: refused */
	} rows[] = {
		{ "1", 100000 },
		{ "0.5", 50000 },
		{ "1.25", 125000 },
		{ ".5", 50000 },
		{ "2.", 200000 },
		{ "0.01", 1000 },
		{ "0", 0 },
		{ "0.001", 0 },
		{ "", 0 },
		{ "-1", 0 },
		{ "1e3", 0 },
		{ "one", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t quota = 0;
		int r = read_cpus(rows[i].word, &quota, NULL);

		assert_int_equal(r < 0, rows[i].quota == 0);
		assert_int_equal(quota, rows[i].quota);
	}
}

static void a_variable_is_given_or_handed_in(void **state)
{
	struct text_list list = { 0 };

	(void)state;
	(void)setenv("RPOD_TEST_SET", "here", 1);
	(void)unsetenv("RPOD_TEST_UNSET");
	assert_int_equal(read_pair("A=b=c", &list, NULL), 0);
	assert_int_equal(read_pair("RPOD_TEST_SET", &list, NULL), 0);
	assert_int_equal(read_pair("RPOD_TEST_UNSET", &list, NULL), 0);
	assert_int_equal(read_pair("=x", &list, NULL), -EINVAL);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[0], "A=b=c");
	assert_string_equal(list.items[1], "RPOD_TEST_SET=here");
	text_list_done(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates_show_fields),
		cmocka_unit_test(templates_refuse_what_they_do_not_know),
		cmocka_unit_test(durations_are_in_people_words),
		cmocka_unit_test(moments_are_printed_as_podman_does),
		cmocka_unit_test(processors_are_counted_in_fractions),
		cmocka_unit_test(a_variable_is_given_or_handed_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
