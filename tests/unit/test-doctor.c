/* SPDX-License-Identifier: Apache-2.0 */
#include "check-host.h"

#include <errno.h>
#include <stdio.h>

#include "base/json.h"
#include "doctor/choice.h"
#include "doctor/report.h"

static bool wanted[ROWS];
static char *ignored[ROWS];
static struct report report;

static size_t count_wanted(void)
{
	size_t n = 0;

	for (size_t i = 0; i < check_count(); i++)
		n += wanted[i];
	return n;
}

static int choose(const char *check, const char *skip, struct error *err)
{
	struct text_list checks = { 0 }, skips = { 0 };
	int r;

	if (check)
		assert_int_equal(text_list_add(&checks, check), 0);
	if (skip)
		assert_int_equal(text_list_add(&skips, skip), 0);
	r = choice_make(&checks, &skips, wanted, err);
	text_list_done(&checks);
	text_list_done(&skips);
	return r;
}

static void nothing_chosen_is_everything(void **state)
{
	(void)state;
	assert_int_equal(choose(NULL, NULL, NULL), 0);
	assert_int_equal(count_wanted(), check_count());
}

static void ids_and_groups_are_chosen_with_commas(void **state)
{
	size_t limits = 0;

	(void)state;
	assert_int_equal(choose("user.exists,proc", NULL, NULL), 0);
	assert_int_equal(count_wanted(), 3);
	assert_true(wanted[index_of("proc.mount")]);
	for (size_t i = 0; i < check_count(); i++)
		limits += check_matches(check_at(i), "limits");
	assert_int_equal(choose("limits", "limits.keys", NULL), 0);
	assert_int_equal(count_wanted(), limits - 1);
	assert_false(wanted[index_of("limits.keys")]);
	assert_int_equal(choose(NULL, "idmap", NULL), 0);
	assert_false(wanted[index_of("idmap.map")]);
	assert_true(wanted[index_of("user.exists")]);
}

static void an_unknown_check_is_a_usage_error_that_names_it(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(choose("limits,limits.kays", NULL, &err), -EINVAL);
	assert_int_equal(err.exit_status, 64);
	assert_non_null(strstr(err.text, "'limits.kays'"));
	assert_int_equal(choose("", NULL, &err), -EINVAL);
}

/* Judge the host as a report does. */
static void make_report(void)
{
	assert_int_equal(choose(NULL, NULL, NULL), 0);
	check_judge(&host, wanted, verdicts);
	memset(ignored, 0, sizeof(ignored));
	report = (struct report){
		.root = "/",
		.wanted = wanted,
		.verdicts = verdicts,
		.ignored = ignored,
		.count = check_count(),
	};
	report.host = host;
	for (size_t i = 0; i < report.count; i++)
		report.sums[verdicts[i].kind]++;
}

static char printed[1 << 16];

static struct out begin_print(void)
{
	memset(printed, 0, sizeof(printed));
	return (struct out){ .stream = fmemopen(printed, sizeof(printed), "w"), .width = 80 };
}

static struct json *print_json(const struct error *err)
{
	struct out out = begin_print();
	struct json *json = NULL;

	assert_int_equal(report_json(err ? NULL : &report, &out, err), 0);
	assert_int_equal(fclose(out.stream), 0);
	assert_int_equal(json_parse(printed, strlen(printed), "report", &json, NULL), 0);
	return json;
}

static void json_has_every_check_and_counts_them(void **state)
{
	struct json *json, *one;

	(void)state;
	fine_host();
	host.tool.tools[TOOL_NEWUIDMAP].file.mode = S_IFREG | 0755;
	make_report();
	json = print_json(NULL);
	one = json_at(json_get(json, "checks"), index_of("idmap.newuidmap"));
	assert_string_equal(json_get_text(json, "schema"), "rpod-doctor/1");
	assert_int_equal(json_count(json_get(json, "checks")), check_count());
	assert_int_equal(json_get_number(json_get(json, "summary"), "fail", -1), 1);
	assert_int_equal(json_get_number(json_get(json, "summary"), "skip", -1), 1);
	assert_string_equal(json_get_text(one, "id"), "idmap.newuidmap");
	assert_string_equal(json_get_text(one, "verdict"), "fail");
	assert_string_equal(json_as_text(json_at(json_get(one, "fix"), 0)),
		"sudo rpod-setup --only idmap.newuidmap host");
	assert_non_null(
		strstr(json_get_text(json_at(json_get(one, "evidence"), 0), "found"), "0755"));
	one = json_at(json_get(json, "checks"), index_of("idmap.map"));
	assert_string_equal(json_get_text(one, "skipped_because"), "idmap.newuidmap");
	assert_int_equal(report_status(&report, false), 1);
	json_free(json);
}

static void json_is_valid_when_there_is_no_report(void **state)
{
	struct error err = { 0 };
	struct json *json;

	(void)state;
	(void)error_say(&err, -ENOENT, "cannot open '\x01\"\xff'");
	json = print_json(&err);
	assert_string_equal(json_get_text(json, "schema"), "rpod-doctor/1");
	assert_non_null(json_get_text(json, "error"));
	assert_int_equal(json_count(json_get(json, "checks")), 0);
	json_free(json);
}

static void what_comes_from_the_host_cannot_move_the_cursor(void **state)
{
	struct out out;

	(void)state;
	fine_host();
	(void)text_copy(host.os.pretty, sizeof(host.os.pretty), "\033[2JDebian\x9b\xe2\x80\xae");
	host.tool.tools[TOOL_NEWUIDMAP].file.mode = S_IFREG | 0755;
	(void)text_copy(host.tool.tools[TOOL_NEWUIDMAP].path, 64, "/usr/bin/\033[31mx");
	make_report();
	out = begin_print();
	(void)report_text(&report, &(struct report_view){ REPORT_ALL, false, 1 }, &out);
	assert_int_equal(fclose(out.stream), 0);
	assert_null(strchr(printed, '\033'));
	assert_null(strchr(printed, '\x9b'));
	assert_null(strstr(printed, "\xe2\x80\xae"));
	assert_non_null(strstr(printed, "[FAIL] idmap.newuidmap"));
}

static void json_of_it_cannot_either(void **state)
{
	struct json *json;

	(void)state;
	fine_host();
	(void)text_copy(host.os.pretty, sizeof(host.os.pretty),
		"\033[2J \302\2332J \177 \377Debi\303\244n");
	make_report();
	json = print_json(NULL);
	assert_string_equal(json_get_text(json_get(json, "context"), "os"),
		"\033[2J \302\2332J \177 \357\277\275Debi\303\244n");
	json_free(json);
	assert_null(strchr(printed, '\033'));
	assert_null(strchr(printed, '\177'));
	assert_null(strstr(printed, "\302\233"));
}

static void commands_are_not_wrapped(void **state)
{
	struct out out;

	(void)state;
	fine_host();
	host.home.home.fs_flags = ST_NOEXEC;
	make_report();
	out = begin_print();
	out.width = 40;
	(void)report_text(&report, &(struct report_view){ REPORT_NORMAL, false, 1 }, &out);
	assert_int_equal(fclose(out.stream), 0);
	assert_non_null(strstr(
		printed, "sudo mount -o remount,exec \"$(findmnt -nro TARGET -T /home/alice)\""));
}

static void only_what_is_otherwise_elsewhere_is_told(void **state)
{
	static const char there[] =
		"{\"checks\": [{\"id\": \"idmap.no-new-privs\", \"verdict\": \"fail\","
		" \"why\": \"bound\"}, {\"id\": \"session.linger\", \"verdict\": \"pass\"},"
		" {\"id\": \"home.exec\", \"verdict\": \"warn\"},"
		" {\"id\": \"home.exists\", \"verdict\": \"skip\"},"
		" {\"id\": \"home.owner\", \"verdict\": \"pass\"}, {\"id\": 7}, 8]}\n";
	struct elsewhere e = { 0 };

	(void)state;
	fine_host();
	host.session.linger = absent();
	host.home.home.fs_flags = ST_NOEXEC;
	make_report();
	assert_int_equal(elsewhere_compare(&e, &report, there, strlen(there)), 0);
	assert_int_equal(e.count, 2);
	assert_string_equal(check_at(e.differences[0].check)->id, "idmap.no-new-privs");
	assert_int_equal(e.differences[0].kind, VERDICT_FAIL);
	assert_string_equal(e.differences[0].why, "bound");
	assert_string_equal(check_at(e.differences[1].check)->id, "session.linger");
	assert_int_equal(e.differences[1].kind, VERDICT_PASS);
	assert_int_equal(elsewhere_compare(&e, &report, "{]", 2), -EINVAL);
	assert_int_equal(elsewhere_compare(&e, &report, "{}", 2), -EINVAL);
}

static void warnings_count_only_when_strict(void **state)
{
	(void)state;
	fine_host();
	host.session.linger = absent();
	make_report();
	assert_int_equal(report_status(&report, false), 0);
	assert_int_equal(report_status(&report, true), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_chosen_is_everything),
		cmocka_unit_test(ids_and_groups_are_chosen_with_commas),
		cmocka_unit_test(an_unknown_check_is_a_usage_error_that_names_it),
		cmocka_unit_test(json_has_every_check_and_counts_them),
		cmocka_unit_test(json_is_valid_when_there_is_no_report),
		cmocka_unit_test(what_comes_from_the_host_cannot_move_the_cursor),
		cmocka_unit_test(json_of_it_cannot_either),
		cmocka_unit_test(commands_are_not_wrapped),
		cmocka_unit_test(only_what_is_otherwise_elsewhere_is_told),
		cmocka_unit_test(warnings_count_only_when_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
