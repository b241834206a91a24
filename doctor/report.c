/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/text.h"
#include "host/helper.h"
#include "host/root.h"

/* What the first line says comes from these, whatever is asked. */
enum {
	HEADER = HOST_OS | HOST_KERNEL | HOST_USER | HOST_CONTEXT | HOST_CGROUP
};

enum {
	BUDGET_MS = 1800 /* two seconds, whatever hangs, with judging and printing */
};

int report_make(struct report *ret, struct root *root, const char *user, const bool *wanted,
	struct host_parts parts, struct error *err)
{
	uint64_t began = io_now_ms();
	struct report report = { .wanted = wanted, .count = check_count(), .at = time(NULL) };
	int r = -ENOMEM;

	parts.sections |= HEADER;
	helper_budget(root->patient ? 0 : BUDGET_MS);
	report.verdicts = calloc(report.count, sizeof(*report.verdicts));
	report.ignored = calloc(report.count, sizeof(*report.ignored));
	if (report.verdicts && report.ignored)
		r = host_read(&report.host, root, user, parts, err);
	else
		(void)error_set(err, r, "cannot judge the host");
	if (r < 0) {
		free(report.verdicts);
		free(report.ignored);
		return r;
	}
	check_judge(&report.host, wanted, report.verdicts);
	for (size_t i = 0; i < report.count; i++)
		if (report_shows(&report, i))
			report.sums[report.verdicts[i].kind]++;
	report.ms = (unsigned)(io_now_ms() - began);
	*ret = report;
	return 0;
}

void report_done(struct report *report)
{
	if (!report->verdicts)
		return;
	host_done(&report->host);
	free(report->verdicts);
	free(report->ignored);
	report->verdicts = NULL;
	report->ignored = NULL;
}

bool report_shows(const struct report *report, size_t index)
{
	return report->wanted[index] || report->verdicts[index].kind == VERDICT_FAIL;
}

bool report_finds(const struct report *report, size_t index)
{
	enum verdict_kind kind = report->verdicts[index].kind;

	return report_shows(report, index) && (kind == VERDICT_FAIL || kind == VERDICT_WARN);
}

const char *report_host(const struct report *report)
{
	const struct fact_text *name = &report->host.kernel.host_name;

	return name->state == FACT_KNOWN && *name->value ? name->value : NULL;
}

void report_words(const struct verdict *v, struct text *ret)
{
	for (size_t i = 0; i < v->evidence_count; i++) {
		const struct evidence *e = &v->evidence[i];

		text_addf(ret, "%s: %s%s%s\n", e->source, e->found, *e->wanted ? "; wanted: " : "",
			e->wanted);
	}
	if (*v->effect)
		text_addf(ret, "effect: %s\n", v->effect);
	for (size_t i = 0; i < v->fix_count; i++)
		text_addf(ret, "%s: %s\n", i == 0 ? "fix" : "or", v->fix[i]);
}

static int print_json(
	const struct report *report, const struct report_view *view, const struct out *out)
{
	(void)view;
	return report_json(report, out, NULL);
}

/* In the order of REPORT_FORMAT_WORDS. */
static const struct report_format formats[] = {
	{ "text", report_text },
	{ "json", print_json },
	{ "junit", report_junit },
	{ "sarif", report_sarif },
	{ "prometheus", report_prometheus },
};

const struct report_format *report_format_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

int report_status(const struct report *report, bool strict)
{
	return report->sums[VERDICT_FAIL] > 0 || (strict && report->sums[VERDICT_WARN] > 0);
}

unsigned report_ms(const struct report *report, const struct check *check)
{
	unsigned ms = 0;

	for (unsigned i = 0; i < PROBE_COUNT; i++)
		if (check->probes & (1u << i))
			ms += report->host.probe.probes[i].ms;
	return ms;
}
