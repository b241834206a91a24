/* SPDX-License-Identifier: Apache-2.0 */
/* Columns that line up, as podman prints them: two blanks between, no lines, titles in capitals. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/json.h"

struct table_column {
	const char *title;
	const char *key; /* a text in each row */
};

void table_print(const struct table_column *columns, size_t n, struct json *rows, bool heading);

/* --format "table {{.ID}}\t{{.Names}}": tabs part the columns. */
int table_print_template(
	const char *format, struct json *rows, bool heading, struct error *err) MUST_CHECK;
