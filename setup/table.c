/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "setup/lock.h"
#include "setup/entry.h"
#include "setup/target.h"

int table_note(struct entry *entry, struct target *t, const char *path, const char *line,
	struct error *err)
{
	_cleanup_text_ struct text now = { 0 };
	struct effect *e;
	int r = target_read(t, path, &now, NULL);

	if (r < 0 && r != -ENOENT)
		return error_set(err, r, "cannot read '%s'", path);
	if (entry_add(entry, EFFECT_LINE, path) < 0)
		return error_set(err, -ENOMEM, "cannot keep an entry of '%s'", path);
	e = &entry->effects[entry->effect_count - 1];
	e->after = strdup(line);
	e->after_length = strlen(line);
	if (r == 0)
		e->before = strdup(now.length && now.data[now.length - 1] != '\n' ? "\n" : "");
	e->before_length = e->before ? strlen(e->before) : 0;
	if (!e->after || (r == 0 && !e->before))
		return error_set(err, -ENOMEM, "cannot keep an entry of '%s'", path);
	return 0;
}

static int add_line(struct target *t, const struct effect *e)
{
	_cleanup_text_ struct text now = { 0 };
	int r = target_read(t, e->path, &now, NULL);

	if (r < 0 && r != -ENOENT)
		return r;
	if (now.length && now.data[now.length - 1] != '\n')
		text_add(&now, "\n");
	text_addf(&now, "%s\n", e->after);
	if (text_failed(&now))
		return -ENOMEM;
	return target_write(t, e->path, now.data, now.length, 0644);
}

/* The lines added before the @count-th are taken out again. */
static void back_out(struct entry *entry, struct target *t, size_t count)
{
	while (count-- > 0)
		if (entry->effects[count].what == EFFECT_LINE)
			(void)!table_remove(t, &entry->effects[count]);
}

int table_add_locked(struct entry *entry, struct target *t, struct error *err)
{
	for (size_t i = 0; i < entry->effect_count; i++) {
		int r = 0;

		if (entry->effects[i].what == EFFECT_LINE)
			r = add_line(t, &entry->effects[i]);
		if (r < 0) {
			back_out(entry, t, i);
			return error_set(err, r, "cannot write '%s'", entry->effects[i].path);
		}
	}
	return 0;
}

int table_add_all(struct entry *entry, struct target *t, struct error *err)
{
	_cleanup_account_lock_ struct account_lock lock = { 0 };
	int r = account_lock(&lock, t, err);

	return r < 0 ? r : table_add_locked(entry, t, err);
}

int table_without(struct target *t, const struct effect *e, struct text *now, struct text *ret,
	bool *ret_removed)
{
	size_t at = 0, length;
	bool found = false, last = false;
	const char *line;
	int r = target_read(t, e->path, now, NULL);

	if (r < 0)
		return r == -ENOENT ? 1 : r;
	while ((line = text_line(now->data, now->length, &at, &length))) {
		last = !found && length == e->after_length && memcmp(line, e->after, length) == 0;
		found |= last;
		if (!last)
			text_add_bytes(ret, line,
				MIN(length + 1, now->length - (size_t)(line - now->data)));
	}
	if (text_failed(ret))
		return -ENOMEM;
	if (!found)
		return 1;
	*ret_removed = !e->before && ret->length == 0;
	/* the newline we put before our line goes with it, while nothing was added since */
	if (e->before && strcmp(e->before, "\n") == 0 && last && ret->length)
		ret->length--;
	return 0;
}

int table_remove(struct target *t, const struct effect *e)
{
	_cleanup_text_ struct text now = { 0 }, kept = { 0 };
	bool removed = false;
	int r = table_without(t, e, &now, &kept, &removed);

	if (r != 0)
		return r;
	return removed ? target_remove(t, e->path)
		       : target_write(t, e->path, text_get(&kept), kept.length, 0644);
}
