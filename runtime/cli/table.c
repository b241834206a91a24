/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cli/table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "runtime/cli/template.h"

enum {
	COLUMNS = 32,
	GAP = 2
};

/* What a terminal would act on is not for it to see: names and commands are others' words. */
static void print_cell(const char *cell, size_t length, size_t width)
{
	for (size_t i = 0; i < length; i++)
		(void)putchar(iscntrl((unsigned char)cell[i]) ? '?' : cell[i]);
	for (size_t i = length; i < width; i++)
		(void)putchar(' ');
}

/* Lines of cells that tabs part. */
static void print_lines(const struct text *lines)
{
	size_t widths[COLUMNS] = { 0 }, at = 0, length;
	const char *line;

	while ((line = text_line(lines->data, lines->length, &at, &length)))
		for (size_t i = 0, column = 0; i <= length && column < COLUMNS; column++) {
			size_t start = i;

			while (i < length && line[i] != '\t')
				i++;
			widths[column] = MAX(widths[column], i - start);
			i++;
		}
	at = 0;
	while ((line = text_line(lines->data, lines->length, &at, &length))) {
		for (size_t i = 0, column = 0; i <= length && column < COLUMNS; column++) {
			size_t start = i;

			while (i < length && line[i] != '\t')
				i++;
			print_cell(line + start, i - start, i < length ? widths[column] + GAP : 0);
			i++;
		}
		(void)putchar('\n');
	}
}

static void add_cell(struct text *lines, const char *cell)
{
	for (; *cell; cell++)
		text_add_bytes(lines, iscntrl((unsigned char)*cell) ? "?" : cell, 1);
}

void table_print(const struct table_column *columns, size_t n, struct json *rows, bool heading)
{
	_cleanup_text_ struct text lines = { 0 };

	for (size_t i = 0; heading && i < n; i++)
		text_addf(&lines, "%s%s", columns[i].title, i + 1 < n ? "\t" : "\n");
	for (size_t row = 0; row < json_count(rows); row++)
		for (size_t i = 0; i < n; i++) {
			const char *cell = json_get_text(json_at(rows, row), columns[i].key);

			add_cell(&lines, cell ? cell : "");
			text_add(&lines, i + 1 < n ? "\t" : "\n");
		}
	print_lines(&lines);
}

/* The title of a column is its field in capitals. */
static void add_titles(const char *format, struct text *lines)
{
	for (const char *at = format; *at; at++) {
		if (text_starts(at, "{{")) {
			for (at += 2; *at && *at != '}'; at++)
				if (isalnum((unsigned char)*at))
					text_addf(lines, "%c", toupper((unsigned char)*at));
			at += *at == '}';
		} else if (text_starts(at, "\\t")) {
			text_add(lines, "\t");
			at++;
		} else {
			text_add_bytes(lines, at, 1);
		}
		if (!*at)
			break;
	}
	text_add(lines, "\n");
}

int table_print_template(const char *format, struct json *rows, bool heading, struct error *err)
{
	_cleanup_text_ struct text lines = { 0 };

	if (heading)
		add_titles(format, &lines);
	for (size_t i = 0; i < json_count(rows); i++) {
		int r = template_show(format, json_at(rows, i), &lines, err);

		if (r < 0)
			return r;
		text_add(&lines, "\n");
	}
	print_lines(&lines);
	return 0;
}
