/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines both sides begin with and the lines both end with are the same; what is between is one
 * hunk, minimal by the longest common subsequence. Our files have some ten lines; a middle too large
 * for the table is shown as all removed, all added.
 */
#include "setup/diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum {
	CONTEXT = 3,
	TABLE_LIMIT = 1 << 22
};

struct lines {
	const char **at;
	size_t *length;
	size_t count;
	bool unfinished; /* the last line has no newline */
};

static bool split(const char *s, struct lines *ret)
{
	size_t n = strlen(s), at = 0, length, room = 1;
	const char *line;

	for (const char *c = s; *c; c++)
		room += *c == '\n';
	ret->at = calloc(room, sizeof(*ret->at));
	ret->length = calloc(room, sizeof(*ret->length));
	while (ret->at && ret->length && (line = text_line(s, n, &at, &length))) {
		ret->at[ret->count] = line;
		ret->length[ret->count++] = length;
	}
	ret->unfinished = n > 0 && s[n - 1] != '\n';
	return ret->at && ret->length;
}

static void lines_done(struct lines *l)
{
	free((void *)l->at);
	free(l->length);
}

static bool equal(const struct lines *a, size_t i, const struct lines *b, size_t j)
{
	bool a_open = a->unfinished && i == a->count - 1;
	bool b_open = b->unfinished && j == b->count - 1;

	return a_open == b_open && a->length[i] == b->length[j] &&
	       memcmp(a->at[i], b->at[j], a->length[i]) == 0;
}

static void put(struct text *ret, char sign, const struct lines *l, size_t i)
{
	text_addf(ret, "%c%.*s\n", sign, (int)l->length[i], l->at[i]);
	if (l->unfinished && i == l->count - 1)
		text_add(ret, "\\ No newline at end of file\n");
}

/* The middle: a[from, a_end) against b[from, b_end). */
static void put_middle(const struct lines *a, size_t a_end, const struct lines *b, size_t b_end,
	size_t from, struct text *ret)
{
	size_t n = a_end - from, m = b_end - from, i = 0, j = 0;
	_cleanup_free_ unsigned *lcs =
		(n + 1) * (m + 1) <= TABLE_LIMIT ? calloc((n + 1) * (m + 1), sizeof(*lcs)) : NULL;

	for (size_t x = lcs ? n : 0; x-- > 0;)
		for (size_t y = m; y-- > 0;)
			lcs[x * (m + 1) + y] =
				equal(a, from + x, b, from + y)
					? lcs[(x + 1) * (m + 1) + y + 1] + 1
					: MAX(lcs[(x + 1) * (m + 1) + y], lcs[x * (m + 1) + y + 1]);
	while (i < n || j < m) {
		if (lcs && i < n && j < m && equal(a, from + i, b, from + j)) {
			put(ret, ' ', a, from + i++);
			j++;
		} else if (i < n &&
			   (!lcs || j == m ||
				   lcs[(i + 1) * (m + 1) + j] >= lcs[i * (m + 1) + j + 1])) {
			put(ret, '-', a, from + i++);
		} else {
			put(ret, '+', b, from + j++);
		}
	}
}

static void put_range(struct text *ret, char sign, size_t first, size_t count)
{
	text_addf(ret, "%c%zu", sign, count ? first + 1 : first);
	if (count != 1)
		text_addf(ret, ",%zu", count);
	text_add(ret, " ");
}

static void put_hunk(const struct lines *a, const struct lines *b, struct text *ret)
{
	size_t same = 0, tail = 0, first, last;

	while (same < a->count && same < b->count && equal(a, same, b, same))
		same++;
	while (tail < a->count - same && tail < b->count - same &&
		equal(a, a->count - 1 - tail, b, b->count - 1 - tail))
		tail++;
	first = same > CONTEXT ? same - CONTEXT : 0;
	last = MIN(tail, (size_t)CONTEXT);
	text_add(ret, "@@ ");
	put_range(ret, '-', first, a->count - tail + last - first);
	put_range(ret, '+', first, b->count - tail + last - first);
	text_add(ret, "@@\n");
	for (size_t i = first; i < same; i++)
		put(ret, ' ', a, i);
	put_middle(a, a->count - tail, b, b->count - tail, same, ret);
	for (size_t i = a->count - tail; i < a->count - tail + last; i++)
		put(ret, ' ', a, i);
}

void diff_unified(const char *before, const char *after, const char *before_header,
	const char *after_header, struct text *ret)
{
	struct lines a = { 0 }, b = { 0 };

	if (strcmp(before, after) == 0)
		return;
	if (split(before, &a) && split(after, &b)) {
		text_addf(ret, "--- %s\n+++ %s\n", before_header, after_header);
		put_hunk(&a, &b, ret);
	}
	lines_done(&a);
	lines_done(&b);
}
