/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/undo.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/out.h"
#include "setup/apply.h"
#include "setup/args.h"
#include "setup/entry.h"
#include "setup/journal.h"
#include "setup/kind.h"
#include "setup/outcome.h"
#include "setup/target.h"

/* The newest run that can be taken back, and how many there are before it. A damaged journal is in
 * the way of those before it: what it knows may stand on theirs. */
static int load_newest(
	struct target *t, struct journal *ret, size_t *ret_earlier, struct error *err)
{
	_cleanup_text_list_ struct text_list runs = { 0 };
	int r = journal_list(t, &runs, err);
	size_t open = 0;

	for (size_t i = runs.count; r >= 0 && i-- > 0;) {
		_cleanup_journal_ struct journal journal = { 0 };
		struct error why = { 0 };

		r = journal_load(t, runs.items[i], &journal, &why);
		if (r < 0 && open == 0)
			return error_say(
				err, r, "%.880s; to take back another run, name it", why.text);
		if (r < 0) {
			r = 0;
			continue;
		}
		if (!journal_is_open(&journal) || open++ > 0)
			continue;
		*ret = journal;
		journal = (struct journal){ 0 };
	}
	if (r < 0)
		return r;
	*ret_earlier = open ? open - 1 : 0;
	return open ? 0 : error_say(err, -ENOENT, "there is no run to take back");
}

/* What was left is tried again for who names the run: what was in its way may be gone. */
static bool is_open(const struct entry *entry, bool named)
{
	return entry->state == ENTRY_DONE || entry->state == ENTRY_BEGUN ||
	       (named && entry->state == ENTRY_LEFT);
}

/* A tree's run had no systemd to tell; the host that booted from it has. */
static bool is_unit(const struct entry *entry)
{
	return entry->kind == CHANGE_FILE && text_starts(entry->path, "/etc/systemd/");
}

static int keep(struct outcomes *all, const struct entry *entry, enum outcome_state state,
	const struct error *why, struct error *err)
{
	struct outcome *o = outcome_add(all, entry, state);

	if (!o)
		return error_set(err, -ENOMEM, "cannot keep what was done");
	o->needs = 0;
	if (why && state == OUTCOME_FAILED) {
		o->exit_status = why->exit_status;
		(void)text_copy(o->error, sizeof(o->error), why->text);
	}
	if (why && state != OUTCOME_FAILED)
		(void)text_copy(o->note, sizeof(o->note), why->text);
	return 0;
}

static bool touches(const struct entry *later, const struct entry *entry)
{
	for (size_t i = 0; is_open(later, false) && i < later->effect_count; i++)
		for (size_t own = 0; own < entry->effect_count; own++)
			if (entry->effects[own].what != EFFECT_DIRECTORY &&
				strcmp(later->effects[i].path, entry->effects[own].path) == 0)
				return true;
	return false;
}

/* Which later run has changed the same? For people: a journal that cannot be read names none. */
static void say_later_run(
	struct target *t, const char *run, const struct entry *entry, struct error *why)
{
	_cleanup_text_list_ struct text_list runs = { 0 };
	bool found = false;

	if (journal_list(t, &runs, NULL) < 0)
		return;
	for (size_t i = runs.count; !found && i-- > 0 && strcmp(runs.items[i], run) > 0;) {
		_cleanup_journal_ struct journal journal = { 0 };
		struct error was = *why;

		if (journal_load(t, runs.items[i], &journal, NULL) < 0)
			continue;
		for (size_t n = 0; !found && n < journal.count; n++)
			found = touches(&journal.entries[n], entry);
		if (found)
			(void)error_say(why, was.code,
				"%.600s; the later run %s changed it too, take that back first",
				was.text, journal.run);
	}
}

static int undo_one(struct target *t, struct journal *journal, struct entry *entry,
	struct outcomes *ret, struct error *err)
{
	const struct kind *kind = kind_of(entry->kind);
	struct error why = { 0 };
	int r = kind->undo ? kind->undo(t, entry, &why) : entry_undo_effects(entry, t, &why);

	if (r < 0)
		return keep(ret, entry, OUTCOME_FAILED, &why, err);
	if (r != UNDO_ALL)
		say_later_run(t, journal->run, entry, &why);
	entry->state = r == UNDO_LEFT ? ENTRY_LEFT : ENTRY_UNDONE;
	if (journal_save(journal, err) < 0)
		return err->code;
	return keep(ret, entry, r == UNDO_LEFT ? OUTCOME_ALREADY : OUTCOME_DONE,
		r == UNDO_ALL ? NULL : &why, err);
}

/* --dry-run: what would be taken back, and what would stay because it is not ours any more. */
static int show_one(struct target *t, const char *run, const struct entry *entry,
	struct outcomes *ret, struct error *err)
{
	struct error why = { 0 };
	int r = outcome_add_restored(ret, entry, t, &why);

	if (r == -ENOMEM)
		return error_set(err, r, "cannot keep what was done");
	if (r < 0)
		return keep(ret, entry, OUTCOME_FAILED, &why, err);
	if (r != UNDO_ALL)
		say_later_run(t, run, entry, &why);
	return keep(ret, entry, r == UNDO_LEFT ? OUTCOME_ALREADY : OUTCOME_WOULD,
		r == UNDO_ALL ? NULL : &why, err);
}

/* Each kind that was touched, once. */
static int settle(struct target *t, const bool touched[], struct error *err)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < CHANGE_KIND_COUNT; i++)
		if (touched[i] && kind_of((enum change_kind)i)->settle)
			r = kind_of((enum change_kind)i)->settle(t, err);
	return r;
}

int undo_run(struct target *t, const struct args *args, const char *run, struct outcomes *ret,
	struct error *err)
{
	_cleanup_journal_ struct journal journal = { 0 };
	bool touched[CHANGE_KIND_COUNT] = { false };
	int r = run ? journal_load(t, run, &journal, err)
		    : load_newest(t, &journal, &ret->earlier, err);

	/* what could not be noted would be taken back twice */
	if (r >= 0 && !args->dry_run)
		r = apply_can_write(t, t->state, err);
	for (size_t i = journal.count; r >= 0 && i-- > 0;) {
		struct entry *entry = &journal.entries[i];

		if (!is_open(entry, run != NULL))
			continue;
		(void)text_copy(ret->run, sizeof(ret->run), journal.run);
		if (args->dry_run) {
			r = show_one(t, journal.run, entry, ret, err);
			continue;
		}
		touched[entry->kind] = true;
		touched[CHANGE_RELOAD] |= is_unit(entry);
		r = undo_one(t, &journal, entry, ret, err);
	}
	return r < 0 || args->dry_run ? r : settle(t, touched, err);
}

static const char *state_of(const struct journal *journal)
{
	size_t begun = 0, taken = 0;

	for (size_t i = 0; i < journal->count; i++) {
		begun += journal->entries[i].state == ENTRY_BEGUN;
		taken += journal->entries[i].state == ENTRY_UNDONE ||
			 journal->entries[i].state == ENTRY_LEFT;
	}
	if (taken == journal->count)
		return "undone";
	return begun ? "incomplete" : "done";
}

static void history_one(const struct journal *journal, const struct out *out, struct json *array)
{
	struct json *object;

	if (!array) {
		out_print(out, OUT_BOLD, "%s", journal->run);
		out_print(out, OUT_PLAIN, "  %s  %-10s  %2zu change%s  %s\n", journal->time,
			state_of(journal), journal->count, journal->count == 1 ? " " : "s",
			journal->command);
		return;
	}
	object = json_new_object();
	json_set_text(object, "run", journal->run);
	json_set_text(object, "time", journal->time);
	json_set_text(object, "command", journal->command);
	json_set_text(object, "state", state_of(journal));
	json_set_number(object, "changes", (int64_t)journal->count);
	json_add(array, object);
}

static void history_damaged(
	const char *run, const char *why, const struct out *out, struct json *array)
{
	struct json *object;

	if (!array) {
		out_print(out, OUT_BOLD, "%s", run);
		out_print(out, OUT_RED, "  damaged");
		out_print(out, OUT_PLAIN, ": %s\n", why);
		return;
	}
	object = json_new_object();
	json_set_text(object, "run", run);
	json_set_text(object, "state", "damaged");
	json_set_text(object, "error", why);
	json_add(array, object);
}

int undo_history(struct target *t, const struct out *out, struct json *ret, struct error *err)
{
	_cleanup_text_list_ struct text_list runs = { 0 };
	struct json *array = ret ? json_new_array() : NULL;
	int r = journal_list(t, &runs, err), damaged = 0;

	for (size_t i = runs.count; r >= 0 && i-- > 0;) {
		_cleanup_journal_ struct journal journal = { 0 };
		struct error why = { 0 };

		if (journal_load(t, runs.items[i], &journal, &why) >= 0) {
			history_one(&journal, out, array);
			continue;
		}
		history_damaged(runs.items[i], why.text, out, array);
		damaged++;
	}
	if (ret)
		json_set(ret, "runs", array);
	else if (r >= 0 && runs.count == 0)
		out_print(out, OUT_PLAIN, "no run has changed this host\n");
	return r < 0 ? r : damaged;
}
