/* SPDX-License-Identifier: Apache-2.0 */
/* From messages to checks, and from verdicts to how certain a cause is. */
#include <string.h>

#include "base/text.h"
#include "doctor/explain.h"
#include "doctor/report.h"
#include "doctor/signature.h"

static const char *const words[] = {
	[CERTAINTY_CONFIRMED] = "confirmed",
	[CERTAINTY_LIKELY] = "likely",
	[CERTAINTY_POSSIBLE] = "possible",
	[CERTAINTY_EXCLUDED] = "excluded",
};
_Static_assert(ARRAY_SIZE(words) == CERTAINTY_COUNT, "a word per certainty");

const char *explain_word(enum certainty certainty)
{
	return words[certainty];
}

enum certainty explain_certainty(const struct verdict *verdict)
{
	switch (verdict->kind) {
	case VERDICT_FAIL:
		return CERTAINTY_CONFIRMED;
	case VERDICT_WARN:
		return CERTAINTY_LIKELY;
	case VERDICT_SKIP:
		return CERTAINTY_POSSIBLE;
	default:
		return CERTAINTY_EXCLUDED;
	}
}

/* The checks a signature names, in its order. */
static size_t named(size_t signature, size_t *ret)
{
	const char *at = signatures[signature].checks;
	size_t n = 0;

	while (*at && n < EXPLAIN_CAUSES) {
		size_t length = strcspn(at, " ");

		for (size_t i = 0; i < check_count(); i++)
			if (strlen(check_at(i)->id) == length &&
				memcmp(check_at(i)->id, at, length) == 0)
				ret[n++] = i;
		at += length;
		at += strspn(at, " ");
	}
	return n;
}

bool explain_wanted(const struct explainer *e, bool *ret)
{
	size_t causes[EXPLAIN_CAUSES], hits;
	const struct hit *hit = explain_hits(e, &hits);
	bool any = false;

	for (size_t i = 0; i < hits; i++) {
		size_t n = named(hit[i].signature, causes);

		for (size_t j = 0; j < n; j++)
			ret[causes[j]] = true;
		any = any || n > 0;
	}
	return any;
}

static size_t add(size_t *list, size_t n, size_t index)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == index)
			return n;
	if (n < EXPLAIN_CAUSES)
		list[n++] = index;
	return n;
}

/* What a check waits for is the cause before it, and takes its place. */
static size_t resolve(const struct report *report, const size_t *from, size_t count, size_t *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		const char *before = report->verdicts[from[i]].skipped_because;
		size_t index = from[i];

		for (size_t j = 0; before && j < report->count; j++)
			if (strcmp(check_at(j)->id, before) == 0 &&
				report->verdicts[j].kind == VERDICT_FAIL)
				index = j;
		n = add(ret, n, index);
	}
	return n;
}

size_t explain_causes(size_t signature, const struct report *report, size_t *ret)
{
	size_t first[EXPLAIN_CAUSES], causes[EXPLAIN_CAUSES], done = 0;
	size_t count = named(signature, first);
	size_t n = resolve(report, first, count, causes);

	for (int certainty = 0; certainty < CERTAINTY_COUNT; certainty++)
		for (size_t i = 0; i < n; i++)
			if ((int)explain_certainty(&report->verdicts[causes[i]]) == certainty)
				ret[done++] = causes[i];
	return done;
}

int explain_status(const struct explainer *e, const struct report *report)
{
	size_t causes[EXPLAIN_CAUSES], hits;
	const struct hit *hit = explain_hits(e, &hits);

	for (size_t i = 0; report && i < hits; i++)
		if (explain_causes(hit[i].signature, report, causes) > 0 &&
			report->verdicts[causes[0]].kind == VERDICT_FAIL)
			return 1;
	return 0;
}
