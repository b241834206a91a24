/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every pattern is looked for by its longest piece between asterisks, all of them in one pass over
 * a line; where a piece is found the whole pattern is compared. What a longer pattern of the same
 * line holds in itself is no message of its own: "no space left on device" says nothing beside
 * "cannot clone: no space left on device".
 */
#include "doctor/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/search.h"
#include "base/text.h"
#include "doctor/normalise.h"
#include "doctor/report.h"
#include "doctor/signature.h"

enum {
	LINE_LIMIT = 1 << 16, /* a longer line is looked at in parts */
	CHUNK = 1 << 16,
	LINE_HITS = 32
};

struct explainer {
	struct normaliser *normaliser;
	struct search *anchors;
	char **patterns;  /* signatures, normalised */
	size_t *twins;    /* the next signature with the same anchor; itself: none */
	struct text line; /* what of a line was handed over so far */
	struct text folded;
	size_t lines;
	struct hit *hits;
	size_t hit_count;
	size_t on_line[LINE_HITS];
	size_t on_line_count;
};

void explainer_free(struct explainer *e)
{
	if (!e)
		return;
	for (size_t i = 0; e->patterns && i < signature_count; i++)
		free(e->patterns[i]);
	free(e->patterns);
	free(e->twins);
	free(e->hits);
	text_done(&e->line);
	text_done(&e->folded);
	search_free(e->anchors);
	normaliser_free(e->normaliser);
	free(e);
}

static char *normalised(const struct normaliser *n, const char *pattern)
{
	struct text text = { 0 };

	normalise(n, pattern, strlen(pattern), &text);
	return text_take(&text);
}

/* The longest piece of a pattern, as a string of its own. */
static char *anchor_of(const char *pattern)
{
	const char *best = pattern;
	size_t length = 0;

	for (const char *at = pattern; *at;) {
		size_t n = strcspn(at, "*");

		if (n > length) {
			best = at;
			length = n;
		}
		at += n + (at[n] == '*');
	}
	return strndup(best, length);
}

/* Anchors are found by the first of those that are alike. */
static void chain(struct explainer *e, char *const anchors[])
{
	for (size_t i = 0; i < signature_count; i++) {
		e->twins[i] = i;
		for (size_t j = i; j-- > 0;)
			if (strcmp(anchors[i], anchors[j]) == 0) {
				e->twins[j] = i;
				break;
			}
	}
}

static int make_anchors(struct explainer *e)
{
	char **anchors = calloc(signature_count, sizeof(*anchors));
	bool whole = anchors != NULL;

	for (size_t i = 0; whole && i < signature_count; i++) {
		anchors[i] = anchor_of(e->patterns[i]);
		whole = anchors[i] != NULL;
	}
	if (whole) {
		chain(e, anchors);
		e->anchors = search_new((const char *const *)anchors, signature_count);
	}
	for (size_t i = 0; anchors && i < signature_count; i++)
		free(anchors[i]);
	free(anchors);
	return e->anchors ? 0 : -ENOMEM;
}

int explainer_new(struct explainer **ret)
{
	struct explainer *e = calloc(1, sizeof(*e));
	bool whole;

	if (!e)
		return -ENOMEM;
	e->normaliser = normaliser_new();
	e->patterns = calloc(signature_count, sizeof(*e->patterns));
	e->hits = calloc(signature_count, sizeof(*e->hits));
	e->twins = calloc(signature_count, sizeof(*e->twins));
	whole = e->normaliser && e->patterns && e->hits && e->twins;
	for (size_t i = 0; whole && i < signature_count; i++) {
		e->patterns[i] = normalised(e->normaliser, signatures[i].pattern);
		whole = e->patterns[i] != NULL;
	}
	if (whole && make_anchors(e) == 0) {
		*ret = e;
		return 0;
	}
	explainer_free(e);
	return -ENOMEM;
}

/* Where the pieces of @pattern stand one after another in @line; NULL: they do not. */
static const char *find(const char *pattern, const char *line, size_t length)
{
	const char *end = line + length, *first = NULL;

	for (const char *at = pattern; *at;) {
		size_t n = strcspn(at, "*");

		if (n > 0) {
			const char *found = memmem(line, (size_t)(end - line), at, n);

			if (!found)
				return NULL;
			first = first ? first : found;
			line = found + n;
		}
		at += n + (at[n] == '*');
	}
	return first;
}

static void note_one(struct explainer *e, size_t word)
{
	for (size_t i = 0; i < e->on_line_count; i++)
		if (e->on_line[i] == word)
			return;
	if (e->on_line_count < LINE_HITS &&
		find(e->patterns[word], e->folded.data, e->folded.length))
		e->on_line[e->on_line_count++] = word;
}

static int note(size_t word, size_t end, void *arg)
{
	struct explainer *e = arg;

	(void)end;
	for (; e->twins[word] != word; word = e->twins[word])
		note_one(e, word);
	note_one(e, word);
	return 0;
}

static bool is_part(const struct explainer *e, size_t word)
{
	for (size_t i = 0; i < e->on_line_count; i++) {
		const char *other = e->patterns[e->on_line[i]];

		if (e->on_line[i] != word && strlen(other) > strlen(e->patterns[word]) &&
			find(e->patterns[word], other, strlen(other)))
			return true;
	}
	return false;
}

/* "permission denied" says nothing where the same line says what was denied. */
static bool is_outdone(const struct explainer *e, size_t word)
{
	if (!signatures[word].generic)
		return is_part(e, word);
	for (size_t i = 0; i < e->on_line_count; i++)
		if (!signatures[e->on_line[i]].generic)
			return true;
	return is_part(e, word);
}

static void copy_shown(const struct text *line, char *ret, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < line->length && n + 1 < size;) {
		if (line->data[i] == '\x1b')
			i += normalise_escape(line->data + i, line->length - i);
		else
			ret[n++] = line->data[i++];
	}
	ret[n] = '\0';
}

static void keep(struct explainer *e, size_t word)
{
	struct hit *hit = NULL;

	for (size_t i = 0; i < e->hit_count && !hit; i++)
		if (e->hits[i].signature == word)
			hit = &e->hits[i];
	if (!hit) {
		hit = &e->hits[e->hit_count++];
		*hit = (struct hit){ .signature = word, .line = e->lines };
		copy_shown(&e->line, hit->text, sizeof(hit->text));
	}
	hit->count++;
}

static int look_at_line(struct explainer *e)
{
	e->lines++;
	e->folded.length = 0;
	e->on_line_count = 0;
	normalise(e->normaliser, text_get(&e->line), e->line.length, &e->folded);
	if (text_failed(&e->line) || text_failed(&e->folded))
		return -ENOMEM;
	if (e->folded.length)
		(void)search_each(e->anchors, e->folded.data, e->folded.length, note, e);
	for (size_t i = 0; i < e->on_line_count; i++)
		if (!is_outdone(e, e->on_line[i]))
			keep(e, e->on_line[i]);
	e->line.length = 0;
	return 0;
}

int explain_bytes(struct explainer *e, const char *bytes, size_t length)
{
	while (length > 0) {
		const char *newline = memchr(bytes, '\n', length);
		size_t n = newline ? (size_t)(newline - bytes) : length;

		n = MIN(n, LINE_LIMIT - e->line.length);
		text_add_bytes(&e->line, bytes, n);
		bytes += n;
		length -= n;
		if (length > 0 && *bytes == '\n') {
			bytes++;
			length--;
		} else if (e->line.length < LINE_LIMIT) {
			continue;
		}
		if (look_at_line(e) < 0)
			return -ENOMEM;
	}
	return 0;
}

int explain_fd(struct explainer *e, int fd, struct error *err)
{
	_cleanup_free_ char *chunk = malloc(CHUNK);
	ssize_t n;

	if (!chunk)
		return error_set(err, -ENOMEM, "cannot read the text");
	do {
		n = read(fd, chunk, CHUNK);
		if (n > 0 && explain_bytes(e, chunk, (size_t)n) < 0)
			return error_set(err, -ENOMEM, "cannot read the text");
	} while (n > 0 || (n < 0 && errno == EINTR));
	return n < 0 ? error_set(err, -errno, "cannot read the text") : 0;
}

int explain_end(struct explainer *e)
{
	return e->line.length ? look_at_line(e) : 0;
}

size_t explain_lines(const struct explainer *e)
{
	return e->lines;
}

const struct hit *explain_hits(const struct explainer *e, size_t *ret_count)
{
	*ret_count = e->hit_count;
	return e->hits;
}
