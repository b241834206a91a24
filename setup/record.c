/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/record.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "setup/target.h"

static int copy(char **to, const char *from)
{
	*to = strdup(from ? from : "");
	return *to ? 0 : -ENOMEM;
}

int record_of(const struct change *change, struct record *ret)
{
	*ret = (struct record){ .kind = change->kind, .number = change->number,
		.count = change->count };
	(void)text_copy(ret->check, sizeof(ret->check), change->check ? change->check : "");
	if (copy(&ret->path, change->path) < 0 || copy(&ret->name, change->name) < 0 ||
		copy(&ret->text, change->text) < 0 || copy(&ret->words, "") < 0 ||
		copy(&ret->live, "") < 0 || copy(&ret->hint, "") < 0) {
		record_done(ret);
		return -ENOMEM;
	}
	return 0;
}

void record_done(struct record *record)
{
	for (size_t i = 0; i < record->effect_count; i++) {
		free(record->effects[i].path);
		free(record->effects[i].before);
		free(record->effects[i].after);
	}
	free(record->effects);
	free(record->words);
	free(record->path);
	free(record->name);
	free(record->text);
	free(record->live);
	free(record->hint);
	*record = (struct record){ 0 };
}

int record_note(char **slot, const char *fmt, ...)
{
	char *made = NULL;
	va_list args;
	int r;

	va_start(args, fmt);
	r = vasprintf(&made, fmt, args);
	va_end(args);
	if (r < 0)
		return -ENOMEM;
	free(*slot);
	*slot = made;
	return 0;
}

int record_add(struct record *record, enum effect_what what, const char *path)
{
	struct effect *grown = reallocarray(record->effects, record->effect_count + 1, sizeof(*grown));
	char *own = strdup(path);

	if (grown)
		record->effects = grown;
	if (!grown || !own) {
		free(own);
		return -ENOMEM;
	}
	grown[record->effect_count++] = (struct effect){ .what = what, .path = own };
	return 0;
}

int record_add_file(struct record *record, struct target *t, const char *path, const char *after,
	size_t length)
{
	_cleanup_text_ struct text before = { 0 };
	struct effect *e;
	int r = target_read(t, path, &before, NULL);

	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0 && before.length == length && memcmp(text_get(&before), after, length) == 0)
		return 1;
	if (record_add(record, EFFECT_FILE, path) < 0)
		return -ENOMEM;
	e = &record->effects[record->effect_count - 1];
	e->after = malloc(length + 1);
	if (!e->after)
		return -ENOMEM;
	memcpy(e->after, after, length);
	e->after[length] = '\0';
	e->after_length = length;
	e->before_length = before.length;
	if (r == -ENOENT)
		return 0;
	e->before = text_take(&before);
	return e->before ? 0 : -ENOMEM;
}

static int make_parents(struct record *record, struct target *t, const char *path)
{
	_cleanup_free_ char *directory = strdup(path);

	if (!directory)
		return -ENOMEM;
	*strrchr(directory, '/') = '\0';
	return *directory ? target_mkdirs(t, directory, t->strict ? 0700 : 0755, record) : 0;
}

int record_write_files(struct record *record, struct target *t, mode_t mode, struct error *err)
{
	size_t count = record->effect_count; /* making parents adds to them */

	for (size_t i = 0; i < count; i++) {
		_cleanup_free_ char *path = strdup(record->effects[i].path);
		int r = path ? 0 : -ENOMEM;

		if (record->effects[i].what != EFFECT_FILE)
			continue;
		if (r >= 0)
			r = make_parents(record, t, path);
		if (r >= 0)
			r = target_write(t, path, record->effects[i].after,
				record->effects[i].after_length, mode);
		if (r == -ELOOP)
			return error_say(err, r, "cannot write '%s': a symbolic link is in its way; "
						 "replace the link, or skip this step", path);
		if (r < 0)
			return error_set(err, r, "cannot write '%s'", path ? path : "");
	}
	return 0;
}
