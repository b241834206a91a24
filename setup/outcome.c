/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/outcome.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checks/check.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/target.h"

static const char *const words[] = {
	[OUTCOME_DONE] = "done",
	[OUTCOME_ALREADY] = "already",
	[OUTCOME_PENDING] = "pending",
	[OUTCOME_FAILED] = "failed",
	[OUTCOME_WOULD] = "would",
};
_Static_assert(ARRAY_SIZE(words) == OUTCOME_STATE_COUNT, "every state has its word");

const char *outcome_word(enum outcome_state state)
{
	return words[state];
}

static void outcome_done(struct outcome *o)
{
	free(o->path);
	free(o->words);
	free(o->hint);
}

bool outcomes_forget_again(struct outcomes *all)
{
	size_t kept = 0, before = all->count;

	for (size_t i = 0; i < before; i++)
		if (all->changes[i].again)
			outcome_done(&all->changes[i]);
		else
			all->changes[kept++] = all->changes[i];
	all->count = kept;
	return kept < before;
}

void outcomes_done(struct outcomes *all)
{
	for (size_t i = 0; i < all->count; i++)
		outcome_done(&all->changes[i]);
	for (size_t i = 0; i < all->difference_count; i++) {
		free(all->differences[i].path);
		free(all->differences[i].before);
		free(all->differences[i].after);
	}
	for (size_t i = 0; i < all->judged_count; i++) {
		free(all->judged[i].verdicts);
		free(all->judged[i].wanted);
	}
	free(all->changes);
	free(all->differences);
	free(all->judged);
	text_done(&all->configuration);
	*all = (struct outcomes){ 0 };
}

static const char *path_of(const struct entry *entry)
{
	if (*entry->path)
		return entry->path;
	for (size_t i = 0; i < entry->effect_count; i++)
		if (entry->effects[i].what != EFFECT_DIRECTORY)
			return entry->effects[i].path;
	return "";
}

struct outcome *outcome_add(
	struct outcomes *all, const struct entry *entry, enum outcome_state state)
{
	struct outcome *grown = reallocarray(all->changes, all->count + 1, sizeof(*grown));
	struct outcome *o;

	if (!grown)
		return NULL;
	all->changes = grown;
	o = &grown[all->count];
	*o = (struct outcome){ .kind = kind_of(entry->kind)->word,
		.state = state,
		.needs = entry->needs,
		.path = strdup(path_of(entry)),
		.words = strdup(entry->words),
		.hint = strdup(entry->hint) };
	(void)text_copy(o->check, sizeof(o->check), entry->check);
	if (!o->path || !o->words || !o->hint) {
		outcome_done(o);
		return NULL;
	}
	all->count++;
	return o;
}

static int add_difference(
	struct outcomes *all, const char *path, const char *before, const char *after)
{
	struct difference *grown =
		reallocarray(all->differences, all->difference_count + 1, sizeof(*grown));
	struct difference *d;

	if (!grown)
		return -ENOMEM;
	all->differences = grown;
	d = &grown[all->difference_count++];
	*d = (struct difference){ .path = strdup(path),
		.before = before ? strdup(before) : NULL,
		.after = after ? strdup(after) : NULL };
	return d->path && (d->after || !after) && (d->before || !before) ? 0 : -ENOMEM;
}

/* Hashes of passwords are nobody's business, not even in a context line. */
static bool is_secret(const char *path)
{
	return strcmp(path, "/etc/shadow") == 0 || strcmp(path, "/etc/gshadow") == 0;
}

static int add_line(struct outcomes *all, const struct effect *e, struct target *t)
{
	_cleanup_text_ struct text now = { 0 }, after = { 0 };
	int r = target_read(t, e->path, &now, NULL);

	if (is_secret(e->path))
		return 0;
	text_add(&after, text_get(&now));
	if (now.length && now.data[now.length - 1] != '\n')
		text_add(&after, "\n");
	text_addf(&after, "%s\n", e->after);
	return add_difference(all, e->path, r < 0 ? NULL : text_get(&now), text_get(&after));
}

int outcome_add_differences(struct outcomes *all, const struct entry *entry, struct target *t)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < entry->effect_count; i++) {
		const struct effect *e = &entry->effects[i];

		if (e->what == EFFECT_FILE && e->after)
			r = add_difference(all, e->path, e->before, e->after);
		else if (e->what == EFFECT_LINE)
			r = add_line(all, e, t);
	}
	return r;
}

static int add_restored(
	struct outcomes *all, const struct effect *e, struct target *t, struct error *why)
{
	_cleanup_text_ struct text now = { 0 }, then = { 0 };
	bool removed;
	int r = entry_restore(e, t, &now, &then, &removed, why);

	if (r == RESTORE_CONTENT && !is_secret(e->path) &&
		add_difference(all, e->path, text_get(&now), removed ? NULL : text_get(&then)) < 0)
		return -ENOMEM;
	return r;
}

int outcome_add_restored(
	struct outcomes *all, const struct entry *entry, struct target *t, struct error *why)
{
	size_t kept = 0;

	for (size_t i = entry->effect_count; i-- > 0;) {
		struct error here = { 0 };
		int r = add_restored(all, &entry->effects[i], t, &here);

		if (r < 0 || (r == RESTORE_LEFT && kept == 0))
			*why = here;
		if (r < 0)
			return r;
		kept += r == RESTORE_LEFT;
	}
	return kept == 0 ? UNDO_ALL : kept == entry->effect_count ? UNDO_LEFT : UNDO_PARTLY;
}

int outcome_add_judged(
	struct outcomes *all, const char *user, struct verdict *verdicts, bool *wanted)
{
	struct judged *grown = reallocarray(all->judged, all->judged_count + 1, sizeof(*grown));
	struct judged *j;

	if (!grown)
		return -ENOMEM;
	all->judged = grown;
	j = &grown[all->judged_count++];
	*j = (struct judged){ .verdicts = verdicts, .wanted = wanted };
	(void)text_copy(j->user, sizeof(j->user), user);
	return 0;
}

int outcomes_take_differences(struct outcomes *to, struct outcomes *from)
{
	struct difference *grown = reallocarray(
		to->differences, to->difference_count + from->difference_count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	to->differences = grown;
	for (size_t i = 0; i < from->difference_count; i++)
		grown[to->difference_count++] = from->differences[i];
	from->difference_count = 0;
	return 0;
}

int outcomes_take(struct outcomes *to, struct outcomes *from)
{
	struct outcome *grown =
		reallocarray(to->changes, to->count + from->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	to->changes = grown;
	for (size_t i = 0; i < from->count; i++)
		grown[to->count++] = from->changes[i];
	from->count = 0;
	return outcomes_take_differences(to, from);
}

size_t outcome_count(const struct outcomes *all, enum outcome_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < all->count; i++)
		n += all->changes[i].state == state;
	return n;
}

bool outcome_needs(const struct outcomes *all, unsigned what)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->changes[i].needs & what && (all->changes[i].state == OUTCOME_PENDING ||
							    all->changes[i].state == OUTCOME_WOULD))
			return true;
	return false;
}

bool outcome_is_pending(const struct outcomes *all, const char *check)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->changes[i].state == OUTCOME_PENDING &&
			strcmp(all->changes[i].check, check) == 0)
			return true;
	return false;
}
