/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/journal-text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/sha256.h"
#include "setup/journal.h"

#define SCHEMA "rpod-setup-journal/2"

static const char no_sum[] = "0000000000000000000000000000000000000000000000000000000000000000";
_Static_assert(sizeof(no_sum) == SHA256_HEX + 1, "as many zeros as a sum has digits");

/* Where the digits of the sum begin: behind the first key of that name, which journal_print() puts
 * before anything that could hold one. */
static char *find_sum(struct text *t)
{
	static const char key[] = "\"sha256\":";
	char *at = t->length ? strstr(t->data, key) : NULL;

	if (!at)
		return NULL;
	at += strlen(key);
	at += strspn(at, " ");
	if (*at++ != '"' || strspn(at, "0123456789abcdef") != SHA256_HEX || at[SHA256_HEX] != '"')
		return NULL;
	return at;
}

int journal_print(const struct journal *journal, struct text *ret)
{
	_cleanup_json_ struct json *object = json_new_object();
	struct json *entries = json_new_array();
	char sum[SHA256_HEX + 1];
	const char *text;
	char *at;

	json_set_text(object, "schema", SCHEMA);
	json_set_text(object, "sha256", no_sum);
	json_set_text(object, "run", journal->run);
	json_set_text(object, "time", journal->time);
	json_set_text(object, "command", journal->command);
	for (size_t i = 0; i < journal->count; i++)
		json_add(entries, entry_to_json(&journal->entries[i]));
	json_set(object, "entries", entries);
	text = json_print(object, true);
	text_add(ret, text ? text : "");
	at = find_sum(ret);
	if (!text || text_failed(ret) || !at)
		return -ENOMEM;
	sha256_hex(ret->data, ret->length, sum);
	memcpy(at, sum, SHA256_HEX);
	return 0;
}

static bool is_whole(const char *bytes, size_t n)
{
	_cleanup_text_ struct text copy = { 0 };
	char said[SHA256_HEX], sum[SHA256_HEX + 1];
	char *at;

	text_add_bytes(&copy, bytes, n);
	at = text_failed(&copy) ? NULL : find_sum(&copy);
	if (!at)
		return false;
	memcpy(said, at, SHA256_HEX);
	memcpy(at, no_sum, SHA256_HEX);
	sha256_hex(copy.data, copy.length, sum);
	return memcmp(said, sum, SHA256_HEX) == 0;
}

static int load_entries(struct json *list, struct journal *journal)
{
	size_t count = json_count(list);

	if (count == 0)
		return -EINVAL;
	journal->entries = calloc(count, sizeof(*journal->entries));
	if (!journal->entries)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		int r = entry_from_json(json_at(list, i), &journal->entries[i]);

		if (r < 0)
			return r;
		journal->count++;
	}
	return 0;
}

static int load(struct json *object, struct journal *journal)
{
	const char *run = json_get_text(object, "run");
	const char *command = json_get_text(object, "command");
	const char *when = json_get_text(object, "time");

	/* a copy under another name would be taken back twice */
	if (!run || strcmp(run, journal->run) != 0 || !command || !when)
		return -EINVAL;
	journal->command = strdup(command);
	journal->time = strdup(when);
	if (!journal->command || !journal->time)
		return -ENOMEM;
	return load_entries(json_get(object, "entries"), journal);
}

static int damaged(struct error *err, const char *path, const char *why)
{
	return error_say(err, -EINVAL,
		"the journal '%s' %s: nothing of that run can be taken back by it; put back a good "
		"copy, or move it away",
		path, why);
}

int journal_parse(
	struct journal *journal, const char *bytes, size_t n, const char *path, struct error *err)
{
	_cleanup_json_ struct json *object = NULL;
	const char *schema;
	int r = json_parse(bytes, n, path, &object, NULL);

	if (r == -ENOMEM)
		return error_set(err, r, "cannot read the journal '%s'", path);
	if (r < 0)
		return damaged(err, path, "is damaged, it is no JSON");
	schema = json_get_text(object, "schema");
	if (!schema || strcmp(schema, SCHEMA) != 0)
		return damaged(err, path, "is of another kind than '" SCHEMA "'");
	if (!is_whole(bytes, n))
		return damaged(err, path, "is damaged, its checksum is another");
	r = load(object, journal);
	if (r == -ENOMEM)
		return error_set(err, r, "cannot read the journal '%s'", path);
	return r < 0 ? damaged(err, path, "says what no run of this program does") : 0;
}
