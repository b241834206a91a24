/* SPDX-License-Identifier: Apache-2.0 */
/* Packages: which one is missing is said, installing it is the admin's. */
#include <errno.h>

#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/target.h"

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "install the package '%s'", c->name);
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	(void)t;
	(void)entry;
	return error_say(err, -EOPNOTSUPP,
		"rpod-setup installs no packages; install '%s', then run "
		"this again",
		c->name);
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	return look(t, c, entry, err);
}

const struct kind kind_package = {
	.word = "package",
	.words = words,
	.look = look,
	.apply = apply,
};
