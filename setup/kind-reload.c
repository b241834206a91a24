/* SPDX-License-Identifier: Apache-2.0 */
/* systemd reads its units again: after drop-ins were written, and after undo took them away. */
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/systemd.h"
#include "setup/target.h"

static void words(const struct change *c, struct text *ret)
{
	(void)c;
	text_add(ret, "have systemd read its units again");
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	(void)c;
	(void)entry;
	(void)err;
	return t->systemd ? LOOK_TODO : LOOK_NONE;
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	(void)t;
	(void)c;
	(void)entry;
	return systemd_reload(err);
}

/* Undo goes backwards, the files come after this: they are to be read when all of it is done. */
static int settle(struct target *t, struct error *err)
{
	return t->systemd ? systemd_reload(err) : 0;
}

const struct kind kind_reload = {
	.word = "reload",
	.words = words,
	.look = look,
	.apply = apply,
	.settle = settle,
};
