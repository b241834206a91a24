/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/normalise.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/search.h"
#include "doctor/errno-words.h"

struct normaliser {
	struct search *words; /* of errno_words, row by row */
	size_t count;
	const char *english[ERRNO_ROWS * ERRNO_WORDS];
	size_t lengths[ERRNO_ROWS * ERRNO_WORDS];
};

/* Quotation marks beyond ASCII that messages come in: gettext's, Go's, German, French. */
static const char *const quotes[] = { "‘", "’", "“", "”", "„", "‚", "«", "»", "‹", "›" };

struct normaliser *normaliser_new(void)
{
	struct normaliser *n = calloc(1, sizeof(*n));
	const char *words[ERRNO_ROWS * ERRNO_WORDS];

	if (!n)
		return NULL;
	for (size_t i = 0; i < ERRNO_ROWS; i++)
		for (size_t j = 0; j < ERRNO_WORDS && errno_words[i].words[j]; j++) {
			words[n->count] = errno_words[i].words[j];
			n->lengths[n->count] = strlen(errno_words[i].words[j]);
			n->english[n->count++] = errno_words[i].english;
		}
	n->words = search_new(words, n->count);
	if (n->words)
		return n;
	free(n);
	return NULL;
}

void normaliser_free(struct normaliser *n)
{
	if (!n)
		return;
	search_free(n->words);
	free(n);
}

/* ECMA-48: "ESC [ parameters final", "ESC ] ... BEL", and two bytes otherwise. */
size_t normalise_escape(const char *s, size_t length)
{
	size_t n = 2;

	if (length < 2)
		return length;
	if (s[1] == '[')
		while (n < length && !(s[n] >= 0x40 && s[n] <= 0x7e))
			n++;
	else if (s[1] == ']')
		while (n < length && s[n] != '\a')
			n++;
	else
		return n;
	return MIN(n + 1, length);
}

/* "\n", "\t", "\"" and "\\" as logfmt and JSON write them; 0: no escape. */
static char escaped(const char *s, size_t length)
{
	if (length < 2 || s[0] != '\\')
		return '\0';
	switch (s[1]) {
	case 'n':
	case 't':
	case 'r':
		return ' ';
	case '"':
	case '\'':
		return '\'';
	default:
		return '\0';
	}
}

static size_t quote_length(const char *s, size_t length)
{
	if (*s == '"' || *s == '`')
		return 1;
	for (size_t i = 0; (unsigned char)*s >= 0x80 && i < ARRAY_SIZE(quotes); i++) {
		size_t n = strlen(quotes[i]);

		if (n <= length && memcmp(s, quotes[i], n) == 0)
			return n;
	}
	return 0;
}

/* One byte more, unless it repeats a blank or a number's sign. */
static char *put(char *to, const char *begin, char c)
{
	if ((c == ' ' || c == '#') && to > begin && to[-1] == c)
		return to;
	*to = c;
	return to + 1;
}

/* All but the errno texts. Never longer than the line. */
static size_t fold(const char *line, size_t length, char *ret)
{
	char *to = ret;

	for (size_t i = 0; i < length;) {
		char c = line[i], plain = escaped(line + i, length - i);
		size_t n = quote_length(line + i, length - i);

		if (c == '\x1b') {
			i += normalise_escape(line + i, length - i);
			continue;
		}
		if (plain)
			n = 2;
		else if (n)
			plain = '\'';
		else if (isdigit((unsigned char)c))
			plain = '#';
		else if (isspace((unsigned char)c) || iscntrl((unsigned char)c))
			plain = ' ';
		else
			plain = (char)((unsigned char)c < 0x80 ? tolower(c) : c);
		to = put(to, ret, plain);
		i += MAX(n, (size_t)1);
	}
	return (size_t)(to - ret);
}

struct translation {
	const struct normaliser *n;
	const char *from;
	size_t begin, done; /* of `from`: where the last of the texts was */
	struct text *to;
	size_t before; /* how long `to` was without it */
};

/* Of two that overlap the first counts, and of two that begin together the longer one, which comes
 * later: in German "too many open files in system" begins with "too many open files". */
static int translate(size_t word, size_t end, void *arg)
{
	struct translation *t = arg;
	size_t begin = end - t->n->lengths[word];

	if (begin < t->done && begin != t->begin)
		return 0;
	if (begin < t->done)
		t->to->length = t->before;
	else
		text_add_bytes(t->to, t->from + t->done, begin - t->done);
	t->begin = begin;
	t->before = t->to->length;
	t->done = end;
	text_add(t->to, t->n->english[word]);
	return 0;
}

void normalise(const struct normaliser *n, const char *line, size_t length, struct text *ret)
{
	_cleanup_free_ char *folded = malloc(length + 1);
	struct translation t = { .n = n, .from = folded, .to = ret };
	size_t folded_length;

	if (!folded) {
		ret->failed = true;
		return;
	}
	folded_length = fold(line, length, folded);
	(void)search_each(n->words, folded, folded_length, translate, &t);
	text_add_bytes(ret, folded + t.done, folded_length - t.done);
}
