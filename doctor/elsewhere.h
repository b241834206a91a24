/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same user gets other answers elsewhere. Root looks as a bare process of the user; this looks
 * once more from inside the user's own manager, by a transient unit of it that runs this program,
 * and tells where the two differ.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/out.h"
#include "base/text.h"
#include "checks/check.h"

struct report;
struct json;

enum elsewhere_state {
	ELSEWHERE_NOT_ASKED, /* nothing to compare: not root, no user, no manager, no live host */
	ELSEWHERE_UNKNOWN,   /* it could not be looked from there: why says so */
	ELSEWHERE_KNOWN
};

struct difference {
	size_t check;           /* check_at() */
	enum verdict_kind kind; /* there */
	char why[160];
};

enum {
	ELSEWHERE_MAX = 32
};

struct elsewhere {
	enum elsewhere_state state;
	char why[256];
	struct difference differences[ELSEWHERE_MAX]; /* ok here and amiss there, or the reverse */
	size_t count;
};

/* @patient as --patient says it. */
void elsewhere_look(struct elsewhere *ret, const struct report *report, bool patient);
/* What the JSON @text of a report says otherwise than @report. -EINVAL: it is none. Fuzzed. */
int elsewhere_compare(struct elsewhere *ret, const struct report *report, const char *text,
	size_t length) MUST_CHECK;
void elsewhere_text(const struct elsewhere *e, const struct report *report, const struct out *out);
/* NULL where nobody asked. */
struct json *elsewhere_json(const struct elsewhere *e, const struct report *report);
