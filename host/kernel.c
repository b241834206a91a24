/* SPDX-License-Identifier: Apache-2.0 */
#include "host/kernel.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "host/root.h"

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

/* The kernel a tree boots: the newest of those whose modules are in it. Its machine is not known. */
static int newest_in_tree(struct root *root, struct text *ret)
{
	_cleanup_text_list_ struct text_list names = { 0 };
	const char *newest = NULL;
	int r = root_list(root, "/lib/modules", &names);

	for (size_t i = 0; i < names.count; i++)
		if (isdigit((unsigned char)names.items[i][0]) &&
			(!newest || strverscmp(newest, names.items[i]) < 0))
			newest = names.items[i];
	if (r < 0 || !newest)
		return -ENODATA;
	text_add(ret, newest);
	return 0;
}

/* The kernel that runs; where none does, the one that will. */
static void read_uname(struct kernel *ret, struct root *root)
{
	_cleanup_text_ struct text line = { 0 }, newest = { 0 };
	const char *text;
	size_t length;
	int r = root_ask(root, "uname", ask_uname, NULL, &line);

	text = text_get(&line);
	length = strcspn(text, " ");
	(void)text_copy(ret->machine, sizeof(ret->machine), text + length + (text[length] == ' '));
	if (root_is_still(root) && newest_in_tree(root, &newest) >= 0) {
		r = 0;
		text = text_get(&newest);
		length = newest.length;
	}
	ret->release.state = fact_state_of(r);
	if (r < 0) {
		ret->release.error = -r;
		return;
	}
	(void)snprintf(ret->release.value, sizeof(ret->release.value), "%.*s",
		(int)MIN(length, 255u), text);
	if (sscanf(text, "%u.%u", &ret->major, &ret->minor) != 2)
		ret->major = ret->minor = 0;
}

/* /proc without ns/user says no; no /proc at all says nothing. */
static bool has_user_namespaces(struct root *root)
{
	_cleanup_text_ struct text status = { 0 };
	char target[64];

	return root_readlink(root, "/proc/self/ns/user", target, sizeof(target)) != -ENOENT ||
	       root_read(root, "/proc/self/status", ROOT_READ_LIMIT, &status) < 0;
}

void kernel_read(struct kernel *ret, struct root *root)
{
	struct fact_file dir;
	char path[300];

	*ret = (struct kernel){ 0 };
	read_uname(ret, root);
	root_read_text(root, "/proc/cmdline", &ret->cmdline);
	root_read_text(root, "/proc/sys/kernel/hostname", &ret->host_name);
	if (ret->host_name.state != FACT_KNOWN)
		root_read_text(root, "/etc/hostname", &ret->host_name);
	if (ret->release.state == FACT_KNOWN) {
		(void)snprintf(path, sizeof(path), "/lib/modules/%s", ret->release.value);
		root_stat(root, path, &dir);
		ret->modules_dir = dir.state;
	}
	kernel_read_modules(ret, root);
	ret->user_namespaces = has_user_namespaces(root);
}
