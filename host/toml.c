/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A single pass: headers set the path of the current table, "key = value" lines are told to the
 * caller at once. What TOML forbids across lines (a key or table defined twice) is found by
 * remembering every path and comparing at the end.
 */
#include "host/toml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "host/toml-scan.h"

enum {
	TOML_DEPTH = 16,
	TOML_ARRAYS = 512, /* looked through one by one: no real file has more than a few */
};

struct defined {
	char *path;
	unsigned line;
};

struct toml {
	struct toml_scan s;
	toml_value *each;
	void *arg;
	struct text table; /* of the last header */
	struct defined *defined;
	size_t defined_count, defined_room;
	struct text_list arrays; /* paths of arrays of tables; */
	size_t *lengths;         /* and how many elements each has */
	unsigned depth;
	int told; /* what the caller's function returned */
};

static int fail(struct toml *t, const char *why)
{
	t->s.why = why;
	return -EINVAL;
}

static void toml_done(struct toml *t)
{
	text_done(&t->table);
	text_list_done(&t->arrays);
	free(t->lengths);
	for (size_t i = 0; i < t->defined_count; i++)
		free(t->defined[i].path);
	free(t->defined);
}

static int define(struct toml *t, const char *path, unsigned line)
{
	struct defined *grown = t->defined;
	char *copy;

	if (t->defined_count == t->defined_room) {
		t->defined_room = t->defined_room ? t->defined_room * 2 : 32;
		grown = realloc(t->defined, t->defined_room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		t->defined = grown;
	}
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	grown[t->defined_count++] = (struct defined){ .path = copy, .line = line };
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct defined *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	return order ? order : x->line < y->line ? -1 : x->line > y->line;
}

static int check_defined(struct toml *t)
{
	if (t->defined_count > 1)
		qsort(t->defined, t->defined_count, sizeof(*t->defined), by_path);
	for (size_t i = 1; i < t->defined_count; i++)
		if (strcmp(t->defined[i - 1].path, t->defined[i].path) == 0) {
			t->s.line = t->defined[i].line;
			return fail(t, "a key or table is defined for the second time");
		}
	return 0;
}

/* The number of elements of the array of tables at @path; NULL: it is none. */
static size_t *array_length(struct toml *t, const char *path)
{
	for (size_t i = 0; i < t->arrays.count; i++)
		if (strcmp(t->arrays.items[i], path) == 0)
			return &t->lengths[i];
	return NULL;
}

static int new_array(struct toml *t, const char *path)
{
	size_t *grown;

	if (t->arrays.count == TOML_ARRAYS)
		return fail(t, "too many arrays of tables");
	grown = realloc(t->lengths, (t->arrays.count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	t->lengths = grown;
	grown[t->arrays.count] = 0;
	return text_list_add(&t->arrays, path);
}

static void add_part(struct text *path, const char *part)
{
	text_addf(path, "%s%s", path->length ? "." : "", part);
}

/*
 * A header's name. Every part that names an array of tables means its last element: after
 * [[registry]], [[registry.mirror]] is registry.0.mirror.0.
 */
static int header_path(struct toml *t, bool array, struct text *path)
{
	for (;;) {
		_cleanup_text_ struct text part = { 0 };
		size_t *length;
		bool last;
		int r;

		toml_blanks(&t->s);
		r = toml_key_part(&t->s, &part);
		if (r < 0)
			return r;
		toml_blanks(&t->s);
		last = !toml_take(&t->s, '.');
		add_part(path, text_get(&part));
		length = array_length(t, text_get(path));
		if (last && array && !length) {
			r = new_array(t, text_get(path));
			if (r < 0)
				return r;
			length = array_length(t, text_get(path));
		}
		if (length) {
			*length += last && array;
			text_addf(path, ".%zu", *length - 1);
		}
		if (last)
			return text_failed(path) ? -ENOMEM : 0;
	}
}

/* After the first "[". */
static int parse_header(struct toml *t)
{
	bool array = toml_take(&t->s, '[');
	unsigned line = t->s.line;
	int r;

	t->table.length = 0;
	r = header_path(t, array, &t->table);
	if (r < 0)
		return r;
	if (!toml_take(&t->s, ']') || (array && !toml_take(&t->s, ']')))
		return fail(t, "expected ']' after the table's name");
	r = define(t, text_get(&t->table), line);
	return r < 0 ? r : toml_end_of_line(&t->s);
}

static int tell(struct toml *t, const char *table, const char *key, int index, const char *value,
	unsigned line)
{
	t->told = t->each ? t->each(table, key, index, value, line, t->arg) : 0;
	return t->told ? -ECANCELED : 0;
}

static int parse_value(struct toml *t, const char *table, const char *key, int *index);
static int parse_pair(struct toml *t, const char *table);

static void below(struct text *path, const char *table, const char *key, int index)
{
	if (*table)
		text_add(path, table);
	add_part(path, key);
	if (index >= 0)
		text_addf(path, ".%d", index);
}

/* After "{": one line, no comma at the end. */
static int parse_inline_table(struct toml *t, const char *table, const char *key, int index)
{
	_cleanup_text_ struct text path = { 0 };
	int r;

	below(&path, table, key, index);
	if (text_failed(&path))
		return -ENOMEM;
	toml_blanks(&t->s);
	if (toml_take(&t->s, '}'))
		return 0;
	for (;;) {
		toml_blanks(&t->s);
		r = parse_pair(t, text_get(&path));
		if (r < 0)
			return r;
		toml_blanks(&t->s);
		if (toml_take(&t->s, '}'))
			return 0;
		if (!toml_take(&t->s, ','))
			return fail(t, "expected ',' or '}' in an inline table");
	}
}

/* After "[". Elements of arrays within arrays count on: nothing we read has such. */
static int parse_array(struct toml *t, const char *table, const char *key, int *index)
{
	int r;

	if (*index < 0)
		*index = 0;
	for (;;) {
		r = toml_gap(&t->s);
		if (r < 0)
			return r;
		if (toml_take(&t->s, ']'))
			return 0;
		r = parse_value(t, table, key, index);
		if (r < 0)
			return r;
		r = toml_gap(&t->s);
		if (r < 0)
			return r;
		if (!toml_take(&t->s, ',') && toml_peek(&t->s, 0) != ']')
			return fail(t, "expected ',' or ']' in an array");
	}
}

static int parse_scalar(struct toml *t, const char *table, const char *key, int index)
{
	_cleanup_text_ struct text value = { 0 };
	unsigned line = t->s.line;
	int c = toml_peek(&t->s, 0), r;

	r = c == '"' || c == '\'' ? toml_string(&t->s, true, &value) : toml_word(&t->s, &value);
	return r < 0 ? r : tell(t, table, key, index, text_get(&value), line);
}

/* @index: -1 outside arrays, else the number of this element, which is counted up. */
static int parse_value(struct toml *t, const char *table, const char *key, int *index)
{
	bool element = *index >= 0;
	int r;

	if (toml_peek(&t->s, 0) == '[' || toml_peek(&t->s, 0) == '{') {
		bool array = toml_peek(&t->s, 0) == '[';

		if (++t->depth > TOML_DEPTH)
			return fail(t, "nested too deep");
		toml_skip(&t->s);
		r = array ? parse_array(t, table, key, index)
			  : parse_inline_table(t, table, key, *index);
		t->depth--;
		*index += !array && element;
		return r;
	}
	r = parse_scalar(t, table, key, *index);
	*index += element;
	return r;
}

/* "key = value", "a.b.key = value" */
static int parse_pair(struct toml *t, const char *table)
{
	_cleanup_text_ struct text path = { 0 }, part = { 0 }, whole = { 0 };
	unsigned line = t->s.line;
	int index = -1, r;

	text_add(&path, table);
	for (;;) {
		r = toml_key_part(&t->s, &part);
		if (r < 0)
			return r;
		toml_blanks(&t->s);
		if (!toml_take(&t->s, '.'))
			break;
		add_part(&path, text_get(&part));
		part.length = 0;
		text_add(&part, "");
		toml_blanks(&t->s);
	}
	if (!toml_take(&t->s, '='))
		return fail(t, "expected '=' after the key");
	toml_blanks(&t->s);
	below(&whole, text_get(&path), text_get(&part), -1);
	if (text_failed(&whole) || define(t, text_get(&whole), line) < 0)
		return -ENOMEM;
	return parse_value(t, text_get(&path), text_get(&part), &index);
}

static int parse_lines(struct toml *t)
{
	int r = 0;

	if (t->s.length >= 3 && memcmp(t->s.data, "\xef\xbb\xbf", 3) == 0)
		t->s.at = 3;
	while (r >= 0) {
		r = toml_gap(&t->s);
		if (r < 0 || toml_peek(&t->s, 0) < 0)
			break;
		if (toml_take(&t->s, '[')) {
			r = parse_header(t);
			continue;
		}
		r = parse_pair(t, text_get(&t->table));
		if (r >= 0)
			r = toml_end_of_line(&t->s);
	}
	return r < 0 ? r : check_defined(t);
}

int toml_parse_at(const char *data, size_t length, toml_value *each, void *arg, unsigned *ret_line,
	const char **ret_why)
{
	struct toml t = {
		.s = { .data = data, .length = length, .line = 1 },
		.each = each,
		.arg = arg,
	};
	int r = parse_lines(&t);

	toml_done(&t);
	*ret_line = r == -EINVAL ? t.s.line : 0;
	*ret_why = r == -EINVAL ? t.s.why : NULL;
	return r == -ECANCELED ? t.told : r;
}

int toml_parse(const char *data, size_t length, const char *name, toml_value *each, void *arg,
	struct error *err)
{
	const char *why;
	unsigned line;
	int r = toml_parse_at(data, length, each, arg, &line, &why);

	if (why)
		return error_say(err, r, "line %u of '%s' is malformed: %s", line, name, why);
	return r < 0 ? error_set(err, r, "cannot read '%s'", name) : r;
}
