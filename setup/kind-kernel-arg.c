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

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "boot the kernel with '%s'", c->name);
}

/* grubby and rpm-ostree keep entries of their own; what they printed is asked, not parsed. */
static int look_for_tool(struct target *t, const struct change *c, struct entry *entry)
{
	_cleanup_text_ struct text kept = { 0 };

	/* both write it there too, and asking them takes seconds */
	if (target_read(t, "/etc/kernel/cmdline", &kept, NULL) == 0 &&
		text_has_word(text_get(&kept), c->name))
		return LOOK_PENDING;
	return entry_note(&entry->live, "tool") < 0 ? -ENOMEM : LOOK_TODO;
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	const struct bootloader *loader = bootloader_find(t);
	_cleanup_text_ struct text now = { 0 }, after = { 0 };
	int r;

	entry->needs = NEEDS_REBOOT;
	if (!loader)
		return error_say(err, -EOPNOTSUPP,
			"no boot loader that rpod-setup knows is here; boot "
			"this machine with '%s' yourself",
			c->name);
	if (!loader->path)
		return look_for_tool(t, c, entry);
	r = target_read(t, loader->path, &now, NULL);
	if (r < 0 && r != -ENOENT)
		return error_set(err, r, "cannot read '%s'", loader->path);
	if (loader->edit(text_get(&now), c->name, &after) == 1)
		return LOOK_PENDING;
	r = text_failed(&after)
		    ? -ENOMEM
		    : entry_add_file(entry, t, loader->path, text_get(&after), after.length);
	return r < 0 ? error_set(err, r, "cannot read '%s'", loader->path) : LOOK_TODO;
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	const struct bootloader *loader = bootloader_find(t);
	int r = 0;

	if (loader->path)
		r = entry_write_files(entry, t, 0644, err);
	if (r >= 0)
		r = bootloader_run(t, loader->path ? loader->tell : loader->add, c->name, err);
	/* a file the loader has not heard of would look like the work done */
	if (r < 0 && loader->path)
		(void)!entry_undo_effects(entry, t, NULL);
	return r;
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	const struct bootloader *loader = bootloader_find(t);
	int r, told;

	if (!loader)
		return entry_undo_effects(entry, t, err);
	if (!loader->path)
		return bootloader_run(t, loader->remove, entry->name, err);
	r = entry_undo_effects(entry, t, err);
	if (r < 0 || r == UNDO_LEFT)
		return r;
	told = bootloader_run(t, loader->tell, entry->name, err);
	return told < 0 ? told : r;
}

const struct kind kind_kernel_arg = {
	.word = "kernel-arg",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
