/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules of the running kernel, or of the one an image will boot. The kernel writes their names
 * with '_', files and people also with '-'; modprobe(8) takes both for the same.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/macro.h"
#include "host/dropin.h"
#include "host/kernel.h"
#include "host/root.h"

enum {
	PLACES = 2
};

static const struct module_row {
	const char *name;
	const char *objects[PLACES]; /* below /lib/modules/RELEASE, without compression */
	const char *registry; /* a file that ends a line in the name once it is in the kernel */
	const char *made;     /* a file that is there once it is in the kernel */
} modules[] = {
	[KERNEL_OVERLAY] = { .name = "overlay",
		.objects = { "kernel/fs/overlayfs/overlay.ko" },
		.registry = "/proc/filesystems" },
	[KERNEL_FUSE] = { .name = "fuse",
		.objects = { "kernel/fs/fuse/fuse.ko" },
		.registry = "/proc/filesystems" },
	[KERNEL_TUN] = { .name = "tun",
		.objects = { "kernel/drivers/net/tun.ko" },
		.registry = "/proc/misc" },
	[KERNEL_BRIDGE] = { .name = "bridge", .objects = { "kernel/net/bridge/bridge.ko" } },
	[KERNEL_VETH] = { .name = "veth", .objects = { "kernel/drivers/net/veth.ko" } },
	[KERNEL_NF_TABLES] = { .name = "nf_tables",
		.objects = { "kernel/net/netfilter/nf_tables.ko" } },
	[KERNEL_NFT_MASQ] = { .name = "nft_masq",
		.objects = { "kernel/net/netfilter/nft_masq.ko" } },
	[KERNEL_NFT_CT] = { .name = "nft_ct", .objects = { "kernel/net/netfilter/nft_ct.ko" } },
	[KERNEL_NFT_CHAIN_NAT] = { .name = "nft_chain_nat",
		.objects = { "kernel/net/netfilter/nft_chain_nat.ko" } },
	[KERNEL_NFT_FIB_INET] = { .name = "nft_fib_inet",
		.objects = { "kernel/net/netfilter/nft_fib_inet.ko" } },
	[KERNEL_IP_TABLES] = { .name = "ip_tables",
		.objects = { "kernel/net/ipv4/netfilter/ip_tables.ko" },
		.made = "/proc/net/ip_tables_names" },
	[KERNEL_IPTABLE_NAT] = { .name = "iptable_nat",
		.objects = { "kernel/net/ipv4/netfilter/iptable_nat.ko" } },
	[KERNEL_BR_NETFILTER] = { .name = "br_netfilter",
		.objects = { "kernel/net/bridge/br_netfilter.ko" },
		.made = "/proc/sys/net/bridge/bridge-nf-call-iptables" },
	[KERNEL_VXLAN] = { .name = "vxlan",
		.objects = { "kernel/drivers/net/vxlan/vxlan.ko", /* since 5.17 */
			"kernel/drivers/net/vxlan.ko" } },
};
_Static_assert(ARRAY_SIZE(modules) == KERNEL_MODULE_COUNT, "a row for every module");

const char *kernel_module_name(enum kernel_module module)
{
	return (unsigned)module < KERNEL_MODULE_COUNT ? modules[module].name : NULL;
}

/* The first @n bytes of both are the same name. */
static bool same_name(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((a[i] == '-' ? '_' : a[i]) != (b[i] == '-' ? '_' : b[i]))
			return false;
	return true;
}

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

static bool begins_a_line(const struct text *data, const char *name)
{
	size_t at = 0, n, length = strlen(name);
	const char *line;

	while ((line = text_line(data->data, data->length, &at, &n)))
		if (n >= length && same_name(line, name, length) &&
			(n == length || isspace((unsigned char)line[length])))
			return true;
	return false;
}

bool kernel_names_module(const char *data, size_t length, const char *name)
{
	const struct text text = { .data = (char *)(uintptr_t)data, .length = length };

	return begins_a_line(&text, name);
}

static bool read_all(struct root *root, const char *path, struct text *ret)
{
	int r = root_read(root, path, ROOT_READ_LIMIT, ret);

	return r >= 0 || r == -EFBIG;
}

static bool is_there(struct root *root, const char *path)
{
	struct fact_file file;

	root_stat(root, path, &file);
	return file.state == FACT_KNOWN;
}

static bool is_installed(struct root *root, const char *dir, const struct module_row *row)
{
	static const char *const packed[] = { "", ".xz", ".zst", ".gz" };

	for (size_t place = 0; place < PLACES && row->objects[place]; place++)
		for (size_t i = 0; i < ARRAY_SIZE(packed); i++) {
			char path[PATH_MAX];

			(void)snprintf(
				path, sizeof(path), "%s/%s%s", dir, row->objects[place], packed[i]);
			if (is_there(root, path))
				return true;
		}
	return false;
}

/* What is asked once for all modules. */
struct view {
	char dir[300];               /* /lib/modules/RELEASE, or "" */
	bool dir_looked;             /* what is not in it is not installed */
	struct text loaded, builtin; /* /proc/modules, modules.builtin */
	bool looked;                 /* at /proc/modules */
};

/* As one module is named in a few files of the kernel. */
static bool is_in_kernel(
	const struct view *view, struct root *root, const struct module_row *row, bool *looked)
{
	_cleanup_text_ struct text registry = { 0 };
	char path[80];

	if (row->registry) {
		*looked = read_all(root, row->registry, &registry) || *looked;
		if (ends_a_line(&registry, row->name))
			return true;
	}
	for (size_t place = 0; place < PLACES && row->objects[place]; place++)
		if (begins_a_line(&view->builtin, row->objects[place]))
			return true;
	(void)snprintf(path, sizeof(path), "/sys/module/%s", row->name);
	return is_there(root, path) || (row->made && is_there(root, row->made));
}

static enum module_state state_of(
	const struct view *view, struct root *root, const struct module_row *row)
{
	bool looked = view->looked;

	if (begins_a_line(&view->loaded, row->name))
		return MODULE_LOADED;
	if (is_in_kernel(view, root, row, &looked))
		return MODULE_BUILTIN;
	if (!*view->dir)
		return MODULE_UNKNOWN;
	if (is_installed(root, view->dir, row))
		return MODULE_LOADABLE;
	return looked && view->dir_looked ? MODULE_ABSENT : MODULE_UNKNOWN;
}

/* The kernel that runs; of an image the one it has, of several the last by name. */
static void find_directory(struct view *ret, struct root *root, const struct kernel *kernel)
{
	_cleanup_text_list_ struct text_list releases = { 0 };

	if (kernel->release.state == FACT_KNOWN)
		(void)snprintf(
			ret->dir, sizeof(ret->dir), "/lib/modules/%s", kernel->release.value);
	else if (root_is_still(root) && root_list(root, "/lib/modules", &releases) >= 0 &&
		 releases.count > 0)
		(void)snprintf(ret->dir, sizeof(ret->dir), "/lib/modules/%.280s",
			releases.items[releases.count - 1]);
	ret->dir_looked = root_is_still(root) ? *ret->dir : kernel->modules_dir != FACT_UNKNOWN;
}

static void read_states(struct kernel *ret, struct root *root)
{
	struct view view = { 0 };
	char path[350];

	find_directory(&view, root, ret);
	view.looked = read_all(root, "/proc/modules", &view.loaded) || root_is_still(root);
	(void)snprintf(path, sizeof(path), "%s/modules.builtin", view.dir);
	if (*view.dir)
		(void)read_all(root, path, &view.builtin);
	for (size_t i = 0; i < KERNEL_MODULE_COUNT; i++)
		ret->modules[i] = state_of(&view, root, &modules[i]);
	text_done(&view.loaded);
	text_done(&view.builtin);
}

/* "install overlay /bin/false": modprobe.d(5). What a distribution runs instead to load it in its own
 * way calls modprobe itself. */
static bool is_forbidden(const struct text *data, const char *name)
{
	const char *line;
	size_t at = 0, n;

	while ((line = text_line(data->data, data->length, &at, &n))) {
		char copy[256], word[64], command[128];

		(void)snprintf(copy, sizeof(copy), "%.*s", (int)MIN(n, sizeof(copy) - 1), line);
		if (sscanf(copy, " install %63s %127[^\n]", word, command) == 2 &&
			strlen(word) == strlen(name) && same_name(word, name, strlen(name)) &&
			!strstr(command, "modprobe") && !strstr(command, "insmod"))
			return true;
	}
	return false;
}

static void read_forbidden(struct kernel *ret, struct root *root)
{
	static const char *const dirs[] = { "/etc/modprobe.d", "/run/modprobe.d",
		"/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d", NULL };
	_cleanup_text_list_ struct text_list paths = { 0 };

	if (dropin_list(root, dirs, ".conf", &paths) < 0)
		return;
	for (size_t i = 0; i < paths.count; i++) {
		_cleanup_text_ struct text data = { 0 };

		if (!read_all(root, paths.items[i], &data))
			continue;
		for (size_t m = 0; m < KERNEL_MODULE_COUNT; m++) {
			if (!is_forbidden(&data, modules[m].name))
				continue;
			(void)text_copy(
				ret->forbidden_by[m], sizeof(ret->forbidden_by[m]), paths.items[i]);
			if (ret->modules[m] == MODULE_LOADABLE)
				ret->modules[m] = MODULE_FORBIDDEN;
		}
	}
}

/* modules-load.d(5): one name in a line, '#' and ';' begin comments. */
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
	for (size_t i = 0; i < KERNEL_MODULE_COUNT; i++)
		ret->modules_at_boot[i] = begins_a_line(&all, modules[i].name);
}

/* What is named there is loaded before anybody can log in. */
static void foresee(struct kernel *ret)
{
	for (size_t i = 0; i < KERNEL_MODULE_COUNT; i++)
		if (ret->modules_at_boot[i] && ret->modules[i] == MODULE_LOADABLE)
			ret->modules[i] = MODULE_LOADED;
}

void kernel_read_modules(struct kernel *ret, struct root *root)
{
	_cleanup_text_ struct text ours = { 0 };

	read_states(ret, root);
	read_forbidden(ret, root);
	read_boot(ret, root);
	if (root->next_boot)
		foresee(ret);
	if (root_read(root, KERNEL_OURS_PATH, KERNEL_OURS - 1, &ours) >= 0)
		(void)text_copy(ret->ours, sizeof(ret->ours), text_get(&ours));
	root_read_number(root, "/proc/sys/kernel/modules_disabled", &ret->modules_disabled);
}
