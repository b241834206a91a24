/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --html: one page that shows a host. It stands alone: no script, nothing fetched, its style in it. It
 * is well-formed XML too, and every value in it went through markup_add(). No meaning is told by
 * colour alone: a pattern, a sign or a word goes with it. It judges nothing: what is amiss with a thing
 * that is drawn is what the checks say of it.
 */
#pragma once

#include "doctor/report.h"

/* What is drawn whatever was asked for. */
#define PAGE_SECTIONS (HOST_IDMAP | HOST_CGROUP | HOST_MOUNTS | HOST_HOME | HOST_TOOL | HOST_CONFIG)
#define PAGE_PROBES   (1u << PROBE_MAP) /* where probes are run at all */

/* A printer: see report_formats. */
int page_print(const struct report *report, const struct report_view *view, const struct out *out);

/* The parts. */
void page_begin(struct text *to, const char *title);
void page_end(struct text *to);
void page_verdict(struct text *to, enum verdict_kind kind); /* a sign and the word */
void page_ids(struct text *to, const struct report *report);
void page_cgroups(struct text *to, const struct report *report);
void page_mounts(struct text *to, const struct report *report);
/* The verdicts of the checks that the blank-separated @patterns mean, where they are findings; each
 * leads to its finding. Returns how many. */
size_t page_findings_of(struct text *to, const struct report *report, const char *patterns);
