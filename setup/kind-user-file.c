/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file in a user's home. The home is his: what is a directory now may be a link a moment later,
 * so nothing is written there with root's rights. A child becomes the user, no component of the way
 * below the home may be a link, and what is read there as root must be the user's own (target.h,
 * "strict"). What stands in the way is told before that is tried.
 */
#include <errno.h>
#include <string.h>

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

static struct target strictly(const struct target *t, const struct account *who)
{
	struct target strict = *t;

	strict.strict = true;
	strict.strict_from = strlen(who->home);
	strict.owner = who->uid;
	return strict;
}

static int say_in_the_way(const char *path, const struct stat *st, const struct account *who,
	bool last, struct error *err)
{
	if (S_ISLNK(st->st_mode))
		return error_say(err, -ELOOP,
			"'%s' is a symbolic link; rpod-setup follows none in a home", path);
	if (last ? !S_ISREG(st->st_mode) : !S_ISDIR(st->st_mode))
		return error_say(err, -EINVAL, "'%s' is no %s; move it away", path,
			last ? "plain file" : "directory");
	if (st->st_uid != who->uid)
		return error_say(err, -EPERM, "'%s' belongs to user id %u; run 'chown %s: %s'",
			path, (unsigned)st->st_uid, who->name, path);
	return 0;
}

/* Every component from the home on, from the top. */
static int check_way(
	struct target *strict, const struct account *who, const char *path, struct error *err)
{
	size_t n = strlen(who->home);
	char part[PATH_MAX];
	struct stat st;
	int r = 0;

	if (strncmp(path, who->home, n) != 0 || path[n] != '/')
		return error_say(err, -EPERM, "'%s' is not in the home '%s'", path, who->home);
	while (r >= 0 && path[n]) {
		n += 1 + strcspn(path + n + 1, "/");
		(void)snprintf(part, sizeof(part), "%.*s", (int)n, path);
		r = target_stat(strict, part, &st);
		if (r == -ENOENT)
			return 0;
		r = r < 0 ? error_set(err, r, "cannot look at '%s'", part)
			  : say_in_the_way(part, &st, who, !path[n], err);
	}
	return r;
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	struct account who = { .uid = (uid_t)-1 };
	struct error nobody = { 0 };
	struct target strict;
	int r = account_find(t, c->name, &who, &nobody);

	if (r < 0 && r != -ENOENT) {
		*err = nobody;
		return r;
	}
	strict = strictly(t, &who);
	r = r == -ENOENT ? 0 : check_way(&strict, &who, c->path, err);
	if (r < 0)
		return r;
	r = entry_add_file(entry, &strict, c->path, c->text, strlen(c->text));
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
	struct job job = { .entry = entry, .mode = c->mode ? c->mode : 0600 };
	struct account who;
	int r = account_find(t, c->name, &who, err);

	if (r < 0)
		return r;
	job.strict = strictly(t, &who);
	return account_run(&who, t->live, write_it, &job, err);
}

static int undo_it(void *arg, struct error *err)
{
	struct job *job = arg;

	return entry_undo_effects(job->entry, &job->strict, err);
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	struct job job = { .entry = entry };
	struct account who;
	int r = account_find(t, entry->name, &who, err);

	if (r == -ENOENT) /* the file went with its user, or is nobody's */
		return 0;
	if (r < 0)
		return r;
	job.strict = strictly(t, &who);
	return account_run(&who, t->live, undo_it, &job, err);
}

const struct kind kind_user_file = {
	.word = "user-file",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
