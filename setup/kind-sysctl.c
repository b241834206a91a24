/* SPDX-License-Identifier: Apache-2.0 */
/* The live value of one kernel setting. Its line in the drop-in is a change of its own (a file);
 * here only this key is written, not everything `sysctl --system` would bring up again. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/target.h"

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "set %s = %s now", c->name, c->text);
}

static void proc_path(const char *key, char *ret, size_t size)
{
	(void)snprintf(ret, size, "/proc/sys/%s", key);
	for (char *c = ret + strlen("/proc/sys/"); *c; c++)
		*c = *c == '.' ? '/' : *c;
}

/* The kernel prints a tab between the numbers of a range; a blank does for both. */
static int read_live(const char *key, char *ret, size_t size, struct error *err)
{
	_cleanup_text_ struct text value = { 0 };
	char path[256];
	int r;

	proc_path(key, path, sizeof(path));
	r = io_read_file_at(AT_FDCWD, path, 256, &value);
	if (r == -ENOENT)
		return error_say(err, -EOPNOTSUPP, "this kernel has no setting '%s'", key);
	if (r < 0)
		return error_set(err, r, "cannot read '%s'", path);
	(void)snprintf(ret, size, "%.*s", (int)strcspn(text_get(&value), "\n"), text_get(&value));
	for (char *tab = ret; (tab = strchr(tab, '\t'));)
		*tab = ' ';
	return 0;
}

static int write_live(const char *key, const char *value, struct error *err)
{
	char path[256];
	int r = 0;

	proc_path(key, path, sizeof(path));
	{
		_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

		r = fd < 0 ? -errno : io_write_all(fd, value, strlen(value));
	}
	if (r == -EROFS || r == -EACCES || r == -EPERM)
		return error_say(err, -EOPNOTSUPP,
			"'%s' cannot be set here; set it on the machine this "
			"container runs on",
			key);
	return r < 0 ? error_set(err, r, "cannot set '%s' to %s", key, value) : 0;
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	char now[64];
	int r;

	if (!t->live)
		return LOOK_NONE;
	r = read_live(c->name, now, sizeof(now), err);
	if (r < 0)
		return r;
	if (strcmp(now, c->text) == 0)
		return LOOK_DONE;
	r = entry_note(&entry->live, "%s", now);
	return r < 0 ? r : LOOK_TODO;
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	(void)t;
	(void)entry;
	return write_live(c->name, c->text, err);
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	char now[64];
	int r;

	if (!t->live || !*entry->live)
		return 0;
	r = read_live(entry->name, now, sizeof(now), err);
	/* its module, or the kernel that had it, is gone, and the value with it */
	if (r == -EOPNOTSUPP)
		return 0;
	if (r < 0)
		return r;
	if (strcmp(now, entry->live) == 0)
		return 0;
	if (strcmp(now, entry->text) != 0) {
		(void)error_say(err, -ECANCELED, "left '%s' alone: it was set to %s since",
			entry->name, now);
		return 1;
	}
	return write_live(entry->name, entry->live, err);
}

const struct kind kind_sysctl = {
	.word = "sysctl",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
