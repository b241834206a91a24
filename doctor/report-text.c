/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For people: who and where first, then what is amiss with its evidence, effect and fix, then what
 * could not be judged, and the count. What is well takes no line of its own unless asked for.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/version.h"
#include "doctor/report.h"

#define MARGIN "     "

/* Never the only carrier of meaning: the id stands beside it. */
static const struct {
	const char *utf8, *ascii;
	enum out_colour colour;
} marks[] = {
	[VERDICT_PASS] = { "✓", "[ ok ]", OUT_GREEN },
	[VERDICT_WARN] = { "!", "[warn]", OUT_YELLOW },
	[VERDICT_FAIL] = { "✗", "[FAIL]", OUT_RED },
	[VERDICT_SKIP] = { "-", "[skip]", OUT_DIM },
};
_Static_assert(ARRAY_SIZE(marks) == VERDICT_KIND_COUNT, "a mark per verdict");

static const char *separator(const struct out *out)
{
	return out->utf8 ? "·" : "-";
}

/* What confines the process that looks; where nothing does, no line. */
static void print_context(const struct context *c, const struct out *out)
{
	_cleanup_text_ struct text line = { 0 };

	if (c->no_new_privs.value == 1)
		text_add(&line, ", without new privileges");
	if (c->seccomp.value == 2)
		text_add(&line, ", system calls filtered");
	if (c->apparmor.state == FACT_KNOWN && *c->apparmor.value &&
		!text_starts(c->apparmor.value, "unconfined"))
		text_addf(&line, ", AppArmor '%s'", c->apparmor.value);
	else if (c->label.state == FACT_KNOWN && strchr(c->label.value, ':') &&
		 !strstr(c->label.value, "unconfined"))
		text_addf(&line, ", label %s", c->label.value);
	if (line.length > 0)
		out_print(out, OUT_PLAIN, "confined here: %s\n", text_get(&line) + 2);
}

void report_header(const struct report *report, const struct out *out)
{
	const struct host *host = &report->host;
	const char *dot = separator(out);

	out_print(out, OUT_BOLD, "rpod-doctor %s", RPOD_VERSION);
	out_print(out, OUT_PLAIN, " %s %s", dot, *host->user.name ? host->user.name : "nobody");
	if (host->user.state == FACT_KNOWN)
		out_print(out, OUT_PLAIN, " (%u)", (unsigned)host->user.uid);
	if (host->live)
		out_print(out, OUT_PLAIN, " %s %s", dot, context_kind_words(host->context.kind));
	if (host->context.container.state == FACT_KNOWN)
		out_print(out, OUT_PLAIN, " %s %s",
			host->context.kind == CONTEXT_CONTAINER ? "of" : "in",
			host->context.container.value);
	if (host->next_boot)
		out_print(out, OUT_PLAIN, " %s after the next boot", dot);
	if (strcmp(report->root, "/") != 0)
		out_print(out, OUT_PLAIN, " %s %s '%s'", dot,
			host->live || host->next_boot ? "recorded in" : "tree", report->root);
	out_print(out, OUT_PLAIN, "\n%s",
		host->os.state == FACT_KNOWN ? host->os.pretty : "unknown system");
	if (host->kernel.release.state == FACT_KNOWN)
		out_print(out, OUT_PLAIN, ", kernel %s", host->kernel.release.value);
	if (host->live)
		out_print(
			out, OUT_PLAIN, ", cgroups %s", cgroup_version_words(host->cgroup.version));
	out_print(out, OUT_PLAIN, "\n");
	if (host->live)
		print_context(&host->context, out);
}

static void print_mark(const struct out *out, enum verdict_kind kind)
{
	out_print(
		out, marks[kind].colour, " %s ", out->utf8 ? marks[kind].utf8 : marks[kind].ascii);
}

static void print_line(const struct out *out, const struct check *check, const struct verdict *v)
{
	const char *words = *v->why ? v->why : check->title;

	print_mark(out, v->kind);
	out_print(out, OUT_BOLD, "%s", check->id);
	if (v->kind == VERDICT_PASS && *v->why)
		out_print(out, OUT_PLAIN, "  %s: %s\n", check->title, words);
	else
		out_print(out, OUT_PLAIN, "  %s\n", words);
}

static void print_evidence(const struct out *out, const struct verdict *v)
{
	for (size_t i = 0; i < v->evidence_count; i++) {
		const struct evidence *e = &v->evidence[i];
		char line[sizeof(*e) + 32];

		(void)snprintf(line, sizeof(line), "%s: %s%s%s", e->source, e->found,
			*e->wanted ? "; wanted: " : "", e->wanted);
		out_wrap(out, i == 0 ? MARGIN "evidence  " : MARGIN "          ", line);
	}
}

/* A command is never wrapped: it is there to be copied. */
static void print_fixes(const struct out *out, const struct verdict *v)
{
	for (size_t i = 0; i < v->fix_count; i++) {
		out_print(out, OUT_PLAIN, MARGIN "%s", i == 0 ? "fix       " : "      or: ");
		out_print(out, OUT_BOLD, "%s", v->fix[i]);
		out_print(out, OUT_PLAIN, "\n");
	}
}

void report_details(const struct out *out, const struct verdict *v)
{
	print_evidence(out, v);
	if (*v->effect)
		out_wrap(out, MARGIN "effect    ", v->effect);
	print_fixes(out, v);
}

static void print_finding(
	const struct report *report, const struct out *out, size_t i, enum report_detail detail)
{
	const struct check *check = check_at(i);
	const struct verdict *v = &report->verdicts[i];

	print_line(out, check, v);
	if (detail == REPORT_QUIET)
		return;
	report_details(out, v);
	if (detail == REPORT_ALL)
		out_print(out, OUT_PLAIN, MARGIN "see       %s, rpod-checks(7)\n", check->see);
}

static void print_kind(const struct report *report, const struct out *out, enum verdict_kind kind,
	enum report_detail detail)
{
	for (size_t i = 0; i < report->count; i++)
		if (report_shows(report, i) && report->verdicts[i].kind == kind &&
			!report->ignored[i])
			print_finding(report, out, i, detail);
}

static bool is_skip(const struct report *report, size_t i)
{
	return report_shows(report, i) && report->verdicts[i].kind == VERDICT_SKIP;
}

/* Skips of one reason are one line, where the first of them stands. */
static void print_skips(const struct report *report, const struct out *out)
{
	for (size_t i = 0; i < report->count; i++) {
		const char *why = report->verdicts[i].why;
		bool first = is_skip(report, i);
		size_t n = 0;

		for (size_t j = 0; j < i && first; j++)
			first = !is_skip(report, j) || strcmp(report->verdicts[j].why, why) != 0;
		for (size_t j = i; j < report->count && first; j++)
			n += is_skip(report, j) && strcmp(report->verdicts[j].why, why) == 0;
		if (!first)
			continue;
		print_mark(out, VERDICT_SKIP);
		if (n == 1)
			out_print(out, OUT_PLAIN, "%s skipped", check_at(i)->id);
		else
			out_print(out, OUT_PLAIN, "%zu checks skipped", n);
		out_print(out, OUT_PLAIN, "%s%s\n", text_starts(why, "because ") ? " " : ": ", why);
	}
}

static void print_ignored(const struct report *report, const struct out *out)
{
	for (size_t i = 0; i < report->count; i++)
		if (report->ignored[i]) {
			print_mark(out, VERDICT_SKIP);
			out_print(out, OUT_PLAIN, "%s ignored: %s: %s\n", check_at(i)->id,
				report->ignored[i], report->verdicts[i].why);
		}
}

static void print_count(const struct report *report, const struct out *out, int status)
{
	const size_t *sums = report->sums;

	out_print(out, OUT_PLAIN, "%zu checks: ",
		sums[VERDICT_PASS] + sums[VERDICT_WARN] + sums[VERDICT_FAIL] + sums[VERDICT_SKIP] +
			report->ignored_sum);
	out_print(out, OUT_GREEN, "%zu ok", sums[VERDICT_PASS]);
	if (sums[VERDICT_FAIL] > 0)
		out_print(out, OUT_RED, ", %zu failed", sums[VERDICT_FAIL]);
	if (sums[VERDICT_WARN] > 0)
		out_print(out, OUT_YELLOW, ", %zu warning%s", sums[VERDICT_WARN],
			sums[VERDICT_WARN] == 1 ? "" : "s");
	if (sums[VERDICT_SKIP] > 0)
		out_print(out, OUT_DIM, ", %zu skipped", sums[VERDICT_SKIP]);
	if (report->ignored_sum > 0)
		out_print(out, OUT_DIM, ", %zu ignored", report->ignored_sum);
	out_print(out, OUT_PLAIN, " (%u.%02u s); exit status %d: %s\n", report->ms / 1000,
		report->ms % 1000 / 10, status,
		status == 0              ? "nothing failed"
		: sums[VERDICT_FAIL] > 0 ? "something failed"
					 : "warnings count here");
}

int report_text(const struct report *report, const struct report_view *view, const struct out *out)
{
	enum report_detail detail = view->detail;

	if (detail != REPORT_QUIET)
		report_header(report, out);
	print_kind(report, out, VERDICT_FAIL, detail);
	print_kind(report, out, VERDICT_WARN, detail);
	if (detail == REPORT_QUIET)
		return 0;
	for (size_t i = 0; i < report->count && detail == REPORT_ALL; i++)
		if (report_shows(report, i) && (report->verdicts[i].kind == VERDICT_PASS ||
						       report->verdicts[i].kind == VERDICT_SKIP))
			print_line(out, check_at(i), &report->verdicts[i]);
	if (detail == REPORT_NORMAL)
		print_skips(report, out);
	elsewhere_text(&report->elsewhere, report, out);
	print_ignored(report, out);
	print_count(report, out, view->status);
	return 0;
}
