/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON values: building them for output and asking parsed ones without a ladder of NULL checks.
 * json-c does the work and lives in json.c alone.
 *
 * A struct json owns its children: adding a value to an object or array hands it over. Release the
 * outermost with json_free(). Every asking function takes NULL and answers "not there".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

struct json; /* a json-c object under another name */

/* Parse the whole text; -EINVAL with the offset in @err's words. @name is what is being read. */
int json_parse(const char *data, size_t length, const char *name, struct json **ret,
	struct error *err) MUST_CHECK;
void json_free(struct json *value);
static inline void json_cleanup(struct json **value)
{
	json_free(*value);
}
#define _cleanup_json_ CLEANUP(json_cleanup)

struct json *json_new_object(void);
struct json *json_new_array(void);
struct json *json_new_text(const char *value); /* NULL becomes null; invalid UTF-8 becomes U+FFFD */
struct json *json_new_number(int64_t value);
struct json *json_new_bool(bool value);

void json_set(struct json *object, const char *key, struct json *value);
void json_set_text(struct json *object, const char *key, const char *value);
void json_set_number(struct json *object, const char *key, int64_t value);
void json_set_bool(struct json *object, const char *key, bool value);
void json_add(struct json *array, struct json *value);

/* Borrowed: valid while the outermost value lives. */
struct json *json_get(struct json *object, const char *key);
struct json *json_at(struct json *array, size_t index);
size_t json_count(struct json *array);
bool json_is_object(struct json *value);
bool json_is_array(struct json *value);
bool json_is_text(struct json *value);
const char *json_get_text(struct json *object, const char *key); /* NULL when absent or no text */
const char *json_as_text(struct json *value);
int64_t json_get_number(struct json *object, const char *key, int64_t otherwise);
bool json_get_bool(struct json *object, const char *key, bool otherwise);
int64_t json_as_number(struct json *value);

/* Call @each for every member in order until it returns non-zero; that is returned. */
int json_each(struct json *object, int (*each)(const char *key, struct json *value, void *arg),
	void *arg);

/* The text, valid until @value is released. */
const char *json_print(struct json *value, bool pretty);
