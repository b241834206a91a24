/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of Go's templates that scripts use with --format: text, {{.Field}}, {{.A.B}},
 * {{json .Field}}, {{json .}}, {{index .Field "key"}} and {{.Field.key}}. No pipes, no ranges, no
 * conditions: those are refused by name, not guessed at.
 */
#pragma once

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

/*
 * Append @value shown as @template says. "\t" and "\n" written out become tab and newline. -EINVAL:
 * not of this language, or no such field. Fuzzed.
 */
int template_show(
	const char *template, struct json *value, struct text *ret, struct error *err) MUST_CHECK;
