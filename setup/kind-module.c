/* SPDX-License-Identifier: Apache-2.0 */
/* Loading a kernel module now; its line in modules-load.d is a change of its own (a file). */
#include <errno.h>
#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/io.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/target.h"
#include "setup/tool.h"

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "load the kernel module '%s' now", c->name);
}

/* Does a line of the file end in the word? "nodev\tfuse" and "kernel/fs/fuse/fuse.ko". */
static bool file_has(const char *path, const char *word)
{
	_cleanup_text_ struct text content = { 0 };
	size_t at = 0, length, n = strlen(word);
	const char *line;

	if (io_read_file_at(AT_FDCWD, path, 1 << 20, &content) < 0)
		return false;
	while ((line = text_line(content.data, content.length, &at, &length)))
		if (length > n && memcmp(line + length - n, word, n) == 0 &&
			(line[length - n - 1] == '\t' || line[length - n - 1] == '/'))
			return true;
	return false;
}

static bool is_in_kernel(const char *name)
{
	struct utsname kernel;
	char path[256], object[80];

	(void)snprintf(path, sizeof(path), "/sys/module/%s", name);
	if (access(path, F_OK) == 0 || file_has("/proc/filesystems", name))
		return true;
	if (uname(&kernel) < 0)
		return false;
	(void)snprintf(path, sizeof(path), "/lib/modules/%s/modules.builtin", kernel.release);
	(void)snprintf(object, sizeof(object), "%s.ko", name);
	return file_has(path, object);
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	(void)entry;
	if (!t->live)
		return LOOK_NONE;
	if (is_in_kernel(c->name))
		return LOOK_DONE;
	if (!tool_is_here("modprobe"))
		return error_say(err, -EOPNOTSUPP,
			"cannot load module '%s': this host has no modprobe; "
			"in a container, load it on the machine below",
			c->name);
	return LOOK_TODO;
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	const char *const argv[] = { "modprobe", "--", c->name, NULL };
	int r;

	(void)t;
	(void)entry;
	r = tool_run(TOOL_SECONDS, err, argv);
	return r < 0 ? error_prefix(err, "cannot load module '%s'", c->name) : 0;
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	const char *const argv[] = { "modprobe", "-r", "--", entry->name, NULL };
	struct error why = { 0 };

	if (!t->live || tool_run(TOOL_SECONDS, &why, argv) == 0)
		return 0;
	(void)error_say(err, -EBUSY, "left module '%s' loaded: it is in use", entry->name);
	return 1;
}

const struct kind kind_module = {
	.word = "module",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
