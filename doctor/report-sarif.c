/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SARIF 2.1.0, for what gathers findings: a rule for each check, a result for each finding. Evidence
 * that is a file is a physical location, anything else (a call, a probe) a logical one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "base/version.h"
#include "doctor/report.h"

static struct json *message(const char *text)
{
	struct json *to = json_new_object();

	json_set_text(to, "text", text);
	return to;
}

static struct json *rule_of(const struct check *check)
{
	_cleanup_text_ struct text help = { 0 };
	struct json *to = json_new_object();

	text_addf(&help, "It holds when %s. See %s, and section %s of rpod-checks(7).",
		check->title, check->see, check->id);
	json_set_text(to, "id", check->id);
	json_set(to, "shortDescription", message(check->title));
	json_set(to, "help", message(text_get(&help)));
	return to;
}

static struct json *driver(void)
{
	struct json *to = json_new_object(), *tool = json_new_object(), *rules = json_new_array();

	for (size_t i = 0; i < check_count(); i++)
		json_add(rules, rule_of(check_at(i)));
	json_set_text(to, "name", "rpod-doctor");
	json_set_text(to, "version", RPOD_VERSION);
	json_set(to, "rules", rules);
	json_set(tool, "driver", to);
	return tool;
}

/* RFC 8089, with what RFC 3986 does not leave as it is in percents. */
static void add_uri(struct text *to, const char *path, size_t length)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~/@+=,";

	text_add(to, "file://");
	for (size_t i = 0; i < length; i++)
		if (strchr(plain, path[i]))
			text_add_bytes(to, &path[i], 1);
		else
			text_addf(to, "%%%02X", (unsigned char)path[i]);
}

/* "/etc/subuid:3" and "/etc/subuid" are files, "mount(2)" is none, "/a and /b" begins with one. */
static struct json *physical_of(const char *source)
{
	_cleanup_text_ struct text uri = { 0 };
	struct json *to = json_new_object(), *file = json_new_object();
	size_t length = strcspn(source, ": ");
	unsigned long line = source[length] == ':' ? strtoul(source + length + 1, NULL, 10) : 0;

	add_uri(&uri, source, length);
	json_set_text(file, "uri", text_get(&uri));
	json_set(to, "artifactLocation", file);
	if (line > 0) {
		struct json *region = json_new_object();

		json_set_number(region, "startLine", (int64_t)line);
		json_set(to, "region", region);
	}
	return to;
}

static struct json *location_of(const struct evidence *e)
{
	struct json *to = json_new_object(), *names = json_new_array(), *name = json_new_object();
	_cleanup_text_ struct text words = { 0 };

	text_addf(&words, "%s: %s%s%s", e->source, e->found, *e->wanted ? "; wanted: " : "",
		e->wanted);
	if (*e->source == '/')
		json_set(to, "physicalLocation", physical_of(e->source));
	json_set_text(name, "fullyQualifiedName", e->source);
	json_set_text(name, "kind", "resource");
	json_add(names, name);
	json_set(to, "logicalLocations", names);
	json_set(to, "message", message(text_get(&words)));
	return to;
}

static struct json *suppressions(const char *reason)
{
	struct json *to = json_new_array(), *one = json_new_object();

	json_set_text(one, "kind", "external");
	json_set_text(one, "justification", reason);
	json_add(to, one);
	return to;
}

static struct json *result_of(const struct report *report, size_t i)
{
	const struct verdict *v = &report->verdicts[i];
	struct json *to = json_new_object(), *places = json_new_array();
	struct json *more = json_new_object(), *fix = json_new_array();
	_cleanup_text_ struct text words = { 0 };

	text_addf(&words, "%s\n", v->why);
	report_words(v, &words);
	for (size_t e = 0; e < v->evidence_count; e++)
		json_add(places, location_of(&v->evidence[e]));
	for (size_t f = 0; f < v->fix_count; f++)
		json_add(fix, json_new_text(v->fix[f]));
	json_set_text(to, "ruleId", check_at(i)->id);
	json_set_number(to, "ruleIndex", (int64_t)i);
	json_set_text(to, "level", v->kind == VERDICT_FAIL ? "error" : "warning");
	json_set(to, "message", message(text_get(&words)));
	json_set(to, "locations", places);
	if (report->ignored[i])
		json_set(to, "suppressions", suppressions(report->ignored[i]));
	json_set_text(more, "effect", v->effect);
	json_set(more, "fix", fix);
	json_set(to, "properties", more);
	return to;
}

static struct json *invocations(const struct report *report, const struct report_view *view)
{
	struct json *to = json_new_array(), *one = json_new_object(), *more = json_new_object();
	struct tm tm = { 0 };
	char at[32];

	(void)gmtime_r(&report->at, &tm);
	(void)strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &tm);
	json_set_bool(one, "executionSuccessful", true);
	json_set_number(one, "exitCode", view->status);
	json_set_text(one, "startTimeUtc", at);
	if (report_host(report))
		json_set_text(one, "machine", report_host(report));
	json_set_text(more, "user", report->host.user.name);
	json_set_text(more, "root", report->root);
	json_set(one, "properties", more);
	json_add(to, one);
	return to;
}

int report_sarif(const struct report *report, const struct report_view *view, const struct out *out)
{
	_cleanup_json_ struct json *all = json_new_object();
	struct json *runs = json_new_array(), *run = json_new_object(), *results = json_new_array();
	const char *text;

	for (size_t i = 0; i < report->count; i++)
		if (report_finds(report, i))
			json_add(results, result_of(report, i));
	json_set(run, "tool", driver());
	json_set(run, "invocations", invocations(report, view));
	json_set(run, "results", results);
	json_add(runs, run);
	json_set_text(all, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	json_set_text(all, "version", "2.1.0");
	json_set(all, "runs", runs);
	text = json_print(all, true);
	return text && fprintf(out->stream, "%s\n", text) >= 0 ? 0 : -EIO;
}
