/* SPDX-License-Identifier: Apache-2.0 */
#include "host/kernel.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "host/dropin.h"
#include "host/root.h"

static const struct module_row {
	const char *name;
	const char *object;     /* below /lib/modules/RELEASE, without compression */
	const char *registered; /* a word in this file once it is loaded or built in */
	const char *registry;
} modules[] = {
	[KERNEL_OVERLAY] = { "overlay", "kernel/fs/overlayfs/overlay.ko", "overlay",
		"/proc/filesystems" },
	[KERNEL_FUSE] = { "fuse", "kernel/fs/fuse/fuse.ko", "fuse", "/proc/filesystems" },
	[KERNEL_TUN] = { "tun", "kernel/drivers/net/tun.ko", "tun", "/proc/misc" },
};
_Static_assert(ARRAY_SIZE(modules) == KERNEL_MODULE_COUNT, "a row for every module");

const char *kernel_module_name(enum kernel_module module)
{
	return (unsigned)module < KERNEL_MODULE_COUNT ? modules[module].name : NULL;
}

bool kernel_at_least(const struct kernel *kernel, unsigned major, unsigned minor)
{
	return kernel->major > major || (kernel->major == major && kernel->minor >= minor);
}

static int ask_uname(void *arg, struct text *ret)
{
	struct utsname name;

	(void)arg;
	if (uname(&name) < 0)
		return -errno;
	text_addf(ret, "%s %s", name.release, name.machine);
	return 0;
}

static void read_uname(struct kernel *ret, struct root *root)
{
	_cleanup_text_ struct text line = { 0 };
	const char *text;
	size_t length;
	int r;

	r = root_ask(root, "uname", ask_uname, NULL, &line);
	ret->release.state = fact_state_of(r);
	if (r < 0) {
		ret->release.error = -r;
		return;
	}
	text = text_get(&line);
	length = strcspn(text, " ");
	(void)snprintf(ret->release.value, sizeof(ret->release.value), "%.*s",
		(int)MIN(length, 255u), text);
	(void)text_copy(ret->machine, sizeof(ret->machine), text + length + (text[length] == ' '));
	if (sscanf(text, "%u.%u", &ret->major, &ret->minor) != 2)
		ret->major = ret->minor = 0;
}

/* Is @word the last blank- or tab-separated word of a line? */
static bool ends_a_line(const struct text *data, const char *word)
{
	size_t at = 0, n, length = strlen(word);
	const char *line;

	while ((line = text_line(data->data, data->length, &at, &n)))
		if (n >= length && memcmp(line + n - length, word, length) == 0 &&
			(n == length || isspace((unsigned char)line[n - length - 1])))
			return true;
	return false;
}

static bool begins_a_line(const struct text *data, const char *word)
{
	size_t at = 0, n, length = strlen(word);
	const char *line;

	while ((line = text_line(data->data, data->length, &at, &n)))
		if (n >= length && memcmp(line, word, length) == 0 &&
			(n == length || isspace((unsigned char)line[length])))
			return true;
	return false;
}

static bool is_installed(struct root *root, const char *dir, const char *object)
{
	static const char *const packed[] = { "", ".xz", ".zst", ".gz" };

	for (size_t i = 0; i < ARRAY_SIZE(packed); i++) {
		char path[PATH_MAX];
		struct fact_file file;

		(void)snprintf(path, sizeof(path), "%s/%s%s", dir, object, packed[i]);
		root_stat(root, path, &file);
		if (file.state == FACT_KNOWN)
			return true;
	}
	return false;
}

static bool read_all(struct root *root, const char *path, struct text *ret)
{
	int r = root_read(root, path, ROOT_READ_LIMIT, ret);

	return r >= 0 || r == -EFBIG;
}

static enum module_state state_of(
	const struct kernel *kernel, struct root *root, const struct module_row *row)
{
	_cleanup_text_ struct text loaded = { 0 }, registry = { 0 }, builtin = { 0 };
	bool looked = read_all(root, "/proc/modules", &loaded);
	char dir[300], path[350];

	if (begins_a_line(&loaded, row->name))
		return MODULE_LOADED;
	looked = read_all(root, row->registry, &registry) || looked;
	if (ends_a_line(&registry, row->registered))
		return MODULE_BUILTIN;
	if (kernel->release.state != FACT_KNOWN)
		return MODULE_UNKNOWN;
	(void)snprintf(dir, sizeof(dir), "/lib/modules/%s", kernel->release.value);
	(void)snprintf(path, sizeof(path), "%s/modules.builtin", dir);
	if (read_all(root, path, &builtin) && begins_a_line(&builtin, row->object))
		return MODULE_BUILTIN;
	if (is_installed(root, dir, row->object))
		return MODULE_LOADABLE;
	return looked && kernel->modules_dir != FACT_UNKNOWN ? MODULE_ABSENT : MODULE_UNKNOWN;
}

/* modules-load.d(5): one name in a line, '#' and ';' begin comments. */
static void note_names(struct kernel *ret, const struct text *data)
{
	for (size_t i = 0; i < KERNEL_MODULE_COUNT; i++)
		if (begins_a_line(data, modules[i].name))
			ret->modules_at_boot[i] = true;
}

static void read_boot(struct kernel *ret, struct root *root)
{
	static const char *const dirs[] = { "/etc/modules-load.d", "/run/modules-load.d",
		"/usr/local/lib/modules-load.d", "/usr/lib/modules-load.d", "/lib/modules-load.d",
		NULL };
	_cleanup_text_list_ struct text_list paths = { 0 };
	_cleanup_text_ struct text all = { 0 };

	if (dropin_list(root, dirs, ".conf", &paths) < 0)
		return;
	for (size_t i = 0; i < paths.count; i++) {
		(void)read_all(root, paths.items[i], &all);
		text_add(&all, "\n");
	}
	(void)read_all(root, "/etc/modules", &all);
	note_names(ret, &all);
}

/* /proc without ns/user says no; no /proc at all says nothing. */
static bool has_user_namespaces(struct root *root)
{
	_cleanup_text_ struct text status = { 0 };
	char target[64];

	return root_readlink(root, "/proc/self/ns/user", target, sizeof(target)) != -ENOENT ||
	       !read_all(root, "/proc/self/status", &status);
}

void kernel_read(struct kernel *ret, struct root *root)
{
	_cleanup_text_ struct text ours = { 0 };
	struct fact_file dir;
	char path[300];

	*ret = (struct kernel){ 0 };
	read_uname(ret, root);
	root_read_text(root, "/proc/cmdline", &ret->cmdline);
	if (ret->release.state == FACT_KNOWN) {
		(void)snprintf(path, sizeof(path), "/lib/modules/%s", ret->release.value);
		root_stat(root, path, &dir);
		ret->modules_dir = dir.state;
	}
	for (size_t i = 0; i < KERNEL_MODULE_COUNT; i++)
		ret->modules[i] = state_of(ret, root, &modules[i]);
	read_boot(ret, root);
	if (root_read(root, KERNEL_OURS_PATH, KERNEL_OURS - 1, &ours) >= 0)
		(void)text_copy(ret->ours, sizeof(ret->ours), text_get(&ours));
	root_read_number(root, "/proc/sys/kernel/modules_disabled", &ret->modules_disabled);
	ret->user_namespaces = has_user_namespaces(root);
}
