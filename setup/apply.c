/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/apply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checks/plan.h"
#include "setup/args.h"
#include "setup/entry.h"
#include "setup/journal.h"
#include "setup/kind.h"
#include "setup/outcome.h"
#include "setup/target.h"

/* The entry of a change and what there is to do about it. */
static int look(
	struct applier *a, const struct change *change, struct entry *entry, struct error *err)
{
	const struct kind *kind = kind_of(change->kind);
	_cleanup_text_ struct text words = { 0 };
	int r = entry_of(change, entry);

	if (r < 0)
		return error_set(err, r, "cannot keep a record of the change");
	kind->words(change, &words);
	if (change->cost)
		text_addf(&words, "; the cost: %s", change->cost);
	r = entry_note(&entry->words, "%s", text_get(&words));
	return r < 0 ? error_set(err, r, "cannot keep a record of the change")
		     : kind->look(a->target, change, entry, err);
}

static int no_memory(struct error *err)
{
	return error_set(err, -ENOMEM, "cannot keep what was done");
}

static int add(struct applier *a, const struct entry *entry, enum outcome_state state,
	const struct error *why, struct error *err)
{
	struct outcome *o = outcome_add(a->outcomes, entry, state);

	if (!o)
		return no_memory(err);
	if (why) {
		o->cannot = why->code == -EOPNOTSUPP;
		o->again = why->code == -EAGAIN;
		o->exit_status = why->exit_status;
		(void)text_copy(o->error, sizeof(o->error), why->text);
	}
	return 0;
}

int apply_can_write(struct target *t, const char *path, struct error *err)
{
	if (target_writable(t, path) != -EROFS)
		return 0;
	(void)error_say(err, -EROFS,
		"cannot write '%s': its file system is read-only; make it "
		"writable, or prepare the image this host is made from",
		path);
	return error_exit(err, EXIT_CANNOT_PREPARE);
}

/* Tools of others write where no effect of ours says. */
static const char *const written_by_tools[CHANGE_KIND_COUNT] = {
	[CHANGE_USER] = "/etc/passwd",
	[CHANGE_SUBID] = "/etc/subuid",
};

static int check_writable(struct applier *a, const struct entry *entry, struct error *err)
{
	const char *tool = written_by_tools[entry->kind];
	int r = apply_can_write(a->target, a->target->state, err);

	if (r >= 0 && tool)
		r = apply_can_write(a->target, tool, err);
	for (size_t i = 0; r >= 0 && i < entry->effect_count; i++)
		r = apply_can_write(a->target, entry->effects[i].path, err);
	return r;
}

static int show_one(struct applier *a, const struct change *change, struct error *err)
{
	_cleanup_entry_ struct entry entry = { 0 };
	struct error why = { 0 };
	int r = look(a, change, &entry, &why);

	if (r == -ENOMEM)
		return no_memory(err);
	/* belongs to a user who is still to be made: what is in its way is told when he is there */
	if (r == -ENOENT && !(a->kinds & 1u << CHANGE_USER_FILE))
		return add(a, &entry, OUTCOME_WOULD, NULL, err);
	if (r < 0)
		return add(a, &entry, OUTCOME_FAILED, &why, err);
	if (r == LOOK_NONE)
		return 0;
	if (r != LOOK_TODO)
		return add(
			a, &entry, r == LOOK_DONE ? OUTCOME_ALREADY : OUTCOME_PENDING, NULL, err);
	r = check_writable(a, &entry, err);
	if (r >= 0)
		r = add(a, &entry, OUTCOME_WOULD, NULL, err);
	if (r >= 0 && outcome_add_differences(a->outcomes, &entry, a->target) < 0)
		return no_memory(err);
	return r;
}

static bool is_of_round(const struct applier *a, const struct change *change)
{
	return a->kinds & 1u << change->kind;
}

/* What a later round could not write is no reason to begin with this one. */
static int check_later(struct applier *a, const struct change *change, struct error *err)
{
	_cleanup_entry_ struct entry entry = { 0 };
	struct error why = { 0 };

	return look(a, change, &entry, &why) == LOOK_TODO ? check_writable(a, &entry, err) : 0;
}

int apply_show(struct applier *a, const struct plan *plan, struct error *err)
{
	int r = plan->failed ? no_memory(err) : 0;

	for (size_t i = 0; r >= 0 && i < plan->count; i++)
		r = is_of_round(a, &plan->changes[i]) || a->args->dry_run
			    ? show_one(a, &plan->changes[i], err)
			    : check_later(a, &plan->changes[i], err);
	return r;
}

/* journal, apply, journal: see kind.h */
static int make(
	struct applier *a, const struct change *change, struct entry *entry, struct error *err)
{
	struct error why = { 0 };
	struct entry *own;
	int r = 0;

	if (!*a->journal->run && journal_new(a->target, a->args->command, a->journal) < 0)
		return no_memory(err);
	r = journal_begin(a->journal, entry, err);
	if (r < 0)
		return r;
	(void)text_copy(a->outcomes->run, sizeof(a->outcomes->run), a->journal->run);
	own = &a->journal->entries[a->journal->count - 1];
	r = kind_of(change->kind)->apply(a->target, change, own, &why);
	if (r < 0) {
		/* it may have noted what it had made by then; why it failed is the better error */
		(void)!journal_save(a->journal, NULL);
		return add(a, own, OUTCOME_FAILED, &why, err);
	}
	own->state = ENTRY_DONE;
	r = journal_save(a->journal, err);
	return r < 0 ? r : add(a, own, own->needs ? OUTCOME_PENDING : OUTCOME_DONE, NULL, err);
}

static int apply_one(struct applier *a, const struct change *change, struct error *err)
{
	_cleanup_entry_ struct entry entry = { 0 };
	struct error why = { 0 };
	int r = look(a, change, &entry, &why);

	if (r == -ENOMEM)
		return no_memory(err);
	if (r < 0)
		return add(a, &entry, OUTCOME_FAILED, &why, err);
	if (r == LOOK_NONE)
		return 0;
	if (r != LOOK_TODO)
		return add(
			a, &entry, r == LOOK_DONE ? OUTCOME_ALREADY : OUTCOME_PENDING, NULL, err);
	return make(a, change, &entry, err);
}

int apply_plan(struct applier *a, const struct plan *plan, struct error *err)
{
	int r = plan->failed ? no_memory(err) : 0;

	for (size_t i = 0; r >= 0 && i < plan->count; i++)
		if (is_of_round(a, &plan->changes[i]))
			r = apply_one(a, &plan->changes[i], err);
	return r;
}
