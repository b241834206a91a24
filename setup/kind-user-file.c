/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file in a user's home. The home is his: what is a directory now may be a link a moment later,
 * so nothing is written there with root's rights. A child becomes the user, and no component of
 * the way may be a link (target.h, "strict").
 */
#include <errno.h>

#include "setup/account.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/target.h"

struct job {
	struct target strict;
	struct entry *entry;
	mode_t mode;
};

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "write '%s' as '%s'", c->path, c->name);
}

static struct target strictly(const struct target *t)
{
	struct target strict = *t;

	strict.strict = true;
	return strict;
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	struct target strict = strictly(t);
	int r = entry_add_file(entry, &strict, c->path, c->text, strlen(c->text));

	if (r == -ELOOP)
		return error_say(err, r,
			"'%s' is, or leads through, a symbolic link; rpod-setup "
			"follows none in a home",
			c->path);
	if (r < 0)
		return error_set(err, r, "cannot read '%s'", c->path);
	return r == 1 ? LOOK_DONE : LOOK_TODO;
}

static int write_it(void *arg, struct error *err)
{
	struct job *job = arg;

	return entry_write_files(job->entry, &job->strict, job->mode, err);
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	struct job job = {
		.strict = strictly(t), .entry = entry, .mode = c->mode ? c->mode : 0600
	};
	struct account who;
	int r = account_find(t, c->name, &who, err);

	return r < 0 ? r : account_run(&who, t->live, write_it, &job, err);
}

static int undo_it(void *arg, struct error *err)
{
	struct job *job = arg;

	return entry_undo_effects(job->entry, &job->strict, err);
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	struct job job = { .strict = strictly(t), .entry = entry };
	struct account who;
	int r = account_find(t, entry->name, &who, err);

	if (r == -ENOENT) /* the file went with its user, or is nobody's */
		return 0;
	return r < 0 ? r : account_run(&who, t->live, undo_it, &job, err);
}

const struct kind kind_user_file = {
	.word = "user-file",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
