/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cli/template.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum {
	FIELD_SIZE = 128
};

struct show {
	struct text *ret;
	struct error *err;
};

static int print_value(struct json *value, struct text *ret);

static int print_member(const char *key, struct json *value, void *arg)
{
	struct text *ret = arg;

	text_addf(ret, "%s%s:", text_ends(text_get(ret), "[") ? "" : " ", key);
	return print_value(value, ret);
}

/* As Go prints: strings plain, lists [a b], objects map[a:b]. */
static int print_value(struct json *value, struct text *ret)
{
	if (!value) {
		text_add(ret, "<no value>");
	} else if (json_is_text(value)) {
		text_add(ret, json_as_text(value));
	} else if (json_is_array(value)) {
		text_add(ret, "[");
		for (size_t i = 0; i < json_count(value); i++) {
			text_add(ret, i ? " " : "");
			(void)print_value(json_at(value, i), ret);
		}
		text_add(ret, "]");
	} else if (json_is_object(value)) {
		text_add(ret, "map[");
		(void)json_each(value, print_member, ret);
		text_add(ret, "]");
	} else {
		text_add(ret, json_print(value, false));
	}
	return 0;
}

static int say_no_field(const char *field, struct error *err)
{
	return error_say(err, -EINVAL, "the template asks for '%s', which is not there", field);
}

/* "." or ".A.B": @at moves behind it. */
static int find(const char **at, struct json *value, struct json **ret, struct error *err)
{
	while (**at == '.') {
		char field[FIELD_SIZE];
		size_t n = 0;

		for (++*at; (isalnum((unsigned char)**at) || strchr("_-", **at)) && **at; ++*at)
			if (n + 1 < sizeof(field))
				field[n++] = **at;
		field[n] = '\0';
		if (n == 0)
			break;
		value = json_get(value, field);
		if (!value)
			return say_no_field(field, err);
	}
	*ret = value;
	return 0;
}

static void skip_blanks(const char **at)
{
	*at += strspn(*at, " \t");
}

/* The rest of {{index .Labels "key"}} behind the field. */
static int find_index(const char **at, struct json **value, struct error *err)
{
	char key[FIELD_SIZE];
	size_t n;

	skip_blanks(at);
	n = **at == '"' ? strcspn(*at + 1, "\"") : 0;
	if (n == 0 || n >= sizeof(key) || (*at)[n + 1] != '"')
		return error_say(
			err, -EINVAL, "'index' in the template needs a field and a \"key\"");
	memcpy(key, *at + 1, n);
	key[n] = '\0';
	*at += n + 2;
	*value = json_get(*value, key);
	return *value ? 0 : say_no_field(key, err);
}

static int show_action(const char **at, struct json *value, struct show *show)
{
	bool json = false, index = false;
	struct json *found = NULL;
	int r;

	skip_blanks(at);
	if (text_starts(*at, "json ")) {
		json = true;
		*at += strlen("json ");
	} else if (text_starts(*at, "index ")) {
		index = true;
		*at += strlen("index ");
	}
	skip_blanks(at);
	if (**at != '.')
		return error_say(show->err, -EINVAL,
			"only fields like {{.ID}}, {{json .}} and "
			"{{index .Labels \"key\"}} are taken in a template");
	r = find(at, value, &found, show->err);
	if (r >= 0 && index)
		r = find_index(at, &found, show->err);
	if (r < 0)
		return r;
	if (json)
		text_add(show->ret, json_print(found, false));
	else
		(void)print_value(found, show->ret);
	skip_blanks(at);
	if (!text_starts(*at, "}}"))
		return error_say(show->err, -EINVAL,
			"'}}' is missing in the template, or something "
			"stands before it that is not taken: '%.20s'",
			*at);
	*at += 2;
	return 0;
}

int template_show(const char *template, struct json *value, struct text *ret, struct error *err)
{
	struct show show = { ret, err };
	int r = 0;

	for (const char *at = template; r >= 0 && *at;) {
		if (text_starts(at, "{{")) {
			at += 2;
			r = show_action(&at, value, &show);
		} else if (at[0] == '\\' && (at[1] == 't' || at[1] == 'n')) {
			text_add(ret, at[1] == 't' ? "\t" : "\n");
			at += 2;
		} else {
			text_add_bytes(ret, at++, 1);
		}
	}
	return r;
}
