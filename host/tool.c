/* SPDX-License-Identifier: Apache-2.0 */
#include "host/tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "host/fstab.h"
#include "host/root.h"

static const char *const tool_words[] = {
	[TOOL_NEWUIDMAP] = "newuidmap",
	[TOOL_NEWGIDMAP] = "newgidmap",
	[TOOL_PASTA] = "pasta",
	[TOOL_SLIRP4NETNS] = "slirp4netns",
	[TOOL_FUSE_OVERLAYFS] = "fuse-overlayfs",
	[TOOL_USERADD] = "useradd",
	[TOOL_USERMOD] = "usermod",
	[TOOL_UPDATE_GRUB] = "update-grub",
	[TOOL_GRUBBY] = "grubby",
	[TOOL_RPM_OSTREE] = "rpm-ostree",
	[TOOL_RESTORECON] = "restorecon",
	[TOOL_SEMANAGE] = "semanage",
	[TOOL_PODMAN] = "podman",
	[TOOL_BUILDAH] = "buildah",
	[TOOL_FUSERMOUNT3] = "fusermount3",
	[TOOL_CRUN] = "crun",
	[TOOL_RUNC] = "runc",
};
_Static_assert(ARRAY_SIZE(tool_words) == TOOL_COUNT, "a word for every tool");

/* In the order they are searched; the first is where NixOS keeps its setuid programs. Directories
 * of the caller's PATH that are none of these are not looked at: they may be on a dead server. */
static const char *const dirs[] = { "/run/wrappers/bin", "/usr/local/sbin", "/usr/local/bin",
	"/usr/sbin", "/usr/bin", "/sbin", "/bin" };

const char *tool_word(enum tool_name tool)
{
	return (unsigned)tool < TOOL_COUNT ? tool_words[tool] : NULL;
}

static int ask_path(void *arg, struct text *ret)
{
	const char *value = getenv("PATH");

	(void)arg;
	if (!value)
		return -ENOENT;
	text_add(ret, value);
	return 0;
}

static bool path_has(const char *path, const char *dir)
{
	size_t length = strlen(dir);

	while (*path) {
		size_t n = strcspn(path, ":");

		if ((n == length || (n == length + 1 && path[length] == '/')) &&
			memcmp(path, dir, length) == 0)
			return true;
		path += n;
		path += *path == ':';
	}
	return false;
}

bool tool_is_at(struct root *root, const char *path, struct fact_file *ret)
{
	struct fact_file file;
	bool is_program;

	root_stat(root, path, &file);
	is_program = file.state == FACT_KNOWN && S_ISREG(file.mode) && file.mode & 0111;
	if (ret->state == FACT_KNOWN || (root_is_still(root) && file.error == ENODATA))
		return is_program;
	if (is_program || (file.state == FACT_UNKNOWN && ret->state == FACT_ABSENT))
		*ret = file;
	return is_program;
}

void tool_find_in(struct root *root, const char *search, const char *name,
	char path[static PATH_MAX], struct fact_file *file)
{
	while (*search && !*path) {
		size_t n = strcspn(search, ":");
		char tried[PATH_MAX];

		(void)snprintf(
			tried, sizeof(tried), "%.*s/%s", (int)MIN(n, (size_t)2000), search, name);
		search += n + (search[n] == ':');
		if (tool_is_at(root, tried, file))
			(void)text_copy(path, PATH_MAX, tried);
	}
}

static void read_tool(struct tool *ret, struct root *root, const char *word, const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		struct fact_file file = ret->file;
		char tried[PATH_MAX];

		if (*ret->path && (ret->in_path || !path || !path_has(path, dirs[i])))
			continue;
		(void)snprintf(tried, sizeof(tried), "%s/%s", dirs[i], word);
		if (tool_is_at(root, tried, &file)) {
			if (!*ret->path)
				(void)text_copy(ret->path, sizeof(ret->path), tried);
			ret->in_path = !path || path_has(path, dirs[i]);
		}
		ret->file = file;
	}
}

void tool_read(struct tools *ret, struct root *root)
{
	_cleanup_text_ struct text path = { 0 };
	int r = root_ask(root, "env PATH", ask_path, NULL, &path);

	*ret = (struct tools){ 0 };
	for (size_t i = 0; i < TOOL_COUNT; i++) {
		ret->tools[i].file.state = FACT_ABSENT;
		/* -ENODATA: an image has no caller whose PATH could be short */
		read_tool(&ret->tools[i], root, tool_words[i],
			r == -ENODATA ? NULL : text_get(&path));
		fstab_foresee(root, ret->tools[i].path, &ret->tools[i].file);
	}
}
