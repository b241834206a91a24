/* SPDX-License-Identifier: Apache-2.0 */
/* An argument of the kernel command line: effective after the next boot, never before. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "setup/bootloader.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/target.h"
#include "setup/waiting.h"

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "boot the kernel with '%s'", c->name);
}

static int cannot(enum boot_stack stack, const struct change *c, struct error *err)
{
	char advice[256];

	boot_advice(stack, c->name, advice, sizeof(advice));
	if (stack == BOOT_UNKNOWN)
		return error_say(err, -EOPNOTSUPP,
			"no boot loader that rpod-setup knows is here; boot this machine with "
			"'%s' yourself",
			c->name);
	return error_say(err, -EOPNOTSUPP, "cannot be done from in here; %s", advice);
}

/* The tools keep it: they are asked, and the journal, for what no file of this host shows. */
static int look_for_tool(struct target *t, const struct bootloader *loader, const struct change *c)
{
	_cleanup_text_ struct text kept = { 0 }, after = { 0 };

	if (loader->shown_by && target_read(t, loader->shown_by, &kept, NULL) == 0 &&
		loader->edit(text_get(&kept), c->name, &after) == 1)
		return LOOK_PENDING;
	if (bootloader_has(t, loader, c->name) || waiting_is(t, CHANGE_KERNEL_ARG, c->name))
		return LOOK_PENDING;
	return LOOK_TODO;
}

static int read_now(
	struct target *t, const struct bootloader *loader, struct text *ret, struct error *err)
{
	int r = target_read(t, loader->path, ret, NULL);

	if (r == -ENOENT)
		return loader->begin ? loader->begin(t, ret, err) : 0;
	return r < 0 ? error_set(err, r, "cannot read '%s'", loader->path) : 0;
}

static int look_in_file(struct target *t, const struct bootloader *loader, const struct change *c,
	struct entry *entry, struct error *err)
{
	_cleanup_text_ struct text now = { 0 }, after = { 0 };
	int r = read_now(t, loader, &now, err);

	if (r < 0)
		return r;
	r = loader->edit(text_get(&now), c->name, &after);
	if (r < 0)
		return error_say(err, -EOPNOTSUPP,
			"'%s' is not such a file as the boot loader reads; boot with '%s' yourself",
			loader->path, c->name);
	if (r == 1 && target_stat(t, loader->path, &(struct stat){ 0 }) == 0)
		return t->live ? LOOK_PENDING : LOOK_DONE;
	r = text_failed(&after)
		    ? -ENOMEM
		    : entry_add_file(entry, t, loader->path, text_get(&after), after.length);
	return r < 0 ? error_set(err, r, "cannot read '%s'", loader->path) : LOOK_TODO;
}

/* A tree boots with what is written there, and where something was made of that, with this. */
static int note_needs(struct target *t, const struct bootloader *loader, struct entry *entry)
{
	_cleanup_text_ struct text command = { 0 };
	struct stat st;

	entry->needs = t->live ? NEEDS_REBOOT : 0;
	if (t->live || !loader->made || target_stat(t, loader->made, &st) < 0)
		return 0;
	entry->needs = NEEDS_HINT;
	for (size_t i = 0; loader->tell[i]; i++)
		text_addf(&command, "%s%s", i ? " " : "", loader->tell[i]);
	return entry_note(&entry->hint, "%s", text_get(&command));
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	enum boot_stack stack = bootloader_stack(t);
	const struct bootloader *loader = bootloader_of(stack);
	char advice[256];

	if (!loader)
		return cannot(stack, c, err);
	if (waiting_note(entry, boot_stack_word(stack)) < 0 || note_needs(t, loader, entry) < 0)
		return error_set(err, -ENOMEM, "cannot keep a record of the change");
	if (loader->path)
		return look_in_file(t, loader, c, entry, err);
	boot_advice(stack, c->name, advice, sizeof(advice));
	if (!t->live)
		return error_say(err, -EOPNOTSUPP,
			"no program is run in a tree; on the host itself: %s", advice);
	return look_for_tool(t, loader, c);
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	const struct bootloader *loader = bootloader_of(bootloader_stack(t));
	int r;

	if (!loader->path)
		return bootloader_add(t, loader, c->name, err);
	r = entry_write_files(entry, t, 0644, err);
	if (r >= 0)
		r = bootloader_tell(t, loader, err);
	/* a file the loader has not heard of would look like the work done */
	if (r < 0)
		(void)!entry_undo_effects(entry, t, NULL);
	return r;
}

/* The way it was made, not the one that would be taken now. */
static const struct bootloader *made_by(struct target *t, const struct entry *entry)
{
	char word[32];
	int stack;

	waiting_word(entry, word, sizeof(word));
	stack = boot_stack_find(word);
	return bootloader_of(stack < 0 ? bootloader_stack(t) : (enum boot_stack)stack);
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	const struct bootloader *loader = made_by(t, entry);
	int r, told;

	if (!loader)
		return entry_undo_effects(entry, t, err);
	if (!loader->path && !loader->remove) {
		(void)error_say(err, -EOPNOTSUPP,
			"'%s' stays: this host's tools cannot take an argument away", entry->name);
		return UNDO_LEFT;
	}
	if (!loader->path)
		return bootloader_remove(t, loader, entry->name, err);
	r = entry_undo_effects(entry, t, err);
	if (r < 0 || r == UNDO_LEFT)
		return r;
	told = bootloader_tell(t, loader, err);
	return told < 0 ? told : r;
}

const struct kind kind_kernel_arg = {
	.word = "kernel-arg",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
