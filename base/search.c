/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words make a tree of their bytes. Every node knows where to go on for each byte, also for one
 * that leaves all words of the node: to the longest suffix that begins a word (its `back`). Bytes
 * that stand in no word are one class, which keeps a node's row short.
 */
#include "base/search.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	NONE = INT32_MAX,
	ROOT = 0
};

struct node {
	uint32_t word;  /* that ends here, or NONE */
	uint32_t back;  /* the longest proper suffix that is a node */
	uint32_t other; /* the nearest node on the way back at which a word ends, or ROOT */
};

struct search {
	unsigned char class[256]; /* 0: in no word */
	size_t classes;
	struct node *nodes;
	uint32_t *next; /* a row of `classes` for every node */
	uint32_t count;
};

void search_free(struct search *search)
{
	if (!search)
		return;
	free(search->nodes);
	free(search->next);
	free(search);
}

static uint32_t *row(const struct search *s, uint32_t node)
{
	return s->next + node * s->classes;
}

static void classify(struct search *s, const char *const words[], size_t count)
{
	s->classes = 1;
	for (size_t i = 0; i < count; i++)
		for (const char *c = words[i]; *c; c++)
			if (s->class[(unsigned char)*c] == 0)
				s->class[(unsigned char)*c] = (unsigned char)s->classes++;
}

static int make_room(struct search *s, const char *const words[], size_t count)
{
	size_t room = 1;

	for (size_t i = 0; i < count; i++)
		room += strlen(words[i]);
	s->nodes = calloc(room, sizeof(*s->nodes));
	s->next = calloc(room * s->classes, sizeof(*s->next));
	s->count = 1;
	if (s->nodes)
		s->nodes[ROOT].word = NONE;
	return s->nodes && s->next ? 0 : -1;
}

static void add(struct search *s, const char *word, uint32_t index)
{
	uint32_t at = ROOT;

	for (const char *c = word; *c; c++) {
		uint32_t *to = &row(s, at)[s->class[(unsigned char)*c]];

		if (*to == ROOT) {
			*to = s->count;
			s->nodes[s->count++] = (struct node){ .word = NONE };
		}
		at = *to;
	}
	if (at != ROOT && s->nodes[at].word == NONE)
		s->nodes[at].word = index;
}

/* Breadth first: where a node's suffix goes on is known before the node is. */
static int connect(struct search *s)
{
	uint32_t *queue = calloc(s->count, sizeof(*queue));
	size_t first = 0, last = 1;

	if (!queue)
		return -1;
	while (first < last) {
		uint32_t at = queue[first++], back = s->nodes[at].back;

		for (size_t c = 0; c < s->classes; c++) {
			uint32_t to = row(s, at)[c];
			uint32_t beyond = at == ROOT ? ROOT : row(s, back)[c];

			if (to == ROOT) {
				row(s, at)[c] = beyond;
				continue;
			}
			s->nodes[to].back = beyond;
			s->nodes[to].other =
				s->nodes[beyond].word != NONE ? beyond : s->nodes[beyond].other;
			queue[last++] = to;
		}
	}
	free(queue);
	return 0;
}

struct search *search_new(const char *const words[], size_t count)
{
	struct search *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	classify(s, words, count);
	if (make_room(s, words, count) == 0) {
		for (size_t i = 0; i < count; i++)
			add(s, words[i], (uint32_t)i);
		if (connect(s) == 0)
			return s;
	}
	search_free(s);
	return NULL;
}

static int tell(const struct search *s, uint32_t at, size_t end, search_found *found, void *arg)
{
	int r = 0;

	if (s->nodes[at].word == NONE)
		at = s->nodes[at].other;
	for (; at != ROOT && r == 0; at = s->nodes[at].other)
		r = found(s->nodes[at].word, end, arg);
	return r;
}

int search_each(
	const struct search *s, const char *text, size_t length, search_found *found, void *arg)
{
	uint32_t at = ROOT;

	for (size_t i = 0; i < length; i++) {
		at = row(s, at)[s->class[(unsigned char)text[i]]];
		if (s->nodes[at].word != NONE || s->nodes[at].other != ROOT) {
			int r = tell(s, at, i + 1, found, arg);

			if (r != 0)
				return r;
		}
	}
	return 0;
}
