/* SPDX-License-Identifier: Apache-2.0 */
/* One look at one host: the model, a verdict per check, and how it is shown. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/out.h"
#include "checks/check.h"
#include "host/host.h"

struct json;

struct report {
	const char *root; /* "/", or where the image or the record lies, as it was named */
	struct host host;
	const bool *wanted; /* indexed like check_at() */
	struct verdict *verdicts;
	size_t count;
	size_t sums[VERDICT_KIND_COUNT]; /* of what is shown */
	unsigned ms;
};

/* Read and judge. The report owns its host and verdicts: release with report_done(). */
struct root;
int report_make(struct report *ret, struct root *root, const char *user, const bool *wanted,
	unsigned sections, struct error *err) MUST_CHECK;
void report_done(struct report *report);
#define _cleanup_report_ CLEANUP(report_done)

/* Is this check a part of the answer? What was drawn in by a need is one only where it failed. */
bool report_shows(const struct report *report, size_t index);
/* The status to end with: 1 when something failed (or warned, where that counts). */
int report_status(const struct report *report, bool strict);
unsigned report_ms(const struct report *report, const struct check *check);

enum report_detail {
	REPORT_QUIET,
	REPORT_NORMAL,
	REPORT_ALL
};
void report_text(
	const struct report *report, const struct out *out, enum report_detail detail, int status);
/* Parts of it, for others to print: who and where; evidence, effect and fix. */
void report_header(const struct report *report, const struct out *out);
void report_details(const struct out *out, const struct verdict *v);
struct json *report_check_json(const struct report *report, size_t index);
/* @report NULL: there is none, because of @err. */
int report_json(const struct report *report, const struct out *out, const struct error *err);
void report_list(const struct out *out, bool json);
