/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One look at one host: the model, a verdict per check, and how it is shown.
 *
 *	report_make()    read the host, judge it: a struct report
 *	ignore_apply()   what is known and borne for a while is marked (doctor/ignore.h)
 *	redact_report()  names become placeholders, in the model and the verdicts (doctor/redact.h)
 *	----             from here on nobody changes it
 *	report_formats   a format is a row {name, print}: text, json, junit, sarif, prometheus
 *	page_print()     the page that shows the host (doctor/page.h)
 *
 * A printer reads this struct and nothing else: no file, no clock. What it prints comes from a host
 * that may be hostile, so it goes through out_print(), json_set_text(), markup_add() or a label.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/out.h"
#include "checks/check.h"
#include "doctor/elsewhere.h"
#include "host/host.h"

struct json;
struct text;

struct report {
	const char *root;          /* "/", or where the image or the record lies, as it was named */
	char root_words[PATH_MAX]; /* the same without names, where those are left out */
	struct host host;
	const bool *wanted; /* indexed like check_at() */
	struct verdict *verdicts;
	size_t count;
	char **ignored; /* indexed like check_at(): the reason given, NULL: it counts */
	size_t sums[VERDICT_KIND_COUNT]; /* of what is shown and not ignored */
	size_t ignored_sum;
	struct elsewhere elsewhere; /* what looking from inside the user's manager said otherwise */
	unsigned ms;
	time_t at; /* when the reading began */
};

/* Read and judge. The report owns its host and verdicts: release with report_done(). */
struct root;
int report_make(struct report *ret, struct root *root, const char *user, const bool *wanted,
	struct host_parts parts, struct error *err) MUST_CHECK;
void report_done(struct report *report);
#define _cleanup_report_ CLEANUP(report_done)

/* Is this check a part of the answer? What was drawn in by a need is one only where it failed. */
bool report_shows(const struct report *report, size_t index);
/* Is it a finding: failed or warned, whether ignored or not? */
bool report_finds(const struct report *report, size_t index);
/* The name of the host; NULL where nobody could tell. */
const char *report_host(const struct report *report);
/* Evidence, effect and fixes as lines, for formats that take a text. */
void report_words(const struct verdict *v, struct text *ret);
/* The status to end with: 1 when something failed (or warned, where that counts). */
int report_status(const struct report *report, bool strict);
unsigned report_ms(const struct report *report, const struct check *check);

enum report_detail {
	REPORT_QUIET,
	REPORT_NORMAL,
	REPORT_ALL
};
/* How it is asked to be shown. */
struct report_view {
	enum report_detail detail;
	bool strict;
	int status; /* what the program will end with */
};

struct report_format {
	const char *name;
	/* 0, or -EIO, -ENOMEM */
	int (*print)(
		const struct report *report, const struct report_view *view, const struct out *out);
};
const struct report_format *report_format_find(const char *name);
#define REPORT_FORMAT_WORDS "text|json|junit|sarif|prometheus"

int report_text(const struct report *report, const struct report_view *view, const struct out *out);
int report_junit(
	const struct report *report, const struct report_view *view, const struct out *out);
int report_sarif(
	const struct report *report, const struct report_view *view, const struct out *out);
int report_prometheus(
	const struct report *report, const struct report_view *view, const struct out *out);
/* Parts of it, for others to print: who and where; evidence, effect and fix. */
void report_header(const struct report *report, const struct out *out);
void report_details(const struct out *out, const struct verdict *v);
struct json *report_check_json(const struct report *report, size_t index);
/* @report NULL: there is none, because of @err. */
int report_json(const struct report *report, const struct out *out, const struct error *err);
void report_list(const struct out *out, bool json);
