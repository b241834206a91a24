/* SPDX-License-Identifier: Apache-2.0 */
/* A container as JSON, in podman's words: what ps and inspect show. */
#pragma once

#include <stdbool.h>

#include "base/json.h"
#include "runtime/cli/command.h"

/* For the table of ps and its templates: every value a text. @truncate: ids and commands. */
struct json *describe_row(const struct subject *subject, bool truncate);
/* An element of `ps --format json`. */
struct json *describe_brief(const struct subject *subject);
/* An element of `inspect`. */
struct json *describe_whole(const struct subject *subject, const struct place *place);

/* "Up 2 minutes", "Exited (0) 5 seconds ago", "Created" */
void describe_status(const struct subject *subject, char *ret, size_t size);
