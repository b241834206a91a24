/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many hosts' reports (rpod-doctor --json) in one matrix: host by check. A report is read, a byte for
 * each of its verdicts is kept and the rest forgotten, so ten thousand hosts are a few megabytes. The
 * columns are the ids the reports hold, which may be those of other versions of rpod-doctor.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/out.h"
#include "base/text.h"

enum {
	SUMMARY_CHECKS = 512, /* different ids; a report with more is foreign */
	SUMMARY_LIMIT = 8 << 20,
};

/* A byte of a row. */
enum summary_cell {
	CELL_ABSENT, /* not asked for on that host */
	CELL_PASS,
	CELL_WARN,
	CELL_FAIL,
	CELL_SKIP,
	CELL_IGNORED,
	CELL_COUNT
};

/* What a host is, that others may be too: its value is one of a short list. */
enum summary_trait {
	TRAIT_OS,
	TRAIT_KERNEL,
	TRAIT_VERSION,
	TRAIT_COUNT
};

struct summary_host {
	char *name; /* "user@host"; the file's name where the report does not say */
	uint16_t traits[TRAIT_COUNT];
	uint16_t count;
	unsigned char cells[]; /* the first @count columns; absent behind */
};

struct summary_values {
	struct text_list words;
	size_t *hosts; /* how many have it */
};

struct summary {
	struct text_list ids;                    /* the columns */
	size_t sums[SUMMARY_CHECKS][CELL_COUNT]; /* by column */
	struct summary_values traits[TRAIT_COUNT];
	struct summary_host **hosts; /* after summary_group() sorted: what fails most first */
	size_t count, room;
	size_t failing;           /* hosts with a failure */
	struct text_list refused; /* "FILE: why" */
};

/* Add one report. -EINVAL with words: it is none, and no host was added. */
int summary_add(struct summary *to, const char *data, size_t length, const char *file,
	struct error *err) MUST_CHECK;
/* Sort: hosts with the same failing checks stand together. */
void summary_group(struct summary *summary);
/* How many hosts from @at on fail in the same checks. */
size_t summary_group_size(const struct summary *summary, size_t at);
void summary_done(struct summary *summary);
#define _cleanup_summary_ CLEANUP(summary_done)

enum summary_cell summary_cell(const struct summary_host *host, size_t column);
/* Did it fail or warn anywhere? Only such columns are shown. */
bool summary_shows(const struct summary *summary, size_t column);
const char *summary_trait_word(enum summary_trait trait); /* "os" "kernel" "version" */

/* Printers. */
int summary_text(const struct summary *summary, const struct out *out, bool all);
int summary_json(const struct summary *summary, const struct out *out);
int summary_page(const struct summary *summary, const struct out *out);
