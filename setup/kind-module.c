/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading a kernel module now; its line in modules-load.d is a change of its own (a file). By
 * modprobe(8): it honours what modprobe.d(5) says of the module, and hosts without libkmod have it.
 */
#include <errno.h>
#include <string.h>

#include "host/kernel.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/target.h"
#include "setup/tool.h"

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "load the kernel module '%s' now", c->name);
}

static int find(const char *name)
{
	for (int i = 0; i < KERNEL_MODULE_COUNT; i++)
		if (strcmp(kernel_module_name((enum kernel_module)i), name) == 0)
			return i;
	return -ENOENT;
}

static int cannot(const char *name, const char *why, struct error *err)
{
	return error_say(err, -EOPNOTSUPP, "cannot load module '%s': %s", name, why);
}

static int look_at(
	const struct kernel *kernel, const struct change *c, struct entry *entry, struct error *err)
{
	int module = find(c->name);
	enum module_state state = module < 0 ? MODULE_UNKNOWN : kernel->modules[module];

	if (state == MODULE_LOADED || state == MODULE_BUILTIN)
		return LOOK_DONE;
	if (state == MODULE_ABSENT && c->number)
		return cannot(c->name, "this kernel has none; another module does its work", err);
	/* until the next boot; modules-load.d(5) is read before sysctl.d(5) there */
	if (kernel->modules_disabled.state == FACT_KNOWN && kernel->modules_disabled.value == 1) {
		entry->needs = NEEDS_REBOOT;
		return LOOK_PENDING;
	}
	if (!tool_is_here("modprobe"))
		return cannot(c->name,
			"this host has no modprobe; in a container, load it on the machine below",
			err);
	return LOOK_TODO;
}

/* The list does the work at its boot; what its kernel lacks is not listed, and said. */
static int look_in_tree(const struct kernel *kernel, const struct change *c, struct error *err)
{
	int module = find(c->name);

	if (module < 0 || kernel->modules[module] != MODULE_ABSENT || c->number)
		return LOOK_NONE;
	return cannot(c->name, "the kernel of this tree has none", err);
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	struct kernel kernel;

	if (!t->root)
		return LOOK_NONE;
	kernel_read(&kernel, t->root);
	if (!t->live)
		return look_in_tree(&kernel, c, err);
	return look_at(&kernel, c, entry, err);
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	const char *const argv[] = { "modprobe", "--", c->name, NULL };
	int r;

	(void)t;
	(void)entry;
	r = tool_run(TOOL_SECONDS, err, argv);
	if (r < 0 && strstr(err->text, "Operation not permitted"))
		return cannot(
			c->name, "this container may not; load it on the machine it runs on", err);
	return r < 0 ? error_prefix(err, "cannot load module '%s'", c->name) : 0;
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	const char *const argv[] = { "modprobe", "-r", "--", entry->name, NULL };
	struct error why = { 0 };

	if (!t->live || tool_run(TOOL_SECONDS, &why, argv) == 0)
		return 0;
	(void)error_say(err, -EBUSY, "left module '%s' loaded: %.800s", entry->name, why.text);
	return 1;
}

const struct kind kind_module = {
	.word = "module",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
