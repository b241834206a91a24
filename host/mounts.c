/* SPDX-License-Identifier: Apache-2.0 */
#include "host/mounts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "base/cleanup.h"
#include "base/dl.h"
#include "host/root.h"

struct libmnt_table;
struct libmnt_iter;
struct libmnt_fs;

static struct libmount {
	struct libmnt_table *(*new_table)(void);
	void (*unref_table)(struct libmnt_table *);
	int (*parse_stream)(struct libmnt_table *, FILE *, const char *);
	struct libmnt_iter *(*new_iter)(int);
	void (*free_iter)(struct libmnt_iter *);
	int (*next_fs)(struct libmnt_table *, struct libmnt_iter *, struct libmnt_fs **);
	const char *(*target)(struct libmnt_fs *);
	const char *(*fs_options)(struct libmnt_fs *);
	const char *(*vfs_options)(struct libmnt_fs *);
	int (*propagation)(struct libmnt_fs *, unsigned long *);
} lib;

static int load(void)
{
	static const char *const names[] = { "libmount.so.1", NULL };
	static const struct dl_symbol symbols[] = {
		{ "mnt_new_table", offsetof(struct libmount, new_table) },
		{ "mnt_unref_table", offsetof(struct libmount, unref_table) },
		{ "mnt_table_parse_stream", offsetof(struct libmount, parse_stream) },
		{ "mnt_new_iter", offsetof(struct libmount, new_iter) },
		{ "mnt_free_iter", offsetof(struct libmount, free_iter) },
		{ "mnt_table_next_fs", offsetof(struct libmount, next_fs) },
		{ "mnt_fs_get_target", offsetof(struct libmount, target) },
		{ "mnt_fs_get_fs_options", offsetof(struct libmount, fs_options) },
		{ "mnt_fs_get_vfs_options", offsetof(struct libmount, vfs_options) },
		{ "mnt_fs_get_propagation", offsetof(struct libmount, propagation) },
	};

	if (lib.propagation)
		return 0;
	return dl_load(names, symbols, ARRAY_SIZE(symbols), &lib);
}

/* Directories the kernel makes to be mounted on: proc_create_mount_point(),
 * sysfs_create_mount_point(). */
static const char *const empty_directories[] = {
	"/proc/sys/fs/binfmt_misc",
	"/proc/fs/nfsd",
	"/proc/openprom",
	"/sys/fs/cgroup",
	"/sys/fs/bpf",
	"/sys/fs/pstore",
	"/sys/fs/resctrl",
	"/sys/fs/selinux",
	"/sys/fs/smackfs",
	"/sys/fs/fuse/connections",
	"/sys/kernel/debug",
	"/sys/kernel/tracing",
	"/sys/kernel/security",
	"/sys/kernel/config",
	"/sys/firmware/efi/efivars",
	"/sys/hypervisor/s390",
};

/* @path is @dir or below it. */
static bool is_within(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '/' || !path[n]);
}

static bool is_harmless(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(empty_directories); i++)
		if (is_within(path, empty_directories[i]))
			return true;
	return false;
}

static void note_cover(struct fact_text *ret, const char *path, const char *top)
{
	if (ret->state == FACT_KNOWN || strcmp(path, top) == 0 || !is_within(path, top) ||
		is_harmless(path))
		return;
	ret->state = FACT_KNOWN;
	(void)text_copy(ret->value, sizeof(ret->value), path);
}

static bool has_option(const char *options, const char *name)
{
	size_t n = strlen(name);

	while (options && *options) {
		if (strncmp(options, name, n) == 0 && (options[n] == ',' || !options[n]))
			return true;
		options += strcspn(options, ",");
		options += *options == ',';
	}
	return false;
}

static void note_hidepid(struct fact_text *ret, const char *options)
{
	const char *at = options ? strstr(options, "hidepid=") : NULL;

	*ret = (struct fact_text){ .state = at ? FACT_KNOWN : FACT_ABSENT };
	if (at)
		(void)snprintf(ret->value, sizeof(ret->value), "%.*s",
			(int)MIN(strcspn(at + 8, ","), sizeof(ret->value) - 1), at + 8);
}

/* Later lines are mounted over earlier ones: the last word on a path is the true one. */
static void note(struct mounts *ret, struct libmnt_fs *fs)
{
	const char *path = lib.target(fs);
	unsigned long flags = 0;

	if (!path)
		return;
	note_cover(&ret->proc_covered, path, "/proc");
	note_cover(&ret->sys_covered, path, "/sys");
	if (strcmp(path, "/proc") == 0) {
		note_hidepid(&ret->hidepid, lib.fs_options(fs));
		ret->proc_sys_read_only = has_option(lib.vfs_options(fs), "ro");
	}
	if (strcmp(path, "/proc/sys") == 0)
		ret->proc_sys_read_only = has_option(lib.vfs_options(fs), "ro");
	if (strcmp(path, "/") == 0) {
		ret->chrooted = false;
		if (lib.propagation(fs, &flags) != 0)
			flags = 0;
		ret->root_shared = flags & MS_SHARED;
		ret->root_receives = flags & MS_SLAVE;
	}
}

static int parse_stream(struct mounts *ret, struct libmnt_table *table, FILE *stream)
{
	struct libmnt_iter *iter;
	struct libmnt_fs *fs;

	if (lib.parse_stream(table, stream, "mountinfo") != 0)
		return -EINVAL;
	iter = lib.new_iter(0);
	if (!iter)
		return -ENOMEM;
	while (lib.next_fs(table, iter, &fs) == 0)
		note(ret, fs);
	lib.free_iter(iter);
	return 0;
}

int mounts_parse(struct mounts *ret, const char *data, size_t length)
{
	_cleanup_fclose_ FILE *stream = NULL;
	struct libmnt_table *table;
	int r = load();

	*ret = (struct mounts){ 0 };
	if (r < 0)
		return r;
	if (length == 0)
		return -EINVAL;
	stream = fmemopen((void *)(uintptr_t)data, length, "r");
	table = lib.new_table();
	if (!stream || !table)
		return -ENOMEM;
	ret->chrooted = true;
	ret->proc_covered.state = ret->sys_covered.state = ret->hidepid.state = FACT_ABSENT;
	r = parse_stream(ret, table, stream);
	lib.unref_table(table);
	if (r < 0)
		*ret = (struct mounts){ 0 };
	else
		ret->state = FACT_KNOWN;
	return r;
}

static void read_wsl(struct mounts *ret, struct root *root)
{
	_cleanup_text_ struct text data = { 0 };
	int r = root_read(root, MOUNTS_WSL_PATH, MOUNTS_WSL - 1, &data);

	ret->wsl_conf = fact_state_of(r);
	if (r >= 0)
		(void)text_copy(ret->wsl, sizeof(ret->wsl), text_get(&data));
}

void mounts_read(struct mounts *ret, struct root *root)
{
	_cleanup_text_ struct text data = { 0 };
	int r = root_read(root, "/proc/self/mountinfo", ROOT_READ_LIMIT, &data);

	*ret = (struct mounts){ .state = fact_state_of(r) };
	if (r >= 0)
		r = mounts_parse(ret, data.data, data.length);
	if (r < 0) {
		ret->state = r == -ENOENT && data.length > 0 ? FACT_UNKNOWN : fact_state_of(r);
		ret->error = ret->state == FACT_UNKNOWN ? -r : 0;
	}
	read_wsl(ret, root);
}
