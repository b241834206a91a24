/* SPDX-License-Identifier: Apache-2.0 */
/* A whole file of our own: a drop-in where the host has a place for drop-ins. */
#include <errno.h>

#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/target.h"

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "write '%s'", c->path);
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	int r = entry_add_file(entry, t, c->path, c->text, strlen(c->text));

	if (r == -ELOOP)
		return error_say(err, r,
			"'%s' is a symbolic link; replace it, or skip this step with "
			"'--skip %s'",
			c->path, c->check);
	if (r < 0)
		return error_set(err, r, "cannot read '%s'", c->path);
	return r == 1 ? LOOK_DONE : LOOK_TODO;
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	return entry_write_files(entry, t, c->mode ? c->mode : 0644, err);
}

const struct kind kind_file = {
	.word = "file",
	.words = words,
	.look = look,
	.apply = apply,
};
