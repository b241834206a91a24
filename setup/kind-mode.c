/* SPDX-License-Identifier: Apache-2.0 */
/* Permission bits of a program of the host, which a copy or an image build has lost. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/regular.h"
#include "setup/target.h"

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "set the mode of '%s' to %04o", c->path, (unsigned)c->mode);
}

/* Those may lie outside of the tree, and would get the mode too. */
static int refuse_links(
	const struct target *t, const char *path, const struct stat *st, struct error *err)
{
	if (t->live || st->st_nlink == 1)
		return 0;
	return error_say(err, -EMLINK,
		"'%s' has more names than this one (hard links), perhaps outside of the tree; put "
		"a copy in its place",
		path);
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	struct stat st;
	int r = target_stat(t, c->path, &st);
	struct effect *e;

	if (r >= 0 && !S_ISREG(st.st_mode))
		r = -EINVAL;
	if (r < 0)
		return error_set(err, r, "cannot look at '%s'", c->path);
	if ((st.st_mode & 07777) == c->mode)
		return LOOK_DONE;
	r = refuse_links(t, c->path, &st, err);
	if (r < 0)
		return r;
	r = entry_add(entry, EFFECT_MODE, c->path);
	if (r < 0)
		return error_set(err, r, "cannot keep a record of '%s'", c->path);
	e = &entry->effects[entry->effect_count - 1];
	e->mode = st.st_mode & 07777;
	e->mode_after = c->mode;
	return LOOK_TODO;
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	_cleanup_close_ int parent = -1, fd = -1;
	const char *name;
	struct stat st;
	int r;

	(void)entry;
	parent = target_open_parent(t, c->path, &name);
	if (parent < 0)
		return error_set(err, parent, "cannot open '%s'", c->path);
	fd = regular_open(parent, name, O_RDONLY, &st);
	if (fd < 0)
		return error_set(err, fd, "cannot open '%s'", c->path);
	r = refuse_links(t, c->path, &st, err);
	if (r >= 0 && fchmod(fd, c->mode) < 0)
		return error_set(err, -errno, "cannot set the mode of '%s'", c->path);
	return r;
}

const struct kind kind_mode = {
	.word = "mode",
	.words = words,
	.look = look,
	.apply = apply,
};
