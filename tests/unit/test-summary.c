/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "doctor/summary.h"

static struct summary summary;
static char printed[1 << 16];

static int forget(void **state)
{
	(void)state;
	summary_done(&summary);
	return 0;
}

/* @checks: "a.a pass, b.b fail" as JSON objects */
static int add(const char *host, const char *kernel, const char *checks)
{
	char text[2048];

	(void)snprintf(text, sizeof(text),
		"{\"schema\":\"rpod-doctor/1\",\"context\":{\"host\":\"%s\",\"user\":\"u\","
		"\"os\":\"O\",\"kernel\":\"%s\",\"version\":\"1\"},\"checks\":[%s]}",
		host, kernel, checks);
	return summary_add(&summary, text, strlen(text), "f", NULL);
}

#define CHECK(id, verdict) "{\"id\":\"" id "\",\"verdict\":\"" verdict "\"}"
#define IGNORED(id)        "{\"id\":\"" id "\",\"verdict\":\"fail\",\"ignored\":\"known\"}"

static void add_three(void)
{
	assert_int_equal(add("h10", "6", CHECK("a.a", "pass") "," CHECK("b.b", "fail")), 0);
	assert_int_equal(add("h9", "6", CHECK("a.a", "warn") "," CHECK("b.b", "fail")), 0);
	/* another order, another check, one not asked for */
	assert_int_equal(add("h1", "5", CHECK("c.c", "skip") "," CHECK("a.a", "pass")), 0);
	summary_group(&summary);
}

static void hosts_that_fail_in_the_same_stand_together(void **state)
{
	(void)state;
	add_three();
	assert_int_equal(summary.count, 3);
	assert_int_equal(summary.failing, 2);
	assert_string_equal(summary.hosts[0]->name, "u@h9");
	assert_string_equal(summary.hosts[1]->name, "u@h10");
	assert_int_equal(summary_group_size(&summary, 0), 2);
	assert_int_equal(summary_group_size(&summary, 2), 1);
	assert_int_equal(summary.ids.count, 3);
	assert_int_equal(summary_cell(summary.hosts[2], 1), CELL_ABSENT);
	assert_int_equal(summary_cell(summary.hosts[2], 2), CELL_SKIP);
	assert_int_equal(summary_cell(summary.hosts[2], 99), CELL_ABSENT);
	assert_true(summary_shows(&summary, 0));
	assert_false(summary_shows(&summary, 2));
	assert_int_equal(summary.sums[1][CELL_FAIL], 2);
}

static void an_ignored_failure_is_none(void **state)
{
	(void)state;
	assert_int_equal(add("h", "6", IGNORED("a.a")), 0);
	assert_int_equal(summary.failing, 0);
	assert_int_equal(summary_cell(summary.hosts[0], 0), CELL_IGNORED);
}

static void what_is_no_report_is_refused_and_adds_no_host(void **state)
{
	static const char *const rows[] = {
		"",
		"{",
		"[]",
		"{\"schema\":\"rpod-setup/1\",\"checks\":[]}",
		"{\"schema\":\"rpod-doctor/1\",\"error\":\"no disk\",\"checks\":[]}",
		"{\"schema\":\"rpod-doctor/1\",\"checks\":[" CHECK("a.a", "good") "]}",
		"{\"schema\":\"rpod-doctor/1\",\"checks\":[{\"verdict\":\"pass\"}]}",
		"{\"schema\":\"rpod-doctor/1\",\"checks\":[7]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error err = { 0 };

		assert_true(summary_add(&summary, rows[i], strlen(rows[i]), "web.json", &err) < 0);
		assert_non_null(strstr(err.text, "web.json"));
	}
	assert_int_equal(summary.count, 0);
}

static void more_checks_than_there_can_be_are_refused(void **state)
{
	struct text report = { 0 };
	int r;

	(void)state;
	text_add(&report, "{\"schema\":\"rpod-doctor/1\",\"checks\":[");
	for (unsigned i = 0; i <= SUMMARY_CHECKS; i++)
		text_addf(&report, "%s{\"id\":\"x.%u\",\"verdict\":\"pass\"}", i ? "," : "", i);
	text_add(&report, "]}");
	r = summary_add(&summary, text_get(&report), report.length, "f", NULL);
	text_done(&report);
	assert_int_equal(r, -E2BIG);
	assert_int_equal(summary.count, 0);
}

static const char *print(int (*printer)(const struct summary *summary, const struct out *out))
{
	struct out out = { .stream = fmemopen(printed, sizeof(printed), "w"), .width = 80 };
	int r = printer(&summary, &out);

	assert_int_equal(fclose(out.stream), 0);
	assert_int_equal(r, 0);
	return printed;
}

static int print_text(const struct summary *s, const struct out *out)
{
	return summary_text(s, out, false);
}

static int print_all(const struct summary *s, const struct out *out)
{
	return summary_text(s, out, true);
}

static void the_text_has_a_row_for_a_set_and_says_what_differs(void **state)
{
	(void)state;
	add_three();
	assert_non_null(strstr(print(print_text), "3 hosts, 1 without failure, 2 with"));
	assert_non_null(strstr(printed, "  2  b.b                    fails on 2\n"));
	assert_non_null(strstr(printed, "   !  X   2 hosts: u@h9 u@h10\n"));
	assert_non_null(strstr(printed, "   .      1 host: u@h1\n"));
	assert_non_null(strstr(printed, "kernel differs\n      2  6\n      1  5\n"));
	assert_null(strstr(printed, "os differs"));
	assert_non_null(strstr(print(print_all), "   .  X   u@h10\n"));
}

static void json_and_the_page_say_the_same(void **state)
{
	struct json *json = NULL, *group;

	(void)state;
	add_three();
	assert_int_equal(add("<b>\033", "6", CHECK("a.a", "pass")), 0);
	summary_group(&summary);
	(void)print(summary_json);
	assert_int_equal(json_parse(printed, strlen(printed), "s", &json, NULL), 0);
	group = json_at(json_get(json, "groups"), 0);
	assert_int_equal(json_get_number(group, "count", 0), 2);
	assert_string_equal(json_as_text(json_at(json_get(group, "fail"), 0)), "b.b");
	assert_int_equal(json_get_number(json_at(json_get(json, "checks"), 1), "absent", -1), 2);
	json_free(json);
	assert_non_null(strstr(print(summary_page), "2 of 4 hosts with failures"));
	assert_null(strstr(printed, "<b>"));
	assert_null(strchr(printed, '\033'));
	assert_non_null(strstr(printed, "u@&lt;b&gt;"));
}

static void nothing_at_all_can_be_printed(void **state)
{
	(void)state;
	(void)print(print_text);
	(void)print(summary_json);
	assert_non_null(strstr(print(summary_page), "0 hosts, no failure"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(hosts_that_fail_in_the_same_stand_together, forget),
		cmocka_unit_test_teardown(an_ignored_failure_is_none, forget),
		cmocka_unit_test_teardown(what_is_no_report_is_refused_and_adds_no_host, forget),
		cmocka_unit_test_teardown(more_checks_than_there_can_be_are_refused, forget),
		cmocka_unit_test_teardown(
			the_text_has_a_row_for_a_set_and_says_what_differs, forget),
		cmocka_unit_test_teardown(json_and_the_page_say_the_same, forget),
		cmocka_unit_test_teardown(nothing_at_all_can_be_printed, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
