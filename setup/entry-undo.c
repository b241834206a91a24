/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking effects back. The one rule: only what is still as the run left it. A file somebody has
 * edited since is his; a directory somebody put something into is his; a line that is gone is gone.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "setup/entry.h"
#include "setup/regular.h"
#include "setup/skel.h"
#include "setup/table.h"
#include "setup/target.h"

enum found {
	GONE,   /* it is as it was before, or was never made */
	THEIRS, /* somebody changed it; @err says how */
	OURS
};

static int left(struct error *err, const char *path, const char *why)
{
	(void)error_say(err, -ECANCELED, "'%s' stays: %s", path, why);
	return THEIRS;
}

static bool same(const struct text *now, const char *bytes, size_t length)
{
	return bytes && now->length == length && memcmp(text_get(now), bytes, length) == 0;
}

/* Is the file as the run left it? @now is what stands there. */
static int find_file(struct target *t, const struct effect *e, struct text *now, struct error *err)
{
	int r = target_read(t, e->path, now, NULL);

	if (r == -ENOENT)
		return e->before ? left(err, e->path, "it was removed since") : GONE;
	if (r == -ELOOP || r == -EINVAL)
		return left(err, e->path, "it is no plain file any more");
	if (r < 0)
		return error_set(err, r, "cannot read '%s'", e->path);
	if (same(now, e->before, e->before_length))
		return GONE;
	if (!same(now, e->after, e->after_length))
		return left(err, e->path, "it was changed since");
	return OURS;
}

static int undo_file(struct target *t, struct effect *e, struct error *err)
{
	_cleanup_text_ struct text now = { 0 };
	int r = find_file(t, e, &now, err);

	if (r != OURS)
		return r;
	r = e->before ? target_write(t, e->path, e->before, e->before_length, 0644)
		      : target_remove(t, e->path);
	return r < 0 ? error_set(err, r, "cannot restore '%s'", e->path) : 0;
}

static int undo_line(struct target *t, struct effect *e, struct error *err)
{
	int r = table_remove(t, e);

	if (r == 1)
		return 0;
	return r < 0 ? error_set(err, r, "cannot take a line out of '%s'", e->path) : 0;
}

static int undo_directory(struct target *t, struct effect *e, struct error *err)
{
	int r = target_remove_directory(t, e->path);

	if (r == 0 || r == -ENOENT)
		return 0;
	if (r == -ENOTEMPTY || r == -EEXIST)
		return left(err, e->path, "it is not empty");
	return error_set(err, r, "cannot remove '%s'", e->path);
}

static int undo_mode(struct target *t, struct effect *e, struct error *err)
{
	_cleanup_close_ int parent = -1, fd = -1;
	const char *name;
	struct stat st;

	parent = target_open_parent(t, e->path, &name);
	fd = parent < 0 ? -1 : regular_open(parent, name, O_RDONLY, &st);
	if (fd < 0)
		return left(err, e->path, "it cannot be opened any more");
	if ((st.st_mode & 07777) == e->mode)
		return 0;
	if ((st.st_mode & 07777) != e->mode_after)
		return left(err, e->path, "its mode was changed since");
	if (!t->live && st.st_nlink > 1)
		return left(err, e->path, "it has other names since, perhaps outside of the tree");
	return fchmod(fd, e->mode) < 0
		       ? error_set(err, -errno, "cannot set the mode of '%s'", e->path)
		       : 0;
}

static int undo_home(struct target *t, struct effect *e, struct error *err)
{
	int r = skel_remove(t, e->path);

	if (r == 1)
		return left(err, e->path, "the home holds files of its user");
	return r < 0 ? error_set(err, r, "cannot remove '%s'", e->path) : 0;
}

static int (*const undoers[])(struct target *, struct effect *, struct error *) = {
	[EFFECT_FILE] = undo_file,
	[EFFECT_LINE] = undo_line,
	[EFFECT_DIRECTORY] = undo_directory,
	[EFFECT_MODE] = undo_mode,
	[EFFECT_HOME] = undo_home,
};
_Static_assert(ARRAY_SIZE(undoers) == EFFECT_COUNT, "every effect has its way back");

int entry_undo_effects(struct entry *entry, struct target *t, struct error *err)
{
	size_t kept = 0;

	for (size_t i = entry->effect_count; i-- > 0;) {
		struct effect *e = &entry->effects[i];
		struct error why = { 0 };
		int r = undoers[e->what](t, e, &why);

		/* the first to stay is the reason: what is above it is not empty because of it */
		if (err && (r < 0 || (r > 0 && kept == 0)))
			*err = why;
		if (r < 0)
			return r;
		kept += r > 0;
	}
	return kept == 0 ? UNDO_ALL : kept == entry->effect_count ? UNDO_LEFT : UNDO_PARTLY;
}

int entry_restore(const struct effect *e, struct target *t, struct text *ret_now,
	struct text *ret_then, bool *ret_removed, struct error *err)
{
	int r;

	*ret_removed = false;
	if (e->what == EFFECT_LINE) {
		r = table_without(t, e, ret_now, ret_then, ret_removed);
		if (r < 0)
			return error_set(err, r, "cannot read '%s'", e->path);
		return r == 1 ? RESTORE_NOTHING : RESTORE_CONTENT;
	}
	if (e->what != EFFECT_FILE)
		return RESTORE_NOTHING;
	r = find_file(t, e, ret_now, err);
	if (r != OURS)
		return r < 0 ? r : r == GONE ? RESTORE_NOTHING : RESTORE_LEFT;
	*ret_removed = !e->before;
	text_add_bytes(ret_then, e->before ? e->before : "", e->before_length);
	return text_failed(ret_then) ? -ENOMEM : RESTORE_CONTENT;
}
