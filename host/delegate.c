/* SPDX-License-Identifier: Apache-2.0 */
#include "host/delegate.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/dropin.h"
#include "host/root.h"
#include "host/user.h"

static const char *const unit_dirs[] = { "/etc/systemd/system", "/run/systemd/system",
	"/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system" };

static bool is_one_of(const char *word, size_t n, const char *const *list)
{
	for (; *list; list++)
		if (strlen(*list) == n && strncasecmp(word, *list, n) == 0)
			return true;
	return false;
}

/* Lists of several assignments add up, also to "yes"; an empty one, or a "no", begins anew. */
static bool add_value(const char *value, size_t n, char *joined, size_t size)
{
	static const char *const yes[] = { "yes", "y", "true", "t", "on", "1", NULL };
	static const char *const no[] = { "no", "n", "false", "f", "off", "0", NULL };
	_cleanup_text_ struct text result = { 0 };

	while (n > 0 && isspace((unsigned char)value[n - 1]))
		n--;
	if (n == 0 || is_one_of(value, n, no)) {
		joined[0] = '\0';
		return true;
	}
	if (is_one_of(value, n, yes) || strcmp(joined, "yes") == 0) {
		(void)text_copy(joined, size, "yes");
		return false;
	}
	text_add(&result, joined);
	for (size_t at = 0; at < n;) {
		char word[64];
		size_t length = 0;

		while (at + length < n && !isspace((unsigned char)value[at + length]))
			length++;
		(void)snprintf(
			word, sizeof(word), "%.*s", (int)MIN(length, sizeof(word) - 1), value + at);
		if (length > 0 && !text_has_word(text_get(&result), word))
			text_addf(&result, "%s%s", result.length ? " " : "", word);
		at += length + 1;
	}
	(void)text_copy(joined, size, text_get(&result));
	return false;
}

bool delegate_parse(const char *data, size_t length, char *union_, size_t size, bool *ret_emptied)
{
	bool in_service = false, said = false;
	const char *line;
	size_t at = 0, n;

	*ret_emptied = false;

	while ((line = text_line(data, length, &at, &n))) {
		size_t skip = 0;

		while (skip < n && isspace((unsigned char)line[skip]))
			skip++;
		line += skip;
		n -= skip;
		if (n > 0 && *line == '[')
			in_service = n >= 9 && memcmp(line, "[Service]", 9) == 0;
		if (!in_service || n < 8 || memcmp(line, "Delegate", 8) != 0)
			continue;
		for (skip = 8; skip < n && isspace((unsigned char)line[skip]); skip++)
			;
		if (skip == n || line[skip] != '=')
			continue;
		for (skip++; skip < n && isspace((unsigned char)line[skip]); skip++)
			;
		if (add_value(line + skip, n - skip, union_, size))
			*ret_emptied = true;
		said = true;
	}
	return said;
}

static bool take_file(struct delegate *ret, struct root *root, const char *path)
{
	_cleanup_text_ struct text data = { 0 };
	bool emptied;

	if (root_read(root, path, ROOT_READ_LIMIT, &data) < 0)
		return false;
	if (delegate_parse(
		    data.data, data.length, ret->words.value, sizeof(ret->words.value), &emptied)) {
		ret->words.state = FACT_KNOWN;
		(void)text_copy(ret->file, sizeof(ret->file), path);
	}
	if (emptied)
		(void)text_copy(ret->emptied, sizeof(ret->emptied), path);
	return true;
}

void delegate_read(struct delegate *ret, struct root *root, const struct user *user)
{
	_cleanup_text_list_ struct text_list paths = { 0 };
	char names[2 * ARRAY_SIZE(unit_dirs)][64];
	const char *dirs[2 * ARRAY_SIZE(unit_dirs) + 1] = { NULL };
	size_t n = 0;
	bool found = false;

	*ret = (struct delegate){ .words.state = FACT_ABSENT };
	for (size_t i = 0; i < ARRAY_SIZE(unit_dirs) && !found; i++) {
		char path[PATH_MAX];

		(void)snprintf(path, sizeof(path), "%s/user@.service", unit_dirs[i]);
		found = take_file(ret, root, path);
	}
	/* drop-ins of the instance come before those of the template, systemd.unit(5) */
	for (size_t i = 0; i < ARRAY_SIZE(unit_dirs) && user->state == FACT_KNOWN; i++, n++)
		(void)snprintf(names[n], sizeof(names[n]), "%s/user@%u.service.d", unit_dirs[i],
			(unsigned)user->uid);
	for (size_t i = 0; i < ARRAY_SIZE(unit_dirs); i++, n++)
		(void)snprintf(names[n], sizeof(names[n]), "%s/user@.service.d", unit_dirs[i]);
	for (size_t i = 0; i < n; i++)
		dirs[i] = names[i];
	if (dropin_list(root, dirs, ".conf", &paths) < 0)
		return;
	for (size_t i = 0; i < paths.count; i++)
		(void)take_file(ret, root, paths.items[i]);
}
