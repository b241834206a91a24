/* SPDX-License-Identifier: Apache-2.0 */
/* Loading an AppArmor profile now; the profile is a change of its own (a file). */
#include <errno.h>
#include <unistd.h>

#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/target.h"
#include "setup/tool.h"

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "load the AppArmor profile '%s'", c->path);
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	(void)entry;
	if (!t->live || access("/sys/kernel/security/apparmor", F_OK) < 0)
		return LOOK_NONE;
	if (!tool_is_here("apparmor_parser"))
		return error_say(err, -EOPNOTSUPP,
			"cannot load '%s': no apparmor_parser on this host; "
			"install apparmor",
			c->path);
	return LOOK_TODO;
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	const char *const argv[] = { "apparmor_parser", "-r", "--", c->path, NULL };

	(void)t;
	(void)entry;
	return tool_run(TOOL_SECONDS, err, argv);
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	const char *const argv[] = { "apparmor_parser", "-R", "--", entry->path, NULL };

	return t->live ? tool_run(TOOL_SECONDS, err, argv) : 0;
}

const struct kind kind_apparmor = {
	.word = "apparmor",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
