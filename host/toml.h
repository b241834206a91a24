/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of TOML 1.0 that containers.conf, storage.conf and registries.conf are written in:
 * tables, arrays of tables, strings (basic and literal, one line and multi-line), integers,
 * booleans, arrays of these, inline tables, comments. Floats and dates are accepted as words.
 * Everything else is an error with its line. Fuzzed.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/macro.h"

/*
 * Called for every value in order: @table "engine.runtimes" ("" before the first; arrays of tables
 * have their index: "registry.0.mirror.1"), @key, @value as text. Every element of an array is one
 * call with @index 0, 1, ...; scalars have index -1. Non-zero ends the parse and is returned.
 */
typedef int toml_value(
	const char *table, const char *key, int index, const char *value, unsigned line, void *arg);

int toml_parse(const char *data, size_t length, const char *name, toml_value *each, void *arg,
	struct error *err) MUST_CHECK;

/* The same, with the line (0: well formed) and the words instead of a sentence. */
int toml_parse_at(const char *data, size_t length, toml_value *each, void *arg, unsigned *ret_line,
	const char **ret_why) MUST_CHECK;
