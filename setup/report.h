/* SPDX-License-Identifier: Apache-2.0 */
/* What a program reads: one JSON object, schema rpod-setup/1, on standard output, also when all
 * went wrong. Decides nothing. */
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct args;
struct json;
struct outcomes;

/* @status is the one to exit with; @err (or NULL) what ended the run early. */
struct json *report_new(const struct args *args, const struct outcomes *outcomes, int status,
	const struct error *err);
/* 0, or negative errno when it could not be printed. */
int report_print(struct json *report) MUST_CHECK;
