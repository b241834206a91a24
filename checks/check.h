/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks: what must hold on a host, as rows. The doctor judges with them, setup mends by them, the
 * runtime names them when it fails. This layer touches nothing: a judge and a mend are functions
 * of the model alone, without files, clock, environment or printing.
 *
 * To add one: write its row in the file of its subject, its two functions above it, its section in
 * man/rpod-checks.7, and rows in tests/unit/test-SUBJECT.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"
#include "host/host.h"

enum verdict_kind {
	VERDICT_PASS,
	VERDICT_WARN, /* works, or may not: could not be proved, or only a feature is lost */
	VERDICT_FAIL, /* a fact or a probe proves it broken */
	VERDICT_SKIP, /* depends on a failed check, does not apply, or could not look */
	VERDICT_KIND_COUNT
};

enum {
	VERDICT_EVIDENCE = 6,
	VERDICT_FIXES = 3
};

struct evidence {
	char source[160]; /* file or call */
	char found[160];
	char wanted[96];
};

struct verdict {
	enum verdict_kind kind;
	char why[256]; /* one line; "" for a plain pass */
	struct evidence evidence[VERDICT_EVIDENCE];
	size_t evidence_count;
	char effect[160];
	char fix[VERDICT_FIXES]
		[256]; /* commands, best first; run as root where they begin with sudo */
	size_t fix_count;
	const char *skipped_because; /* id of the failed check this one depends on, or NULL */
};

struct request;
struct plan;

enum check_scope {
	CHECK_HOST, /* the same for every user: setup's `host` */
	CHECK_USER,
	CHECK_ENGINE, /* only where that engine is installed */
};

struct check {
	const char *id;    /* "idmap.subuid": stable, never reused */
	const char *title; /* what holds when it passes */
	const char *see;   /* manual page */
	enum check_scope scope;
	unsigned sections; /* of the model: enum host_section */
	unsigned probes;   /* whose answers it judges, and no others: 1 << enum probe_name */
	/* earlier checks whose failure makes this one a skip: NEEDS("userns.probe", ...) or NULL */
	const char *const *needs;
	void (*judge)(const struct host *host, struct verdict *ret);
	/*
	 * Add the changes that make judge() pass and the request hold: nothing where both are so.
	 * It is asked whatever the verdict was. NULL: no machine can mend it, the fix says who can.
	 */
	void (*mend)(const struct host *host, const struct request *request, struct plan *plan);
};

#define NEEDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* All groups in the order they are judged and shown: causes before what depends on them. */
struct check_group {
	const char *name; /* "idmap": the part of the ids before the dot */
	const struct check *checks;
	size_t count;
};

extern const struct check_group *const check_groups[];
extern const size_t check_group_count;

size_t check_count(void);
/* The @index-th check of all, in order. */
const struct check *check_at(size_t index);
const struct check *check_find(const char *id);
/* Does @pattern (an id, or a group's name) mean this check? */
bool check_matches(const struct check *check, const char *pattern);

/* The parts of the model that judging @wanted (NULL: all) takes, with what they need. */
struct host_parts check_parts(const bool *wanted);

/*
 * Judge the checks for which @wanted is true (NULL: all), with what they need; @ret has
 * check_count() places, indexed like check_at(). Checks that need a failed one become
 * VERDICT_SKIP with its id. A check that was not wanted is VERDICT_SKIP with "not asked for".
 *
 * Where a machine can mend what is amiss, the first fix is the call of rpod-setup that does: the
 * mend is asked, so the promise is kept.
 */
void check_judge(const struct host *host, const bool *wanted, struct verdict *ret);

/* For judges. A verdict begins as VERDICT_PASS without words. */
void verdict_pass(struct verdict *v, const char *fmt, ...) PRINTF(2, 3);
void verdict_warn(struct verdict *v, const char *fmt, ...) PRINTF(2, 3);
void verdict_fail(struct verdict *v, const char *fmt, ...) PRINTF(2, 3);
void verdict_skip(struct verdict *v, const char *fmt, ...) PRINTF(2, 3);
void verdict_effect(struct verdict *v, const char *effect);
void verdict_fix(struct verdict *v, const char *fmt, ...) PRINTF(2, 3);
/* "source: found, wanted". @found is formatted; @wanted may be NULL. */
void verdict_evidence(struct verdict *v, const char *source, const char *wanted, const char *fmt,
	...) PRINTF(4, 5);
const char *verdict_word(enum verdict_kind kind); /* "pass" "warn" "fail" "skip" */
