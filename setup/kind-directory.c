/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory outside the home that is a user's. It comes to its place with its owner, whole: a
 * directory of root's at that place was made by somebody else. The one it is put into must be
 * root's alone, or another could have put a link there between two of our steps.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "setup/account.h"
#include "setup/entry.h"
#include "setup/epoch.h"
#include "setup/kind.h"
#include "setup/target.h"

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "make the directory '%s' for '%s'", c->path, c->name);
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	struct account who = { 0 };
	struct stat st;
	int there = target_stat(t, c->path, &st);
	int r = account_find(t, c->name, &who, err);

	if (r < 0)
		return r;
	if (there < 0 && there != -ENOENT)
		return error_set(err, there, "cannot look at '%s'", c->path);
	if (there == 0 && !S_ISDIR(st.st_mode))
		return error_say(err, -ENOTDIR, "'%s' is there and is no directory", c->path);
	if (there == 0 && st.st_uid != who.uid)
		return error_say(err, -EPERM,
			"'%s' belongs to user id %u, not to '%s'; run 'chown %s: %s'", c->path,
			(unsigned)st.st_uid, c->name, c->name, c->path);
	if (there == 0)
		return LOOK_DONE;
	if (entry_add_parents(entry, t, c->path) < 0 ||
		entry_add(entry, EFFECT_DIRECTORY, c->path) < 0)
		return error_set(err, -ENOMEM, "cannot keep a record of '%s'", c->path);
	return LOOK_TODO;
}

static int make_parents(struct target *t, const char *path)
{
	char directory[PATH_MAX];
	char *slash;

	if (!text_copy(directory, sizeof(directory), path))
		return -ENAMETOOLONG;
	slash = strrchr(directory, '/');
	*slash = '\0';
	return slash == directory ? 0 : target_mkdirs(t, directory, 0755);
}

static int make(const struct target *t, int parent, const char *name, const struct account *who,
	mode_t mode)
{
	_cleanup_close_ int fd = -1;
	int r = io_remove_tree_at(parent, TARGET_TEMPORARY); /* of a run that was killed */

	if (r < 0 && r != -ENOENT)
		return r;
	if (mkdirat(parent, TARGET_TEMPORARY, 0700) < 0)
		return -errno;
	fd = openat(parent, TARGET_TEMPORARY, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fchown(fd, who->uid, who->gid) < 0 || fchmod(fd, mode) < 0 ||
		renameat(parent, TARGET_TEMPORARY, parent, name) < 0) {
		r = -errno;
		(void)unlinkat(parent, TARGET_TEMPORARY, AT_REMOVEDIR);
		return r;
	}
	epoch_clamp(fd, t->epoch);
	return target_finish_directory(t, parent);
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	_cleanup_close_ int parent = -1;
	const char *name = NULL;
	struct account who;
	struct stat st;
	int r = account_find(t, c->name, &who, err);

	(void)entry;
	if (r < 0)
		return r;
	r = make_parents(t, c->path);
	if (r >= 0)
		r = parent = target_open_parent(t, c->path, &name);
	if (r >= 0 && fstat(parent, &st) < 0)
		r = -errno;
	if (r >= 0 && (st.st_uid != 0 || (st.st_mode & 022)))
		return error_say(err, -EPERM,
			"cannot make '%s': others may write to the directory it would be in",
			c->path);
	if (r >= 0)
		r = make(t, parent, name, &who, c->mode);
	return r < 0 ? error_set(err, r, "cannot make '%s'", c->path) : 0;
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	return entry_undo_effects(entry, t, err);
}

const struct kind kind_directory = {
	.word = "directory",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
