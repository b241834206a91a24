/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For build servers: one suite, a case for each check. JUnit knows no warning: one is a failure only
 * where warnings count, else it stands in the suite's output. The elements and their order are those
 * that all readers take; a case holds one element at most.
 */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "doctor/markup.h"
#include "doctor/report.h"

static void add_case_result(struct text *to, const char *element, const char *type,
	const char *message, const char *words)
{
	text_addf(to, "><%s", element);
	if (type)
		markup_add(to, " type=\"%s\"", type);
	markup_add(to, " message=\"%s\">%s", message, words);
	text_addf(to, "</%s></testcase>\n", element);
}

static void add_case(
	struct text *to, const struct report *report, const struct report_view *view, size_t i)
{
	_cleanup_text_ struct text words = { 0 };
	const struct check *check = check_at(i);
	const struct verdict *v = &report->verdicts[i];
	char group[32];

	(void)snprintf(group, sizeof(group), "%.*s", (int)strcspn(check->id, "."), check->id);
	markup_add(to, "  <testcase classname=\"%s\" name=\"%s: %s\" time=\"%.3f\"", group,
		check->id, check->title, report_ms(report, check) / 1000.0);
	report_words(v, &words);
	if (report->ignored[i])
		add_case_result(to, "skipped", NULL, report->ignored[i], text_get(&words));
	else if (v->kind == VERDICT_SKIP)
		add_case_result(to, "skipped", NULL, v->why, "");
	else if (v->kind == VERDICT_FAIL || (v->kind == VERDICT_WARN && view->strict))
		add_case_result(to, "failure", verdict_word(v->kind), v->why, text_get(&words));
	else
		text_add(to, "/>\n");
}

static void add_property(struct text *to, const char *name, const char *value)
{
	if (value && *value)
		markup_add(to, "    <property name=\"%s\" value=\"%s\"/>\n", name, value);
}

static void add_properties(struct text *to, const struct report *report)
{
	const struct host *host = &report->host;

	text_add(to, "  <properties>\n");
	add_property(to, "user", host->user.name);
	add_property(to, "root", report->root);
	add_property(to, "os", host->os.pretty);
	add_property(to, "kernel", host->kernel.release.value);
	if (host->live)
		add_property(to, "session", context_kind_words(host->context.kind));
	text_add(to, "  </properties>\n");
}

static void add_warnings(struct text *to, const struct report *report)
{
	_cleanup_text_ struct text words = { 0 };

	for (size_t i = 0; i < report->count; i++)
		if (report_finds(report, i) && !report->ignored[i] &&
			report->verdicts[i].kind == VERDICT_WARN) {
			text_addf(&words, "warning: %s: %s\n", check_at(i)->id,
				report->verdicts[i].why);
			report_words(&report->verdicts[i], &words);
		}
	markup_add(to, "  <system-out>%s</system-out>\n  <system-err></system-err>\n",
		text_get(&words));
}

static void begin_suite(
	struct text *to, const struct report *report, const struct report_view *view)
{
	const size_t *sums = report->sums;
	size_t failures = sums[VERDICT_FAIL] + (view->strict ? sums[VERDICT_WARN] : 0);
	const char *host = report_host(report);
	struct tm tm = { 0 };
	char at[32];

	(void)gmtime_r(&report->at, &tm);
	(void)strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%S", &tm);
	text_add(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	markup_add(to,
		"<testsuite name=\"rpod-doctor\" hostname=\"%s\" timestamp=\"%s\" tests=\"%zu\" "
		"failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"%.3f\">\n",
		host ? host : "unknown", at,
		sums[VERDICT_PASS] + sums[VERDICT_WARN] + sums[VERDICT_FAIL] + sums[VERDICT_SKIP] +
			report->ignored_sum,
		failures, sums[VERDICT_SKIP] + report->ignored_sum, report->ms / 1000.0);
}

int report_junit(const struct report *report, const struct report_view *view, const struct out *out)
{
	_cleanup_text_ struct text to = { 0 };

	begin_suite(&to, report, view);
	add_properties(&to, report);
	for (size_t i = 0; i < report->count; i++)
		if (report_shows(report, i))
			add_case(&to, report, view, i);
	add_warnings(&to, report);
	text_add(&to, "</testsuite>\n");
	if (text_failed(&to))
		return -ENOMEM;
	return fputs(text_get(&to), out->stream) < 0 ? -EIO : 0;
}
