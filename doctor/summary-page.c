/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/cleanup.h"
#include "checks/check.h"
#include "doctor/markup.h"
#include "doctor/page.h"
#include "doctor/summary.h"

enum {
	ROWS = 1000, /* of the matrix: a page is read by a person */
	NAMED = 40,
};

static void add_title(struct text *to, const struct summary *summary)
{
	text_add(to, "<header>\n<p class=\"brand\">rpod-doctor summary</p>\n");
	if (summary->failing > 0)
		markup_add(to, "<h1>%zu of %zu hosts with failures</h1>\n", summary->failing,
			summary->count);
	else
		markup_add(to, "<h1>%zu hosts, no failure</h1>\n", summary->count);
	if (summary->count > 0)
		markup_add(to,
			"<div class=\"sum\" aria-hidden=\"true\"><span class=\"fail\" "
			"style=\"flex:%zu 0 0\"></span><span class=\"pass\" "
			"style=\"flex:%zu 0 0\"></span></div>\n",
			summary->failing, summary->count - summary->failing);
	markup_add(to,
		"<ul class=\"key\"><li class=\"fail\"><i></i>%zu with failures</li><li "
		"class=\"pass\"><i></i>%zu without</li></ul>\n</header>\n",
		summary->failing, summary->count - summary->failing);
}

static void add_refused(struct text *to, const struct summary *summary)
{
	if (summary->refused.count == 0)
		return;
	markup_add(to, "<h2>Not counted: %zu</h2>\n<div class=\"card\"><ul class=\"plain\">",
		summary->refused.count);
	for (size_t i = 0; i < MIN(summary->refused.count, (size_t)NAMED); i++)
		markup_add(to, "<li>%s</li>\n", summary->refused.items[i]);
	text_add(to, "</ul></div>\n");
}

static void add_group(struct text *to, const struct summary *summary, size_t at, size_t n)
{
	const struct summary_host *first = summary->hosts[at];
	size_t failing = 0;

	for (size_t i = 0; i < first->count; i++)
		failing += first->cells[i] == CELL_FAIL;
	markup_add(to, "<section class=\"card finding %s\"><h3>%zu host%s%s</h3>\n<p>",
		failing ? "fail" : "pass", n, n == 1 ? "" : "s", failing ? "" : " without failure");
	for (size_t i = 0; i < first->count; i++)
		if (first->cells[i] == CELL_FAIL)
			markup_add(
				to, "<span class=\"v fail\">✗ %s</span> ", summary->ids.items[i]);
	text_add(to, "</p>\n<p>");
	for (size_t i = at; i < at + MIN(n, (size_t)NAMED); i++)
		markup_add(to, "%s%s", i == at ? "" : ", ", summary->hosts[i]->name);
	if (n > NAMED)
		markup_add(to, " and %zu more", n - NAMED);
	text_add(to, "</p></section>\n");
}

static void add_groups(struct text *to, const struct summary *summary)
{
	text_add(to, "<h2>Hosts with the same failures</h2>\n<div class=\"groups\">\n");
	for (size_t at = 0, n; at < summary->count; at += n) {
		n = summary_group_size(summary, at);
		add_group(to, summary, at, n);
	}
	text_add(to, "</div>\n");
}

static void add_cell(struct text *to, enum summary_cell cell)
{
	static const struct {
		const char *class, *sign, *word;
	} cells[] = {
		[CELL_ABSENT] = { "skip", " ", "not asked" },
		[CELL_PASS] = { "pass", "·", "pass" },
		[CELL_WARN] = { "warn", "!", "warn" },
		[CELL_FAIL] = { "fail", "✗", "fail" },
		[CELL_SKIP] = { "skip", "–", "skip" },
		[CELL_IGNORED] = { "skip", "i", "ignored" },
	};

	_Static_assert(ARRAY_SIZE(cells) == CELL_COUNT, "a sign per cell");
	markup_add(to, "<td class=\"m v %s\" title=\"%s\">%s</td>", cells[cell].class,
		cells[cell].word, cells[cell].sign);
}

static bool is_flawless(const struct summary_host *host)
{
	for (size_t i = 0; i < host->count; i++)
		if (host->cells[i] == CELL_FAIL || host->cells[i] == CELL_WARN)
			return false;
	return true;
}

static void add_matrix_head(struct text *to, const struct summary *summary)
{
	text_add(to, "<h2>Host by check</h2>\n<p>Checks that failed (✗) or warned (!) anywhere; "
		     "hosts where all is well are left out.</p>\n<div class=\"card scroll\">"
		     "<table class=\"matrix\"><thead><tr><th>host</th>");
	for (size_t i = 0; i < summary->ids.count; i++)
		if (summary_shows(summary, i))
			markup_add(to, "<th class=\"m id\">%s</th>", summary->ids.items[i]);
	text_add(to, "</tr></thead><tbody>\n");
}

static void add_matrix(struct text *to, const struct summary *summary)
{
	size_t rows = 0, flawed = 0;

	for (size_t i = 0; i < summary->count; i++)
		flawed += !is_flawless(summary->hosts[i]);
	if (flawed == 0)
		return;
	add_matrix_head(to, summary);
	for (size_t i = 0; i < summary->count && rows < ROWS; i++) {
		if (is_flawless(summary->hosts[i]))
			continue;
		rows++;
		markup_add(to, "<tr><td>%s</td>", summary->hosts[i]->name);
		for (size_t c = 0; c < summary->ids.count; c++)
			if (summary_shows(summary, c))
				add_cell(to, summary_cell(summary->hosts[i], c));
		text_add(to, "</tr>\n");
	}
	text_add(to, "</tbody></table></div>\n");
	if (flawed > rows)
		markup_add(to, "<p>And %zu hosts more: --json has all.</p>\n", flawed - rows);
}

static void add_drift(struct text *to, const struct summary *summary)
{
	text_add(to, "<h2>Where hosts differ</h2>\n<div class=\"mounts\">\n");
	for (size_t trait = 0; trait < TRAIT_COUNT; trait++) {
		const struct summary_values *values = &summary->traits[trait];

		markup_add(to, "<section class=\"card\"><h3>%s</h3><ul class=\"plain\">\n",
			summary_trait_word((enum summary_trait)trait));
		for (size_t i = 0; i < MIN(values->words.count, (size_t)NAMED); i++)
			markup_add(
				to, "<li>%s: %zu</li>\n", values->words.items[i], values->hosts[i]);
		text_add(to, "</ul></section>\n");
	}
	text_add(to, "</div>\n");
}

int summary_page(const struct summary *summary, const struct out *out)
{
	_cleanup_text_ struct text to = { 0 };

	page_begin(&to, "rpod-doctor summary");
	add_title(&to, summary);
	add_refused(&to, summary);
	if (summary->count > 0) {
		add_groups(&to, summary);
		add_matrix(&to, summary);
		add_drift(&to, summary);
	}
	page_end(&to);
	if (text_failed(&to))
		return -ENOMEM;
	return fputs(text_get(&to), out->stream) < 0 ? -EIO : 0;
}
