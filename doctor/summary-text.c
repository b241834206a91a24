/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For people: the columns with their numbers, then a row for each set of failing checks with the hosts
 * that share it, then where hosts differ in what they are.
 */
#include <errno.h>
#include <string.h>

#include "base/version.h"
#include "doctor/summary.h"

enum {
	NAMED = 8, /* hosts of a row, unless all are asked for */
};

static const char *const marks[][2] = {
	[CELL_ABSENT] = { " ", " " },
	[CELL_PASS] = { "·", "." },
	[CELL_WARN] = { "!", "!" },
	[CELL_FAIL] = { "✗", "X" },
	[CELL_SKIP] = { "-", "-" },
	[CELL_IGNORED] = { "i", "i" },
};
_Static_assert(ARRAY_SIZE(marks) == CELL_COUNT, "a mark per cell");

static const enum out_colour colours[] = {
	[CELL_WARN] = OUT_YELLOW,
	[CELL_FAIL] = OUT_RED,
	[CELL_SKIP] = OUT_DIM,
	[CELL_IGNORED] = OUT_DIM,
};

static size_t shown(const struct summary *summary)
{
	size_t n = 0;

	for (size_t i = 0; i < summary->ids.count; i++)
		n += summary_shows(summary, i);
	return n;
}

static void print_head(const struct summary *summary, const struct out *out)
{
	out_print(out, OUT_BOLD, "rpod-doctor %s summary", RPOD_VERSION);
	out_print(out, OUT_PLAIN, ": %zu host%s, ", summary->count, summary->count == 1 ? "" : "s");
	out_print(out, OUT_GREEN, "%zu without failure", summary->count - summary->failing);
	if (summary->failing > 0)
		out_print(out, OUT_RED, ", %zu with", summary->failing);
	if (summary->refused.count > 0)
		out_print(out, OUT_RED, "; %zu file%s not counted", summary->refused.count,
			summary->refused.count == 1 ? "" : "s");
	out_print(out, OUT_PLAIN, "\n");
}

static void print_columns(const struct summary *summary, const struct out *out)
{
	size_t number = 0;

	for (size_t i = 0; i < summary->ids.count; i++) {
		const size_t *sums = summary->sums[i];

		if (!summary_shows(summary, i))
			continue;
		out_print(out, OUT_PLAIN, "%3zu  ", ++number);
		out_print(out, OUT_BOLD, "%-22s", summary->ids.items[i]);
		if (sums[CELL_FAIL] > 0)
			out_print(out, OUT_RED, " fails on %zu", sums[CELL_FAIL]);
		if (sums[CELL_WARN] > 0)
			out_print(out, OUT_YELLOW, "%s warns on %zu",
				sums[CELL_FAIL] > 0 ? "," : "", sums[CELL_WARN]);
		out_print(out, OUT_PLAIN, "\n");
	}
}

/* Of a row of hosts: what all fail in they all have; else the worst that some have. */
static enum summary_cell worst(const struct summary *summary, size_t at, size_t n, size_t column)
{
	static const int weights[] = {
		[CELL_ABSENT] = 0,
		[CELL_SKIP] = 1,
		[CELL_PASS] = 2,
		[CELL_IGNORED] = 3,
		[CELL_WARN] = 4,
		[CELL_FAIL] = 5,
	};
	enum summary_cell found = CELL_ABSENT;

	_Static_assert(ARRAY_SIZE(weights) == CELL_COUNT, "a weight per cell");
	for (size_t i = at; i < at + n; i++) {
		enum summary_cell cell = summary_cell(summary->hosts[i], column);

		if (weights[cell] > weights[found])
			found = cell;
	}
	return found;
}

static void print_row(const struct summary *summary, const struct out *out, size_t at, size_t n)
{
	out_print(out, OUT_PLAIN, " ");
	for (size_t i = 0; i < summary->ids.count; i++) {
		enum summary_cell cell = worst(summary, at, n, i);

		if (summary_shows(summary, i))
			out_print(out, colours[cell], "  %s", marks[cell][!out->utf8]);
	}
}

static void print_group(
	const struct summary *summary, const struct out *out, size_t at, size_t n, bool all)
{
	size_t named = all ? n : MIN(n, (size_t)NAMED);

	if (all)
		for (size_t i = at; i < at + n; i++) {
			print_row(summary, out, i, 1);
			out_print(out, OUT_PLAIN, "   %s\n", summary->hosts[i]->name);
		}
	if (all)
		return;
	print_row(summary, out, at, n);
	out_print(out, OUT_BOLD, "   %zu host%s:", n, n == 1 ? "" : "s");
	for (size_t i = at; i < at + named; i++)
		out_print(out, OUT_PLAIN, " %s", summary->hosts[i]->name);
	if (named < n)
		out_print(out, OUT_DIM, " and %zu more", n - named);
	out_print(out, OUT_PLAIN, "\n");
}

static void print_matrix(const struct summary *summary, const struct out *out, bool all)
{
	size_t columns = shown(summary);

	if (columns > 0) {
		out_print(out, OUT_PLAIN, "\n");
		print_columns(summary, out);
		out_print(out, OUT_PLAIN, "\n ");
		for (size_t i = 1; i <= columns; i++)
			out_print(out, OUT_DIM, "%3zu", i);
		out_print(out, OUT_PLAIN, "\n");
	}
	for (size_t at = 0, n; at < summary->count; at += n) {
		n = summary_group_size(summary, at);
		print_group(summary, out, at, n, all);
	}
}

/* The commonest first. */
static void print_drift(const struct summary *summary, const struct out *out, size_t trait)
{
	const struct summary_values *values = &summary->traits[trait];
	size_t before = SIZE_MAX;

	if (values->words.count < 2)
		return;
	out_print(out, OUT_BOLD, "%s differs\n", summary_trait_word((enum summary_trait)trait));
	for (size_t printed = 0; printed < MIN(values->words.count, (size_t)NAMED);) {
		size_t most = 0;

		for (size_t i = 0; i < values->words.count; i++)
			if (values->hosts[i] < before)
				most = MAX(most, values->hosts[i]);
		for (size_t i = 0; i < values->words.count; i++)
			if (values->hosts[i] == most && printed < NAMED) {
				out_print(
					out, OUT_PLAIN, "%7zu  %s\n", most, values->words.items[i]);
				printed++;
			}
		before = most;
	}
	if (values->words.count > NAMED)
		out_print(out, OUT_DIM, "         and %zu more\n", values->words.count - NAMED);
}

int summary_text(const struct summary *summary, const struct out *out, bool all)
{
	print_head(summary, out);
	if (summary->count > 0)
		print_matrix(summary, out, all);
	for (size_t i = 0; i < TRAIT_COUNT; i++)
		print_drift(summary, out, i);
	return ferror(out->stream) ? -EIO : 0;
}
