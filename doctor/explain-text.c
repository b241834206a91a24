/* SPDX-License-Identifier: Apache-2.0 */
/* For people: each message that was known, its causes most certain first, and the evidence and the
 * mending of those this host confirms. */
#include <assert.h>
#include <stdio.h>

#include "doctor/explain.h"
#include "doctor/report.h"
#include "doctor/signature.h"

static const enum out_colour colours[] = {
	[CERTAINTY_CONFIRMED] = OUT_RED,
	[CERTAINTY_LIKELY] = OUT_YELLOW,
	[CERTAINTY_POSSIBLE] = OUT_PLAIN,
	[CERTAINTY_EXCLUDED] = OUT_DIM,
};
_Static_assert(ARRAY_SIZE(colours) == CERTAINTY_COUNT, "a colour per certainty");

static void print_cause(
	const struct report *report, const struct out *out, size_t index, bool first)
{
	const struct verdict *v = &report->verdicts[index];
	enum certainty certainty = explain_certainty(v);
	const char *words = *v->why ? v->why : check_at(index)->title;

	out_print(out, colours[certainty], "  %-10s", explain_word(certainty));
	out_print(out, OUT_BOLD, " %s", check_at(index)->id);
	out_print(out, OUT_PLAIN, "  %s\n", words);
	if (first && certainty <= CERTAINTY_LIKELY)
		report_details(out, v);
}

static void print_hit(const struct explainer *e, const struct hit *hit, const struct report *report,
	const struct out *out)
{
	const struct signature *s = &signatures[hit->signature];
	size_t causes[EXPLAIN_CAUSES], n;

	out_print(out, OUT_BOLD, "%s", hit->text);
	if (hit->count > 1)
		out_print(out, OUT_DIM, "  (line %zu and %zu more)", hit->line, hit->count - 1);
	else if (explain_lines(e) > 1)
		out_print(out, OUT_DIM, "  (line %zu)", hit->line);
	out_print(out, OUT_PLAIN, "\n");
	if (s->topic) {
		out_print(out, OUT_PLAIN,
			"  no check tells its cause; see '%s' in rpod-checks(7)\n", s->topic);
		return;
	}
	assert(report); /* it names checks, so the host was judged */
	n = explain_causes(hit->signature, report, causes);
	for (size_t i = 0; i < n; i++)
		print_cause(report, out, causes[i], true);
	if (n == 0 || explain_certainty(&report->verdicts[causes[0]]) > CERTAINTY_LIKELY)
		out_print(out, OUT_PLAIN,
			"  none of these is confirmed on this host, for this user, now\n");
}

void explain_text(const struct explainer *e, const struct report *report, const struct out *out)
{
	size_t count;
	const struct hit *hits = explain_hits(e, &count);

	if (report)
		report_header(report, out);
	for (size_t i = 0; i < count; i++)
		print_hit(e, &hits[i], report, out);
	if (count == 0)
		out_print(out, OUT_PLAIN,
			"no message that is known in %zu line%s; what is wrong with the host says: "
			"rpod-doctor\n",
			explain_lines(e), explain_lines(e) == 1 ? "" : "s");
}
