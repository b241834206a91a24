/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>

static struct json_object *inner(struct json *value)
{
	return (struct json_object *)value;
}

static struct json *outer(struct json_object *value)
{
	return (struct json *)value;
}

int json_parse(
	const char *data, size_t length, const char *name, struct json **ret, struct error *err)
{
	struct json_tokener *tokener;
	struct json_object *value;
	enum json_tokener_error fault;
	size_t offset;

	if (length > INT_MAX)
		return error_say(err, -EFBIG, "'%s' is too large to be JSON", name);
	tokener = json_tokener_new();
	if (!tokener)
		return error_set(err, -ENOMEM, "cannot parse '%s'", name);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	value = json_tokener_parse_ex(tokener, data, (int)length);
	fault = json_tokener_get_error(tokener);
	offset = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (fault != json_tokener_success) {
		json_object_put(value);
		return error_say(err, -EINVAL, "'%s' is not valid JSON at byte %zu: %s", name,
			offset, json_tokener_error_desc(fault));
	}
	*ret = outer(value);
	return 0;
}

void json_free(struct json *value)
{
	json_object_put(inner(value));
}

struct json *json_new_object(void)
{
	return outer(json_object_new_object());
}

struct json *json_new_array(void)
{
	return outer(json_object_new_array());
}

struct json *json_new_text(const char *value)
{
	struct text clean = { 0 };
	struct json_object *made;

	if (!value)
		return NULL;
	for (const char *at = value; *at;) {
		size_t n = text_utf8_length(at);

		if (n)
			text_add_bytes(&clean, at, n);
		else
			text_add(&clean, "\xef\xbf\xbd");
		at += n ? n : 1;
	}
	made = json_object_new_string(text_get(&clean));
	text_done(&clean);
	return outer(made);
}

struct json *json_new_number(int64_t value)
{
	return outer(json_object_new_int64(value));
}

struct json *json_new_bool(bool value)
{
	return outer(json_object_new_boolean(value));
}

void json_set(struct json *object, const char *key, struct json *value)
{
	(void)json_object_object_add(inner(object), key, inner(value));
}

void json_set_text(struct json *object, const char *key, const char *value)
{
	json_set(object, key, json_new_text(value));
}

void json_set_number(struct json *object, const char *key, int64_t value)
{
	json_set(object, key, json_new_number(value));
}

void json_set_bool(struct json *object, const char *key, bool value)
{
	json_set(object, key, json_new_bool(value));
}

void json_add(struct json *array, struct json *value)
{
	(void)json_object_array_add(inner(array), inner(value));
}

bool json_is_object(struct json *value)
{
	return json_object_is_type(inner(value), json_type_object);
}

bool json_is_array(struct json *value)
{
	return json_object_is_type(inner(value), json_type_array);
}

bool json_is_text(struct json *value)
{
	return json_object_is_type(inner(value), json_type_string);
}

struct json *json_get(struct json *object, const char *key)
{
	struct json_object *value = NULL;

	if (!json_is_object(object))
		return NULL;
	(void)json_object_object_get_ex(inner(object), key, &value);
	return outer(value);
}

size_t json_count(struct json *array)
{
	return json_is_array(array) ? json_object_array_length(inner(array)) : 0;
}

struct json *json_at(struct json *array, size_t index)
{
	if (index >= json_count(array))
		return NULL;
	return outer(json_object_array_get_idx(inner(array), index));
}

const char *json_as_text(struct json *value)
{
	return json_is_text(value) ? json_object_get_string(inner(value)) : NULL;
}

const char *json_get_text(struct json *object, const char *key)
{
	return json_as_text(json_get(object, key));
}

int64_t json_as_number(struct json *value)
{
	return json_object_get_int64(inner(value));
}

int64_t json_get_number(struct json *object, const char *key, int64_t otherwise)
{
	struct json *value = json_get(object, key);

	if (!json_object_is_type(inner(value), json_type_int))
		return otherwise;
	return json_as_number(value);
}

bool json_get_bool(struct json *object, const char *key, bool otherwise)
{
	struct json *value = json_get(object, key);

	if (!json_object_is_type(inner(value), json_type_boolean))
		return otherwise;
	return json_object_get_boolean(inner(value));
}

int json_each(
	struct json *object, int (*each)(const char *key, struct json *value, void *arg), void *arg)
{
	struct json_object_iterator at, end;
	int r = 0;

	if (!json_is_object(object))
		return 0;
	at = json_object_iter_begin(inner(object));
	end = json_object_iter_end(inner(object));
	for (; r == 0 && !json_object_iter_equal(&at, &end); json_object_iter_next(&at))
		r = each(json_object_iter_peek_name(&at), outer(json_object_iter_peek_value(&at)),
			arg);
	return r;
}

const char *json_print(struct json *value, bool pretty)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	if (pretty)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	return json_object_to_json_string_ext(inner(value), flags);
}
