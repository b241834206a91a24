/* SPDX-License-Identifier: Apache-2.0 */
#include "check-host.h"

#include <errno.h>
#include <stdio.h>

#include "base/json.h"
#include "doctor/ignore.h"
#include "doctor/markup.h"
#include "doctor/page.h"
#include "doctor/redact-report.h"

#define HOSTILE "<script>alert('&')</script>\033[2J\xff\"\\\n"

static bool wanted[ROWS];
static char *ignored[ROWS];
static struct report report;
static char printed[1 << 18];

/* A host whose newuidmap is bare, and hostile in all it says. */
static void make_report(void)
{
	fine_host();
	host.tool.tools[TOOL_NEWUIDMAP].file.mode = S_IFREG | 0755;
	host.session.linger = absent();
	(void)text_copy(host.tool.tools[TOOL_NEWUIDMAP].path, 64, "/usr/" HOSTILE);
	(void)text_copy(host.os.pretty, sizeof(host.os.pretty), "OS " HOSTILE);
	memset(wanted, true, sizeof(wanted));
	memset(ignored, 0, sizeof(ignored));
	check_judge(&host, wanted, verdicts);
	report = (struct report){
		.root = "/" HOSTILE,
		.host = host,
		.wanted = wanted,
		.verdicts = verdicts,
		.ignored = ignored,
		.count = check_count(),
		.at = 1000000000,
	};
	for (size_t i = 0; i < report.count; i++)
		report.sums[verdicts[i].kind]++;
}

static const char *print(const char *format, bool strict)
{
	struct out out = { .stream = fmemopen(printed, sizeof(printed), "w"), .width = 80 };
	struct report_view view = { REPORT_ALL, strict, 1 };
	int r = format ? report_format_find(format)->print(&report, &view, &out)
		       : page_print(&report, &view, &out);

	assert_int_equal(fclose(out.stream), 0);
	assert_int_equal(r, 0);
	return printed;
}

static void a_value_cannot_leave_its_markup(void **state)
{
	struct text to = { 0 };

	(void)state;
	markup_add(&to, "<a b=\"%s\">%u %zu%%</a>", "<'&\"\x01\xc2\x9b\xef\xbf\xbf\xc3\xa4>", 7u,
		(size_t)8);
	assert_string_equal(text_get(&to),
		"<a b=\"&lt;&#39;&amp;&quot;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xc3\xa4&gt;\">"
		"7 8%</a>");
	text_done(&to);
}

static void no_format_is_of_another_name(void **state)
{
	(void)state;
	assert_non_null(report_format_find("sarif"));
	assert_null(report_format_find("SARIF"));
	assert_null(report_format_find(""));
}

static void no_format_lets_a_host_write_its_own(void **state)
{
	static const char *const formats[] = { "text", "json", "junit", "sarif", "prometheus",
		NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		make_report();
		(void)print(formats[i], false);
		assert_null(strchr(printed, '\033'));
		assert_non_null(strstr(printed, "idmap.newuidmap"));
		if (!formats[i] || strcmp(formats[i], "junit") == 0)
			assert_null(strstr(printed, "<script"));
	}
}

static void junit_counts_what_it_has(void **state)
{
	size_t cases = 0;
	char words[64];

	(void)state;
	make_report();
	for (const char *at = print("junit", false); (at = strstr(at, "<testcase")); at++)
		cases++;
	assert_int_equal(cases, check_count());
	assert_non_null(strstr(printed, "failures=\"1\""));
	assert_non_null(strstr(printed, "<failure type=\"fail\""));
	assert_non_null(strstr(printed, "warning: session.linger: "));
	assert_non_null(strstr(printed, "timestamp=\"2001-09-09T01:46:40\""));
	(void)snprintf(words, sizeof(words), "failures=\"%zu\"",
		report.sums[VERDICT_FAIL] + report.sums[VERDICT_WARN]);
	assert_non_null(strstr(print("junit", true), words));
	assert_non_null(strstr(printed, "<failure type=\"warn\""));
}

static void sarif_has_a_rule_for_each_check_and_a_result_for_each_finding(void **state)
{
	struct json *json = NULL, *run, *result, *place;

	(void)state;
	make_report();
	(void)text_copy(verdicts[index_of("idmap.newuidmap")].evidence[0].source, 160,
		"/usr/bin/new map:7");
	(void)print("sarif", false);
	assert_int_equal(json_parse(printed, strlen(printed), "sarif", &json, NULL), 0);
	run = json_at(json_get(json, "runs"), 0);
	result = json_at(json_get(run, "results"), 0);
	assert_int_equal(json_count(json_get(json_get(json_get(run, "tool"), "driver"), "rules")),
		check_count());
	assert_int_equal(json_count(json_get(run, "results")),
		report.sums[VERDICT_FAIL] + report.sums[VERDICT_WARN]);
	assert_string_equal(json_get_text(result, "ruleId"), "idmap.newuidmap");
	assert_int_equal(json_get_number(result, "ruleIndex", -1), index_of("idmap.newuidmap"));
	assert_string_equal(json_get_text(result, "level"), "error");
	place = json_get(json_at(json_get(result, "locations"), 0), "physicalLocation");
	assert_string_equal(
		json_get_text(json_get(place, "artifactLocation"), "uri"), "file:///usr/bin/new");
	json_free(json);
}

static void a_line_of_evidence_is_a_region(void **state)
{
	(void)state;
	make_report();
	(void)text_copy(
		verdicts[index_of("idmap.newuidmap")].evidence[0].source, 160, "/etc/sub%id:7");
	(void)print("sarif", false);
	assert_non_null(strstr(printed, "file:///etc/sub%25id\"")
				? strstr(printed, "file:///etc/sub%25id\"")
				: strstr(printed, "file:\\/\\/\\/etc\\/sub%25id\""));
	assert_non_null(strstr(printed, "\"startLine\": 7"));
}

static void prometheus_escapes_labels_and_has_one_verdict_a_check(void **state)
{
	(void)state;
	make_report();
	(void)text_copy(report.host.user.name, sizeof(report.host.user.name), "a\"b\\c\nd\xff");
	(void)print("prometheus", false);
	assert_non_null(strstr(printed,
		"rpod_doctor_check{id=\"idmap.newuidmap\",user=\"a\\\"b\\\\c\\nd?\","
		"verdict=\"fail\"} 1\n"));
	assert_non_null(strstr(printed,
		"rpod_doctor_check{id=\"idmap.newuidmap\",user=\"a\\\"b\\\\c\\nd?\","
		"verdict=\"pass\"} 0\n"));
	assert_non_null(strstr(printed, "verdict=\"fail\"} 1\n"));
	assert_non_null(strstr(printed, "rpod_doctor_last_run_timestamp_seconds{"));
	assert_non_null(strstr(printed, "} 1000000000\n"));
}

static void set_chain(const char *const nodes[][3], size_t count)
{
	report.host.cgroup = (struct cgroup){ .version = CGROUP_V2, .count = count };
	for (size_t i = 0; i < count; i++) {
		struct cgroup_node *node = &report.host.cgroup.chain[i];

		*node = (struct cgroup_node){ .state = FACT_KNOWN };
		node->controllers.state = node->handed_on.state = FACT_KNOWN;
		(void)text_copy(node->path, sizeof(node->path), nodes[i][0]);
		(void)text_copy(node->controllers.value, 256, nodes[i][1]);
		(void)text_copy(node->handed_on.value, 256, nodes[i][2]);
	}
}

/* The page's piece about the node that breaks the chain, cut out; NULL: none breaks. */
static const char *broken_node(void)
{
	char *at = strstr(print(NULL, false), "class=\"node break\"");
	char *end = at ? strstr(at, "</code>") : NULL;

	if (end)
		*end = '\0';
	return at ? strrchr(at, '>') + 1 : NULL;
}

static void the_page_marks_the_node_that_breaks_the_chain(void **state)
{
	static const char *const whole[][3] = {
		{ "/", "cpuset cpu io memory pids", "cpu memory pids" },
		{ "/user.slice", "cpu memory pids", "cpu memory pids" },
		{ "/user.slice/user@1.service", "cpu memory pids", "" },
	};
	static const char *const cut[][3] = {
		{ "/", "cpu memory pids", "memory pids" },
		{ "/user.slice", "memory pids", "pids" },
		{ "/user.slice/user@1.service", "pids", "" },
	};
	static const char *const no_cpu[][3] = {
		{ "/", "cpu memory pids", "memory pids" },
		{ "/user.slice", "memory pids", "" },
	};

	(void)state;
	make_report();
	set_chain(whole, 3);
	assert_null(broken_node());
	set_chain(cut, 3);
	assert_string_equal(broken_node(), "user.slice");
	set_chain(no_cpu, 2);
	assert_string_equal(broken_node(), "/");
}

static void the_page_marks_ids_that_are_given_twice(void **state)
{
	static struct idmap_range ranges[] = {
		{ .owner = "alice", .start = 100000, .count = 1000, .line = 1, .ours = true },
		{ .owner = "bob<", .start = 100500, .count = 1000, .line = 2 },
		{ .owner = "carol", .start = 4000000000, .count = 1000, .line = 3 },
	};

	(void)state;
	make_report();
	report.host.idmap.files[IDMAP_UID] =
		(struct idmap_file){ .state = FACT_KNOWN, .ranges = ranges, .count = 1 };
	assert_null(strstr(print(NULL, false), "<span class=\"clash\""));
	report.host.idmap.files[IDMAP_UID].count = 3;
	(void)print(NULL, false);
	/* 1000 ids, a quarter and one on each side */
	assert_non_null(strstr(
		printed, "<span class=\"clash\" style=\"left:50.000%;width:33.289%\"></span>"));
	assert_non_null(strstr(printed, "meets bob&lt;, line 2"));
	assert_null(strstr(printed, "carol"));
}

static void a_mount_that_hurts_names_its_checks(void **state)
{
	static const char *const ids[] = { "home.exec", "home.storage", "home.layers",
		"home.overlay", "config.storage", "selinux.storage", "idmap.newuidmap",
		"cgroup.readonly", "mounts.shared", "proc.mount" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		char link[64];
		const char *mounts;

		make_report();
		verdict_fail(&verdicts[index_of(ids[i])], "broken");
		mounts = strstr(print(NULL, false), "id=\"mounts\"");
		(void)snprintf(link, sizeof(link), "<a href=\"#%s\">", ids[i]);
		assert_non_null(mounts);
		assert_non_null(strstr(mounts, link));
	}
}

static int parse_ignore(struct ignore *ret, const char *text, struct error *err)
{
	return ignore_parse(ret, text, strlen(text), "/etc/x", err);
}

static void an_ignored_finding_is_shown_and_counts_no_more(void **state)
{
	struct text_list warnings = { 0 };
	struct ignore ignore;

	(void)state;
	make_report();
	assert_int_equal(
		parse_ignore(&ignore,
			"# known\n\nidmap.newuidmap until=2030-01-02  the image is rebuilt \n"
			"user.exists until=2031-01-01 passes anyway\n",
			NULL),
		0);
	assert_int_equal(ignore.count, 2);
	assert_int_equal(ignore.entries[0].line, 3);
	assert_int_equal(ignore_apply(&ignore, "2030-01-02", &report, &warnings), 0);
	assert_int_equal(warnings.count, 0);
	assert_int_equal(report.ignored_sum, 1);
	assert_int_equal(report_status(&report, false), 0);
	assert_non_null(strstr(print("text", false), "the image is rebuilt, until 2030-01-02"));
	assert_null(strstr(printed, "[FAIL] idmap.newuidmap"));
	assert_non_null(strstr(print("junit", false), "<skipped message=\"the image is rebuilt"));
	assert_non_null(strstr(print("sarif", false), "\"suppressions\""));
	assert_non_null(strstr(print("prometheus", false),
		"rpod_doctor_check_ignored{id=\"idmap.newuidmap\",user=\"alice\"} 1\n"));
	assert_non_null(strstr(print("json", false), "\"ignored\": \"the image is rebuilt"));
	assert_non_null(strstr(printed, "\"verdict\": \"fail\""));
	assert_non_null(strstr(print(NULL, false), "Ignored for now"));
	ignore_done(&ignore);
	text_list_done(&warnings);
}

static void an_expired_or_unknown_entry_is_told_and_ignores_nothing(void **state)
{
	struct text_list warnings = { 0 };
	struct ignore ignore;

	(void)state;
	make_report();
	assert_int_equal(
		parse_ignore(&ignore,
			"idmap.newuidmap until=2030-01-01 old\nno.such until=2031-01-01 x", NULL),
		0);
	assert_int_equal(ignore_apply(&ignore, "2030-01-02", &report, &warnings), 0);
	assert_int_equal(report.ignored_sum, 0);
	assert_int_equal(report_status(&report, false), 1);
	assert_int_equal(warnings.count, 2);
	assert_non_null(strstr(warnings.items[0], "line 1"));
	assert_non_null(strstr(warnings.items[0], "expired on 2030-01-01"));
	assert_non_null(strstr(warnings.items[1], "no check 'no.such'"));
	ignore_done(&ignore);
	text_list_done(&warnings);
}

static void a_bad_line_is_refused_with_its_number(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "\nidmap.map until=2030-01-01\n", "line 2 of '/etc/x': no reason" },
		{ "idmap.map until=2030-01-01 \t\r\n", "no reason" },
		{ "idmap.map because", "no day" },
		{ "idmap.map", "no day" },
		{ "idmap.map until=2030-13-01 x", "no day" },
		{ "idmap.map until=2030-02-30 x", "no day" },
		{ "idmap.map until=2030-1-1 x", "no day" },
		{ "idmap.map until=2030-01-011 x", "no day" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error err = { 0 };
		struct ignore ignore;

		assert_int_equal(parse_ignore(&ignore, rows[i].text, &err), -EINVAL);
		assert_int_equal(ignore.count, 0);
		assert_non_null(strstr(err.text, rows[i].words));
	}
}

static void no_printer_tells_a_name_that_was_redacted(void **state)
{
	static const char *const formats[] = { "text", "json", "junit", "sarif", "prometheus",
		NULL };
	struct redact redact = { 0 };
	char words[IGNORE_WORDS] = "ask zenobia about it";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct evidence *e;

		make_report();
		e = &verdicts[index_of("idmap.newuidmap")].evidence[0];
		(void)text_copy(e->found, sizeof(e->found), "zenobia's on vault7:/home/zenobia");
		(void)text_copy(e->source, sizeof(e->source), "/home/zenobia/x");
		(void)text_copy(report.host.user.name, 64, "zenobia");
		(void)text_copy(report.host.user.home, 64, "/home/zenobia");
		(void)text_copy(report.host.kernel.host_name.value, 64, "vault7.acme.example");
		report.host.kernel.host_name.state = FACT_KNOWN;
		report.root = "/srv/zenobia/record";
		ignored[index_of("session.linger")] = words;
		assert_int_equal(redact_add_user(&redact, "zenobia", "/home/zenobia"), 0);
		assert_int_equal(redact_add_host(&redact, "vault7.acme.example"), 0);
		assert_int_equal(redact_report(&redact, &report, NULL), 0);
		(void)print(formats[i], false);
		assert_null(strstr(printed, "zenobia"));
		assert_null(strstr(printed, "vault7"));
		assert_null(strstr(printed, "acme"));
		assert_non_null(strstr(printed, "user-1"));
		redact_done(&redact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_cannot_leave_its_markup),
		cmocka_unit_test(no_format_is_of_another_name),
		cmocka_unit_test(no_format_lets_a_host_write_its_own),
		cmocka_unit_test(junit_counts_what_it_has),
		cmocka_unit_test(sarif_has_a_rule_for_each_check_and_a_result_for_each_finding),
		cmocka_unit_test(a_line_of_evidence_is_a_region),
		cmocka_unit_test(prometheus_escapes_labels_and_has_one_verdict_a_check),
		cmocka_unit_test(the_page_marks_the_node_that_breaks_the_chain),
		cmocka_unit_test(the_page_marks_ids_that_are_given_twice),
		cmocka_unit_test(a_mount_that_hurts_names_its_checks),
		cmocka_unit_test(an_ignored_finding_is_shown_and_counts_no_more),
		cmocka_unit_test(an_expired_or_unknown_entry_is_told_and_ignores_nothing),
		cmocka_unit_test(a_bad_line_is_refused_with_its_number),
		cmocka_unit_test(no_printer_tells_a_name_that_was_redacted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
