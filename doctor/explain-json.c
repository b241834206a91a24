/* SPDX-License-Identifier: Apache-2.0 */
/* For programs: schema rpod-doctor-explain/1. */
#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "doctor/explain.h"
#include "doctor/report.h"
#include "doctor/signature.h"

static struct json *causes_of(size_t signature, const struct report *report)
{
	struct json *to = json_new_array();
	size_t causes[EXPLAIN_CAUSES], n = explain_causes(signature, report, causes);

	for (size_t i = 0; i < n; i++) {
		struct json *one = json_new_object();
		const struct verdict *v = &report->verdicts[causes[i]];

		json_set_text(one, "certainty", explain_word(explain_certainty(v)));
		json_set(one, "check", report_check_json(report, causes[i]));
		json_add(to, one);
	}
	return to;
}

/* What is no UTF-8 cannot stand in JSON. */
static void set_line(struct json *to, const char *text)
{
	char copy[sizeof(((struct hit *)0)->text)];

	(void)text_copy(copy, sizeof(copy), text);
	for (char *c = copy; *c; c += MAX(text_utf8_length(c), (size_t)1))
		if (text_utf8_length(c) == 0)
			*c = '?';
	json_set_text(to, "text", copy);
}

static struct json *message_of(const struct hit *hit, const struct report *report)
{
	const struct signature *s = &signatures[hit->signature];
	struct json *to = json_new_object();

	json_set_text(to, "message", s->pattern);
	set_line(to, hit->text);
	json_set_number(to, "line", (int64_t)hit->line);
	json_set_number(to, "count", (int64_t)hit->count);
	json_set_text(to, "topic", s->topic);
	json_set(to, "causes", s->topic ? json_new_array() : causes_of(hit->signature, report));
	return to;
}

int explain_json(const struct explainer *e, const struct report *report, const struct out *out)
{
	_cleanup_json_ struct json *all = json_new_object();
	struct json *messages = json_new_array();
	size_t count;
	const struct hit *hits = explain_hits(e, &count);
	const char *text;

	json_set_text(all, "schema", "rpod-doctor-explain/1");
	json_set_number(all, "lines", (int64_t)explain_lines(e));
	for (size_t i = 0; i < count; i++)
		json_add(messages, message_of(&hits[i], report));
	json_set(all, "messages", messages);
	text = json_print(all, true);
	return out_json(out, text ? text : "{}");
}
