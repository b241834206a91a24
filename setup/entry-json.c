/* SPDX-License-Identifier: Apache-2.0 */
/* Entries as JSON and back. Bytes that are no UTF-8 text are kept as hexadecimal digits, under the
 * same key with "_hex" at its end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "setup/kind.h"
#include "setup/entry.h"
#include "setup/target.h"

static const char *const effect_words[] = {
	[EFFECT_FILE] = "file",
	[EFFECT_LINE] = "line",
	[EFFECT_DIRECTORY] = "directory",
	[EFFECT_MODE] = "mode",
	[EFFECT_HOME] = "home",
};
_Static_assert(ARRAY_SIZE(effect_words) == EFFECT_COUNT, "every effect has its word");

static const char *const state_words[] = {
	[ENTRY_BEGUN] = "begun",
	[ENTRY_DONE] = "done",
	[ENTRY_UNDONE] = "undone",
	[ENTRY_LEFT] = "left",
};
_Static_assert(ARRAY_SIZE(state_words) == ENTRY_STATE_COUNT, "every state has its word");

static int word_index(const char *const words[], size_t count, const char *word)
{
	for (size_t i = 0; word && i < count; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -EINVAL;
}

static void set_bytes(struct json *object, const char *key, const char *bytes, size_t n)
{
	_cleanup_text_ struct text hex = { 0 };
	struct json *plain = json_new_text(bytes);
	char name[32];

	if (strlen(bytes) == n && plain && strcmp(json_as_text(plain), bytes) == 0) {
		json_set(object, key, plain);
		return;
	}
	json_free(plain);
	for (size_t i = 0; i < n; i++)
		text_addf(&hex, "%02x", (unsigned char)bytes[i]);
	(void)snprintf(name, sizeof(name), "%s_hex", key);
	json_set_text(object, name, text_get(&hex));
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -EINVAL;
}

static int from_hex(const char *hex, struct text *ret)
{
	for (; hex[0]; hex += 2) {
		int high = hex_digit(hex[0]), low = hex_digit(hex[1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		text_add_bytes(ret, &(char){ (char)(high * 16 + low) }, 1);
	}
	return 0;
}

static int get_bytes(struct json *object, const char *key, char **ret, size_t *ret_length)
{
	_cleanup_text_ struct text bytes = { 0 };
	const char *plain = json_get_text(object, key);
	const char *hex;
	char name[32];

	(void)snprintf(name, sizeof(name), "%s_hex", key);
	hex = json_get_text(object, name);
	if (!plain && !hex)
		return 0;
	if (plain)
		text_add(&bytes, plain);
	else if (from_hex(hex, &bytes) < 0)
		return -EINVAL;
	*ret_length = bytes.length;
	*ret = text_take(&bytes);
	return *ret ? 0 : -ENOMEM;
}

static struct json *effect_to_json(const struct effect *e)
{
	struct json *object = json_new_object();

	json_set_text(object, "what", effect_words[e->what]);
	json_set_text(object, "path", e->path);
	if (e->before)
		set_bytes(object, "before", e->before, e->before_length);
	if (e->after)
		set_bytes(object, "after", e->after, e->after_length);
	if (e->what == EFFECT_MODE) {
		json_set_number(object, "mode", e->mode);
		json_set_number(object, "mode_after", e->mode_after);
	}
	return object;
}

static int effect_from_json(struct json *value, struct entry *entry)
{
	int what = word_index(effect_words, EFFECT_COUNT, json_get_text(value, "what"));
	const char *path = json_get_text(value, "path");
	struct effect *e;
	int r;

	if (what < 0 || !path || !target_is_path(path))
		return -EINVAL;
	r = entry_add(entry, (enum effect_what)what, path);
	if (r < 0)
		return r;
	e = &entry->effects[entry->effect_count - 1];
	e->mode = (mode_t)json_get_number(value, "mode", 0) & 07777;
	e->mode_after = (mode_t)json_get_number(value, "mode_after", 0) & 07777;
	r = get_bytes(value, "before", &e->before, &e->before_length);
	if (r >= 0)
		r = get_bytes(value, "after", &e->after, &e->after_length);
	return r >= 0 && e->what == EFFECT_LINE && !e->after_length ? -EINVAL : r;
}

struct json *entry_to_json(const struct entry *entry)
{
	struct json *object = json_new_object();
	struct json *effects = json_new_array();

	json_set_text(object, "check", entry->check);
	json_set_text(object, "kind", kind_of(entry->kind)->word);
	json_set_text(object, "state", state_words[entry->state]);
	json_set_text(object, "words", entry->words);
	json_set_text(object, "path", entry->path);
	json_set_text(object, "name", entry->name);
	json_set_text(object, "text", entry->text);
	json_set_number(object, "number", (int64_t)entry->number);
	json_set_number(object, "count", (int64_t)entry->count);
	json_set_text(object, "live", entry->live);
	json_set_number(object, "needs", entry->needs);
	for (size_t i = 0; i < entry->effect_count; i++)
		json_add(effects, effect_to_json(&entry->effects[i]));
	json_set(object, "effects", effects);
	return object;
}

static char *own_text(struct json *value, const char *key)
{
	const char *text = json_get_text(value, key);

	return strdup(text ? text : "");
}

int entry_from_json(struct json *value, struct entry *ret)
{
	int state = word_index(state_words, ENTRY_STATE_COUNT, json_get_text(value, "state"));
	const char *check = json_get_text(value, "check");
	struct json *effects = json_get(value, "effects");
	int kind = kind_find(json_get_text(value, "kind"));
	int r = 0;

	if (state < 0 || kind < 0 || !check)
		return -EINVAL;
	*ret = (struct entry){ .kind = (enum change_kind)kind,
		.state = (enum entry_state)state,
		.words = own_text(value, "words"),
		.path = own_text(value, "path"),
		.name = own_text(value, "name"),
		.text = own_text(value, "text"),
		.live = own_text(value, "live"),
		.hint = strdup(""),
		.number = (uint64_t)json_get_number(value, "number", 0),
		.count = (uint64_t)json_get_number(value, "count", 0),
		.needs = (unsigned)json_get_number(value, "needs", 0) };
	(void)text_copy(ret->check, sizeof(ret->check), check);
	if (!ret->words || !ret->path || !ret->name || !ret->text || !ret->live || !ret->hint)
		r = -ENOMEM;
	for (size_t i = 0; r >= 0 && i < json_count(effects); i++)
		r = effect_from_json(json_at(effects, i), ret);
	if (r < 0)
		entry_done(ret);
	return r;
}
