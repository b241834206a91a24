/* SPDX-License-Identifier: Apache-2.0 */
/* For programs: schema rpod-doctor/1. Keys are added, never renamed; a failure is valid JSON too. */
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/version.h"
#include "doctor/report.h"

static const char *fact_or_null(const struct fact_text *fact)
{
	return fact->state == FACT_KNOWN ? fact->value : NULL;
}

static void json_set_number_or_null(
	struct json *to, const char *key, const struct fact_number *fact)
{
	if (fact->state == FACT_KNOWN)
		json_set_number(to, key, fact->value);
	else
		json_set_text(to, key, NULL);
}

static const char *view_of(const struct host *host)
{
	if (host->next_boot)
		return "next-boot";
	return host->live ? "now" : "tree";
}

static struct json *context_of(const struct report *report)
{
	const struct host *host = &report->host;
	struct json *to = json_new_object();

	json_set_text(to, "version", RPOD_VERSION);
	json_set_text(to, "host", report_host(report));
	json_set_text(to, "root", report->root);
	json_set_bool(to, "live", host->live);
	json_set_text(to, "view", view_of(host));
	json_set_text(to, "user", host->user.name);
	if (host->user.state == FACT_KNOWN)
		json_set_number(to, "uid", (int64_t)host->user.uid);
	else
		json_set_text(to, "uid", NULL);
	json_set_text(to, "session", host->live ? context_kind_words(host->context.kind) : NULL);
	json_set_text(to, "session_cgroup", fact_or_null(&host->context.cgroup));
	json_set_number_or_null(to, "no_new_privs", &host->context.no_new_privs);
	json_set_number_or_null(to, "seccomp", &host->context.seccomp);
	json_set_text(to, "apparmor", fact_or_null(&host->context.apparmor));
	json_set_text(to, "label", fact_or_null(&host->context.label));
	json_set_text(to, "container", fact_or_null(&host->context.container));
	json_set_bool(to, "systemd", host->context.systemd);
	json_set_text(to, "os", host->os.state == FACT_KNOWN ? host->os.pretty : NULL);
	json_set_text(to, "kernel", fact_or_null(&host->kernel.release));
	json_set_text(to, "cgroup", cgroup_version_words(host->cgroup.version));
	json_set_number(to, "ms", report->ms);
	return to;
}

static struct json *summary_of(const struct report *report)
{
	struct json *to = json_new_object();

	for (int kind = 0; kind < VERDICT_KIND_COUNT; kind++)
		json_set_number(to, verdict_word(kind), (int64_t)report->sums[kind]);
	json_set_number(to, "ignored", (int64_t)report->ignored_sum);
	return to;
}

static struct json *evidence_of(const struct verdict *v)
{
	struct json *to = json_new_array();

	for (size_t i = 0; i < v->evidence_count; i++) {
		const struct evidence *e = &v->evidence[i];
		struct json *one = json_new_object();

		json_set_text(one, "source", e->source);
		json_set_text(one, "found", e->found);
		json_set_text(one, "wanted", *e->wanted ? e->wanted : NULL);
		json_add(to, one);
	}
	return to;
}

struct json *report_check_json(const struct report *report, size_t index)
{
	const struct check *check = check_at(index);
	const struct verdict *v = &report->verdicts[index];
	struct json *to = json_new_object(), *fix = json_new_array();

	for (size_t i = 0; i < v->fix_count; i++)
		json_add(fix, json_new_text(v->fix[i]));
	json_set_text(to, "id", check->id);
	json_set_text(to, "title", check->title);
	json_set_text(to, "verdict", verdict_word(v->kind));
	json_set_text(to, "why", v->why);
	json_set(to, "evidence", evidence_of(v));
	json_set_text(to, "effect", v->effect);
	json_set(to, "fix", fix);
	json_set_text(to, "skipped_because", v->skipped_because);
	json_set_text(to, "ignored", report->ignored[index]);
	json_set_text(to, "see", check->see);
	json_set_number(to, "ms", report_ms(report, check));
	return to;
}

int report_json(const struct report *report, const struct out *out, const struct error *err)
{
	_cleanup_json_ struct json *all = json_new_object();
	struct json *checks = json_new_array();
	const char *text;

	json_set_text(all, "schema", "rpod-doctor/1");
	json_set(all, "context", report ? context_of(report) : json_new_object());
	json_set(all, "summary",
		report ? summary_of(report) : summary_of(&(struct report){ .count = 0 }));
	for (size_t i = 0; report && i < report->count; i++)
		if (report_shows(report, i))
			json_add(checks, report_check_json(report, i));
	json_set(all, "checks", checks);
	if (report && report->elsewhere.state != ELSEWHERE_NOT_ASKED)
		json_set(all, "manager", elsewhere_json(&report->elsewhere, report));
	if (err)
		json_set_text(all, "error", err->text);
	text = json_print(all, true);
	return out_json(out, text ? text : "{}");
}
