/* SPDX-License-Identifier: Apache-2.0 */
#include "host/mount-table.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "base/cleanup.h"
#include "base/dl.h"

struct libmnt_table;
struct libmnt_iter;
struct libmnt_fs;

static struct libmount {
	struct libmnt_table *(*new_table)(void);
	void (*unref_table)(struct libmnt_table *);
	int (*parse_stream)(struct libmnt_table *, FILE *, const char *);
	int (*on_error)(struct libmnt_table *, int (*)(struct libmnt_table *, const char *, int));
	struct libmnt_iter *(*new_iter)(int);
	void (*free_iter)(struct libmnt_iter *);
	int (*next_fs)(struct libmnt_table *, struct libmnt_iter *, struct libmnt_fs **);
	const char *(*target)(struct libmnt_fs *);
	const char *(*options)(struct libmnt_fs *);
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
		{ "mnt_table_set_parser_errcb", offsetof(struct libmount, on_error) },
		{ "mnt_new_iter", offsetof(struct libmount, new_iter) },
		{ "mnt_free_iter", offsetof(struct libmount, free_iter) },
		{ "mnt_table_next_fs", offsetof(struct libmount, next_fs) },
		{ "mnt_fs_get_target", offsetof(struct libmount, target) },
		{ "mnt_fs_get_options", offsetof(struct libmount, options) },
		{ "mnt_fs_get_fs_options", offsetof(struct libmount, fs_options) },
		{ "mnt_fs_get_vfs_options", offsetof(struct libmount, vfs_options) },
		{ "mnt_fs_get_propagation", offsetof(struct libmount, propagation) },
	};

	if (lib.propagation)
		return 0;
	return dl_load(names, symbols, ARRAY_SIZE(symbols), &lib);
}

bool mount_has_option(const char *options, const char *name)
{
	size_t n = strlen(name);

	while (options && *options) {
		if (strncmp(options, name, n) == 0 && strchr(",=", options[n]))
			return true;
		options += strcspn(options, ",");
		options += *options == ',';
	}
	return false;
}

static int pass_over(struct libmnt_table *table, const char *name, int line)
{
	(void)table;
	(void)name;
	(void)line;
	return 1;
}

static int hand_over(
	struct libmnt_fs *fs, void (*take)(void *, const struct mount_row *), void *data)
{
	unsigned long flags = 0;
	struct mount_row row = {
		.target = lib.target(fs),
		.options = lib.options(fs),
		.fs_options = lib.fs_options(fs),
		.vfs_options = lib.vfs_options(fs),
	};

	if (!row.target)
		return 0;
	if (lib.propagation(fs, &flags) != 0)
		flags = 0;
	row.shared = flags & MS_SHARED;
	row.receives = flags & MS_SLAVE;
	take(data, &row);
	return 1;
}

static int read_stream(struct libmnt_table *table, FILE *stream,
	void (*take)(void *, const struct mount_row *), void *data)
{
	struct libmnt_iter *iter;
	struct libmnt_fs *fs;
	int rows = 0;

	(void)lib.on_error(table, pass_over);
	if (lib.parse_stream(table, stream, "mounts") != 0)
		return -EINVAL;
	iter = lib.new_iter(0);
	if (!iter)
		return -ENOMEM;
	while (lib.next_fs(table, iter, &fs) == 0)
		rows += hand_over(fs, take, data);
	lib.free_iter(iter);
	return rows;
}

int mount_table_read(const char *text, size_t length,
	void (*take)(void *data, const struct mount_row *row), void *data)
{
	_cleanup_fclose_ FILE *stream = NULL;
	struct libmnt_table *table;
	int r = load();

	if (r < 0)
		return r;
	if (length == 0)
		return -EINVAL;
	stream = fmemopen((void *)(uintptr_t)text, length, "r");
	table = stream ? lib.new_table() : NULL;
	if (!table)
		return -ENOMEM;
	r = read_stream(table, stream, take, data);
	lib.unref_table(table);
	return r;
}
