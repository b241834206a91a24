/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error texts told apart: which known messages a text holds, and which checks tell their causes.
 * What this host then says of these checks makes a cause confirmed, likely, possible or excluded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/macro.h"
#include "checks/check.h"

struct explainer;
struct out;
struct report;

/* A known message that was found. */
struct hit {
	size_t signature; /* index into signatures */
	size_t line;      /* where it was first */
	size_t count;     /* how many lines have it */
	char text[200];   /* that first line, without terminal sequences */
};

int explainer_new(struct explainer **ret) MUST_CHECK;
void explainer_free(struct explainer *e);
static inline void explainer_cleanup(struct explainer **e)
{
	explainer_free(*e);
}
#define _cleanup_explainer_ CLEANUP(explainer_cleanup)

/* More of the text; a line may come in parts. */
int explain_bytes(struct explainer *e, const char *bytes, size_t length) MUST_CHECK;
/* All that @fd gives. */
int explain_fd(struct explainer *e, int fd, struct error *err) MUST_CHECK;
/* The last line may have had no newline. */
int explain_end(struct explainer *e) MUST_CHECK;

size_t explain_lines(const struct explainer *e);
/* In the order they were first seen. */
const struct hit *explain_hits(const struct explainer *e, size_t *ret_count);

/* Mark the checks that tell the causes of all hits; false: there is none to look at. */
bool explain_wanted(const struct explainer *e, bool *ret);

enum certainty {
	CERTAINTY_CONFIRMED, /* the check failed */
	CERTAINTY_LIKELY,    /* it warned */
	CERTAINTY_POSSIBLE,  /* nobody could look */
	CERTAINTY_EXCLUDED,  /* it passed */
	CERTAINTY_COUNT
};

enum certainty explain_certainty(const struct verdict *verdict);
const char *explain_word(enum certainty certainty);

/* Indices of the checks of @signature, most certain first, then as the signature has them. Returns
 * how many; @ret has room for EXPLAIN_CAUSES. */
enum {
	EXPLAIN_CAUSES = 8
};
size_t explain_causes(size_t signature, const struct report *report, size_t *ret);
/* 1 when a cause is confirmed. */
int explain_status(const struct explainer *e, const struct report *report);

/* @report NULL: no check had to be looked at. */
void explain_text(const struct explainer *e, const struct report *report, const struct out *out);
int explain_json(const struct explainer *e, const struct report *report, const struct out *out);
