/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/entry.h"

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

int entry_of(const struct change *change, struct entry *ret)
{
	*ret = (struct entry){
		.kind = change->kind, .number = change->number, .count = change->count
	};
	(void)text_copy(ret->check, sizeof(ret->check), change->check ? change->check : "");
	if (copy(&ret->path, change->path) < 0 || copy(&ret->name, change->name) < 0 ||
		copy(&ret->text, change->text) < 0 || copy(&ret->words, "") < 0 ||
		copy(&ret->live, "") < 0 || copy(&ret->hint, "") < 0) {
		entry_done(ret);
		return -ENOMEM;
	}
	return 0;
}

void entry_done(struct entry *entry)
{
	for (size_t i = 0; i < entry->effect_count; i++) {
		free(entry->effects[i].path);
		free(entry->effects[i].before);
		free(entry->effects[i].after);
	}
	free(entry->effects);
	free(entry->words);
	free(entry->path);
	free(entry->name);
	free(entry->text);
	free(entry->live);
	free(entry->hint);
	*entry = (struct entry){ 0 };
}

int entry_note(char **slot, const char *fmt, ...)
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

int entry_add(struct entry *entry, enum effect_what what, const char *path)
{
	struct effect *grown =
		reallocarray(entry->effects, entry->effect_count + 1, sizeof(*grown));
	char *own = strdup(path);

	if (grown)
		entry->effects = grown;
	if (!grown || !own) {
		free(own);
		return -ENOMEM;
	}
	grown[entry->effect_count++] = (struct effect){ .what = what, .path = own };
	return 0;
}

int entry_add_parents(struct entry *entry, struct target *t, const char *path)
{
	char part[PATH_MAX];
	struct stat st;

	if (path[0] != '/' || !text_copy(part, sizeof(part), path))
		return -EINVAL;
	for (char *at = part + 1; (at = strchr(at, '/')); *at++ = '/') {
		*at = '\0';
		if (target_stat(t, part, &st) == -ENOENT &&
			entry_add(entry, EFFECT_DIRECTORY, part) < 0)
			return -ENOMEM;
	}
	return 0;
}

int entry_add_file(
	struct entry *entry, struct target *t, const char *path, const char *after, size_t length)
{
	_cleanup_text_ struct text before = { 0 };
	struct effect *e;
	int r = target_read(t, path, &before, NULL);

	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0 && before.length == length && memcmp(text_get(&before), after, length) == 0)
		return 1;
	if (entry_add_parents(entry, t, path) < 0 || entry_add(entry, EFFECT_FILE, path) < 0)
		return -ENOMEM;
	e = &entry->effects[entry->effect_count - 1];
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

static int make_parents(struct target *t, const char *path)
{
	_cleanup_free_ char *directory = strdup(path);

	if (!directory)
		return -ENOMEM;
	*strrchr(directory, '/') = '\0';
	return *directory ? target_mkdirs(t, directory, t->strict ? 0700 : 0755) : 0;
}

int entry_write_files(struct entry *entry, struct target *t, mode_t mode, struct error *err)
{
	for (size_t i = 0; i < entry->effect_count; i++) {
		const char *path = entry->effects[i].path;
		int r;

		if (entry->effects[i].what != EFFECT_FILE)
			continue;
		r = make_parents(t, path);
		if (r >= 0)
			r = target_write(t, path, entry->effects[i].after,
				entry->effects[i].after_length, mode);
		if (r == -ELOOP)
			return error_say(err, r,
				"cannot write '%s': a symbolic link is in its way; "
				"replace the link, or skip this step",
				path);
		if (r < 0)
			return error_set(err, r, "cannot write '%s'", path);
	}
	return 0;
}
