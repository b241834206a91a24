/* SPDX-License-Identifier: Apache-2.0 */
/* For node_exporter's textfile collector: the text format, a series for each check and verdict. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "base/version.h"
#include "doctor/report.h"

/* A label's value: '\', '"' and the end of a line are escaped; a control character is '?'. */
static void print_label(FILE *to, const char *name, const char *value, const char *after)
{
	(void)fprintf(to, "%s=\"", name);
	while (*value) {
		size_t length = text_utf8_length(value);

		if (*value == '\\' || *value == '"')
			(void)fprintf(to, "\\%c", *value);
		else if (*value == '\n')
			(void)fputs("\\n", to);
		else if (length == 0 ||
			 (length == 1 && ((unsigned char)*value < 0x20 || *value == 0x7f)))
			(void)fputc('?', to);
		else
			(void)fprintf(to, "%.*s", (int)length, value);
		value += length ? length : 1;
	}
	(void)fprintf(to, "\"%s", after);
}

static void print_head(FILE *to, const char *name, const char *help)
{
	(void)fprintf(to, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void print_checks(FILE *to, const struct report *report)
{
	print_head(
		to, "rpod_doctor_check", "Whether the check has this verdict (1) or another (0).");
	for (size_t i = 0; i < report->count; i++)
		for (int kind = 0; kind < VERDICT_KIND_COUNT && report_shows(report, i); kind++) {
			(void)fprintf(to, "rpod_doctor_check{");
			print_label(to, "id", check_at(i)->id, ",");
			print_label(to, "user", report->host.user.name, ",");
			print_label(to, "verdict", verdict_word(kind), "} ");
			(void)fprintf(to, "%d\n", (int)report->verdicts[i].kind == kind);
		}
	print_head(to, "rpod_doctor_check_ignored",
		"Whether the finding of this check is ignored for now, by doctor.ignore.");
	for (size_t i = 0; i < report->count; i++)
		if (report_finds(report, i)) {
			(void)fprintf(to, "rpod_doctor_check_ignored{");
			print_label(to, "id", check_at(i)->id, ",");
			print_label(to, "user", report->host.user.name, "} ");
			(void)fprintf(to, "%d\n", report->ignored[i] != NULL);
		}
}

static void print_sum(FILE *to, const struct report *report, const char *verdict, size_t n)
{
	(void)fprintf(to, "rpod_doctor_checks{");
	print_label(to, "user", report->host.user.name, ",");
	print_label(to, "verdict", verdict, "} ");
	(void)fprintf(to, "%zu\n", n);
}

static void print_sums(FILE *to, const struct report *report)
{
	print_head(to, "rpod_doctor_checks", "How many checks have this verdict.");
	for (int kind = 0; kind < VERDICT_KIND_COUNT; kind++)
		print_sum(to, report, verdict_word(kind), report->sums[kind]);
	print_sum(to, report, "ignored", report->ignored_sum);
}

static void print_run(FILE *to, const struct report *report)
{
	const struct host *host = &report->host;

	print_head(to, "rpod_doctor_duration_seconds", "How long the look at the host took.");
	(void)fprintf(to, "rpod_doctor_duration_seconds{");
	print_label(to, "user", host->user.name, "} ");
	(void)fprintf(to, "%u.%03u\n", report->ms / 1000, report->ms % 1000);
	print_head(to, "rpod_doctor_last_run_timestamp_seconds", "When the host was looked at.");
	(void)fprintf(to, "rpod_doctor_last_run_timestamp_seconds{");
	print_label(to, "user", host->user.name, "} ");
	(void)fprintf(to, "%lld\n", (long long)report->at);
	print_head(to, "rpod_doctor_info", "What was looked at, and by which doctor.");
	(void)fprintf(to, "rpod_doctor_info{");
	print_label(to, "user", host->user.name, ",");
	print_label(to, "version", RPOD_VERSION, ",");
	print_label(to, "os", host->os.pretty, ",");
	print_label(to, "kernel", host->kernel.release.value, "} 1\n");
}

int report_prometheus(
	const struct report *report, const struct report_view *view, const struct out *out)
{
	(void)view;
	print_checks(out->stream, report);
	print_sums(out->stream, report);
	print_run(out->stream, report);
	return ferror(out->stream) ? -EIO : 0;
}
