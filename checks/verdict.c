/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "checks/check.h"

static const char *const words[] = { "pass", "warn", "fail", "skip" };
_Static_assert(ARRAY_SIZE(words) == VERDICT_KIND_COUNT, "a word per verdict");

const char *verdict_word(enum verdict_kind kind)
{
	return words[kind];
}

#define SAY(v, verdict_kind, fmt)                                                                  \
	do {                                                                                       \
		va_list ap;                                                                        \
                                                                                                   \
		(v)->kind = verdict_kind;                                                          \
		va_start(ap, fmt);                                                                 \
		(void)vsnprintf((v)->why, sizeof((v)->why), fmt, ap);                              \
		va_end(ap);                                                                        \
	} while (0)

void verdict_pass(struct verdict *v, const char *fmt, ...)
{
	SAY(v, VERDICT_PASS, fmt);
}

void verdict_warn(struct verdict *v, const char *fmt, ...)
{
	SAY(v, VERDICT_WARN, fmt);
}

void verdict_fail(struct verdict *v, const char *fmt, ...)
{
	SAY(v, VERDICT_FAIL, fmt);
}

void verdict_skip(struct verdict *v, const char *fmt, ...)
{
	SAY(v, VERDICT_SKIP, fmt);
}

void verdict_effect(struct verdict *v, const char *effect)
{
	(void)text_copy(v->effect, sizeof(v->effect), effect);
}

void verdict_fix(struct verdict *v, const char *fmt, ...)
{
	va_list ap;

	if (v->fix_count == VERDICT_FIXES)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(v->fix[v->fix_count++], sizeof(v->fix[0]), fmt, ap);
	va_end(ap);
}

void verdict_evidence(
	struct verdict *v, const char *source, const char *wanted, const char *fmt, ...)
{
	struct evidence *e;
	va_list ap;

	if (v->evidence_count == VERDICT_EVIDENCE)
		return;
	e = &v->evidence[v->evidence_count++];
	(void)text_copy(e->source, sizeof(e->source), source);
	(void)text_copy(e->wanted, sizeof(e->wanted), wanted ? wanted : "");
	va_start(ap, fmt);
	(void)vsnprintf(e->found, sizeof(e->found), fmt, ap);
	va_end(ap);
}
