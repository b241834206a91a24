/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "doctor/markup.h"

static const char *const signs[] = {
	[VERDICT_PASS] = "✓",
	[VERDICT_WARN] = "!",
	[VERDICT_FAIL] = "✗",
	[VERDICT_SKIP] = "–",
};
_Static_assert(ARRAY_SIZE(signs) == VERDICT_KIND_COUNT, "a sign per verdict");

/* From what matters most to what matters least. */
static const enum verdict_kind by_weight[] = { VERDICT_FAIL, VERDICT_WARN, VERDICT_PASS,
	VERDICT_SKIP };

void page_verdict(struct text *to, enum verdict_kind kind)
{
	markup_add(to, "<span class=\"v %s\">%s %s</span>", verdict_word(kind), signs[kind],
		verdict_word(kind));
}

size_t page_findings_of(struct text *to, const struct report *report, const char *patterns)
{
	_cleanup_free_ char *words = strdup(patterns);
	char *rest = words, *word;
	size_t n = 0;

	while ((word = strsep(&rest, " ")))
		for (size_t i = 0; i < report->count; i++) {
			if (!report_finds(report, i) || !check_matches(check_at(i), word))
				continue;
			text_add(to, "<p>");
			page_verdict(to, report->verdicts[i].kind);
			markup_add(to, " <a href=\"#%s\">%s</a></p>\n", check_at(i)->id,
				report->verdicts[i].why);
			n++;
		}
	return n;
}

static void add_fact(struct text *to, const char *name, const char *value)
{
	if (value && *value)
		markup_add(to, "<div><dt>%s</dt><dd>%s</dd></div>\n", name, value);
}

/* What the session lays on all that is run in it. */
static void add_session(struct text *to, const struct context *context)
{
	bool filtered = context->seccomp.state == FACT_KNOWN && context->seccomp.value == 2;
	bool bound = context->no_new_privs.state == FACT_KNOWN && context->no_new_privs.value == 1;

	add_fact(to, "session", context_kind_words(context->kind));
	add_fact(to, "in cgroup", context->cgroup.value);
	add_fact(to, "new privileges", bound ? "forbidden here" : NULL);
	add_fact(to, "system calls", filtered ? "filtered here" : NULL);
	add_fact(to, "AppArmor", context->apparmor.value);
	add_fact(to, "SELinux", context->label.value);
	add_fact(to, "inside", context->container.value);
}

static void add_facts(struct text *to, const struct report *report)
{
	const struct host *host = &report->host;
	char at[64], user[128], took[32];
	struct tm tm = { 0 };

	(void)gmtime_r(&report->at, &tm);
	(void)strftime(at, sizeof(at), "%Y-%m-%d %H:%M UTC", &tm);
	if (host->user.state == FACT_KNOWN)
		(void)snprintf(
			user, sizeof(user), "%s (%u)", host->user.name, (unsigned)host->user.uid);
	else
		(void)snprintf(user, sizeof(user), "%s", host->user.name);
	(void)snprintf(took, sizeof(took), "%u.%02u s", report->ms / 1000, report->ms % 1000 / 10);
	text_add(to, "<dl class=\"facts card\">\n");
	add_fact(to, "host", report_host(report));
	add_fact(to, "user", user);
	add_fact(to, "home", host->user.state == FACT_KNOWN ? host->user.home : NULL);
	if (host->live)
		add_session(to, &host->context);
	add_fact(to, "system", host->os.pretty);
	add_fact(to, "kernel", host->kernel.release.value);
	if (host->live)
		add_fact(to, "cgroups", cgroup_version_words(host->cgroup.version));
	if (host->next_boot)
		add_fact(to, "judged", "after the next boot");
	if (strcmp(report->root, "/") != 0)
		add_fact(to, host->live || host->next_boot ? "record" : "tree", report->root);
	add_fact(to, "looked at", at);
	add_fact(to, "took", took);
	text_add(to, "</dl>\n");
}

static void add_sums(struct text *to, const struct report *report)
{
	text_add(to, "<div class=\"sum\" aria-hidden=\"true\">");
	for (size_t i = 0; i < ARRAY_SIZE(by_weight); i++)
		if (report->sums[by_weight[i]] > 0)
			markup_add(to, "<span class=\"%s\" style=\"flex:%zu 0 0\"></span>",
				verdict_word(by_weight[i]), report->sums[by_weight[i]]);
	text_add(to, "</div>\n<ul class=\"key\">");
	for (size_t i = 0; i < ARRAY_SIZE(by_weight); i++) {
		if (report->sums[by_weight[i]] == 0)
			continue;
		markup_add(to, "<li class=\"%s\"><i></i>%zu %s</li>", verdict_word(by_weight[i]),
			report->sums[by_weight[i]], verdict_word(by_weight[i]));
	}
	if (report->ignored_sum > 0)
		markup_add(to, "<li class=\"skip\"><i></i>%zu ignored</li>", report->ignored_sum);
	text_add(to, "</ul>\n");
}

static void add_evidence(struct text *to, const struct verdict *v)
{
	for (size_t i = 0; i < v->evidence_count; i++) {
		const struct evidence *e = &v->evidence[i];

		markup_add(to, "<dt>%s</dt><dd><code>%s</code>: %s", i == 0 ? "evidence" : "",
			e->source, e->found);
		if (*e->wanted)
			markup_add(to, "; wanted: %s", e->wanted);
		text_add(to, "</dd>\n");
	}
}

static void add_finding(struct text *to, const struct report *report, size_t i)
{
	const struct check *check = check_at(i);
	const struct verdict *v = &report->verdicts[i];

	markup_add(to, "<article class=\"card finding %s\" id=\"%s\"><p class=\"top\">",
		report->ignored[i] ? "skip" : verdict_word(v->kind), check->id);
	page_verdict(to, v->kind);
	markup_add(to, " <span class=\"id\">%s</span></p>\n<h3>%s</h3>\n<dl>\n", check->id,
		*v->why ? v->why : check->title);
	if (report->ignored[i])
		markup_add(to, "<dt>ignored</dt><dd>%s</dd>\n", report->ignored[i]);
	add_evidence(to, v);
	if (*v->effect)
		markup_add(to, "<dt>effect</dt><dd>%s</dd>\n", v->effect);
	for (size_t f = 0; f < v->fix_count; f++)
		markup_add(to, "<dt>%s</dt><dd><pre>%s</pre></dd>\n", f == 0 ? "fix" : "or",
			v->fix[f]);
	markup_add(to, "<dt>see</dt><dd>%s, rpod-checks(7)</dd>\n</dl></article>\n", check->see);
}

static void add_findings(struct text *to, const struct report *report)
{
	size_t n = report->sums[VERDICT_FAIL] + report->sums[VERDICT_WARN];

	text_add(to, "<h2>Findings</h2>\n");
	if (n == 0)
		text_add(to, "<p class=\"card\">There is nothing to mend.</p>\n");
	for (size_t kind = 0; by_weight[kind] != VERDICT_PASS; kind++)
		for (size_t i = 0; i < report->count; i++)
			if (report_finds(report, i) && !report->ignored[i] &&
				report->verdicts[i].kind == by_weight[kind])
				add_finding(to, report, i);
	if (report->ignored_sum > 0)
		text_add(to, "<h2>Ignored for now</h2>\n");
	for (size_t i = 0; i < report->count; i++)
		if (report->ignored[i])
			add_finding(to, report, i);
}

static void add_checks(struct text *to, const struct report *report)
{
	text_add(to, "<h2>All checks</h2>\n<details><summary>In the order they are judged"
		     "</summary>\n<table class=\"checks\"><tbody>\n");
	for (size_t i = 0; i < report->count; i++) {
		const struct verdict *v = &report->verdicts[i];

		if (!report_shows(report, i))
			continue;
		text_add(to, "<tr><td>");
		page_verdict(to, v->kind);
		markup_add(to, "</td><td class=\"id\">%s</td><td>%s%s%s</td></tr>\n",
			check_at(i)->id,
			v->kind == VERDICT_PASS || !*v->why ? check_at(i)->title : "",
			v->kind == VERDICT_PASS && *v->why ? ": " : "", v->why);
	}
	text_add(to, "</tbody></table></details>\n");
}

static void add_title(struct text *to, const struct report *report)
{
	size_t failed = report->sums[VERDICT_FAIL], warned = report->sums[VERDICT_WARN];

	text_add(to, "<header>\n<p class=\"brand\">rpod-doctor</p>\n");
	if (failed > 0)
		markup_add(to, "<h1>%zu check%s failed</h1>\n", failed, failed == 1 ? "" : "s");
	else if (warned > 0)
		markup_add(to, "<h1>Nothing failed, %zu warning%s</h1>\n", warned,
			warned == 1 ? "" : "s");
	else
		text_add(to, "<h1>Nothing failed</h1>\n");
}

int page_print(const struct report *report, const struct report_view *view, const struct out *out)
{
	_cleanup_text_ struct text to = { 0 };
	const char *host = report_host(report);
	char title[512];

	(void)view;
	(void)snprintf(title, sizeof(title), "rpod-doctor: %s%s%s", report->host.user.name,
		host ? " on " : "", host ? host : "");
	page_begin(&to, title);
	add_title(&to, report);
	add_facts(&to, report);
	add_sums(&to, report);
	text_add(&to, "</header>\n");
	add_findings(&to, report);
	page_ids(&to, report);
	page_cgroups(&to, report);
	page_mounts(&to, report);
	add_checks(&to, report);
	page_end(&to);
	if (text_failed(&to))
		return -ENOMEM;
	return fputs(text_get(&to), out->stream) < 0 ? -EIO : 0;
}
