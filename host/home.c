/* SPDX-License-Identifier: Apache-2.0 */
#include "host/home.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "host/fstab.h"
#include "host/helper.h"
#include "host/root.h"
#include "host/user.h"

enum {
	LIMIT_MS = 700
};

enum fs_kind {
	FS_LOCAL,
	FS_NETWORK,
	FS_PLAIN, /* keeps neither owners nor attributes */
};

static const struct {
	uint64_t type;
	const char *name;
	enum fs_kind kind;
} file_systems[] = {
	{ EXT4_SUPER_MAGIC, "ext4", FS_LOCAL },
	{ XFS_SUPER_MAGIC, "xfs", FS_LOCAL },
	{ BTRFS_SUPER_MAGIC, "btrfs", FS_LOCAL },
	{ TMPFS_MAGIC, "tmpfs", FS_LOCAL },
	{ OVERLAYFS_SUPER_MAGIC, "overlay", FS_LOCAL },
	{ F2FS_SUPER_MAGIC, "f2fs", FS_LOCAL },
	{ 0x2fc12fc1, "zfs", FS_LOCAL },
	{ 0xca451a4e, "bcachefs", FS_LOCAL },
	{ ECRYPTFS_SUPER_MAGIC, "ecryptfs", FS_LOCAL },
	{ MSDOS_SUPER_MAGIC, "vfat", FS_PLAIN },
	{ 0x2011bab0, "exfat", FS_PLAIN },
	{ 0x5346544e, "ntfs", FS_PLAIN },
	{ 0x7366746e, "ntfs3", FS_LOCAL },
	{ ISOFS_SUPER_MAGIC, "iso9660", FS_LOCAL },
	{ SQUASHFS_MAGIC, "squashfs", FS_LOCAL },
	{ RAMFS_MAGIC, "ramfs", FS_LOCAL },
	{ 0x65735546, "fuse", FS_LOCAL },
	{ NFS_SUPER_MAGIC, "nfs", FS_NETWORK },
	{ SMB_SUPER_MAGIC, "smb", FS_NETWORK },
	{ 0xff534d42, "cifs", FS_NETWORK },
	{ 0xfe534d42, "smb2", FS_NETWORK },
	{ 0x00c36400, "ceph", FS_NETWORK },
	{ AFS_SUPER_MAGIC, "afs", FS_NETWORK },
	{ 0x5346414f, "afs", FS_NETWORK },
	{ V9FS_MAGIC, "9p", FS_NETWORK },
	{ CODA_SUPER_MAGIC, "coda", FS_NETWORK },
	{ 0x0bd00bd0, "lustre", FS_NETWORK },
	{ 0x47504653, "gpfs", FS_NETWORK },
	{ 0x01161970, "gfs2", FS_NETWORK },
	{ OCFS2_SUPER_MAGIC, "ocfs2", FS_NETWORK },
};

const char *home_fs_name(uint64_t fs_type)
{
	for (size_t i = 0; i < ARRAY_SIZE(file_systems); i++)
		if (file_systems[i].type == fs_type)
			return file_systems[i].name;
	return NULL;
}

static bool is_of(uint64_t fs_type, enum fs_kind kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(file_systems); i++)
		if (file_systems[i].type == fs_type)
			return file_systems[i].kind == kind;
	return false;
}

bool home_fs_is_network(uint64_t fs_type)
{
	return is_of(fs_type, FS_NETWORK);
}

bool home_fs_is_plain(uint64_t fs_type)
{
	return is_of(fs_type, FS_PLAIN);
}

static void add_places(struct home *ret, const char *home)
{
	static const char *const below[] = { ".local", ".local/share", ".local/share/containers",
		".local/share/rpod", ".config", ".config/containers", ".cache" };

	for (size_t i = 0; i < ARRAY_SIZE(below); i++)
		(void)snprintf(
			ret->places[ret->count++].path, PATH_MAX, "%.3900s/%s", home, below[i]);
}

static void add_above(struct home *ret, const char *home)
{
	for (size_t n = 1; home[n] && ret->above_count < HOME_PLACES; n++)
		if (home[n] == '/' && home[n + 1])
			(void)snprintf(ret->above[ret->above_count++].path, PATH_MAX, "%.*s",
				(int)n, home);
}

/* All that is looked at, from the top: what hangs hides only what is below it. */
struct wanted {
	const char *paths[2 * HOME_PLACES + 1];
	struct fact_file *files[2 * HOME_PLACES + 1];
	size_t count;
	struct root *root;
};

static void want(struct wanted *w, const char *path, struct fact_file *file)
{
	w->paths[w->count] = path;
	w->files[w->count++] = file;
}

/* In the child: one line each, "errno" or the file; written at once, so that what was seen before
 * something hung is not lost. */
static int look(void *arg, int out)
{
	struct wanted *w = arg;

	/* what is noted here would be lost: the parent notes it */
	w->root->noted = NULL;
	for (size_t i = 0; i < w->count; i++) {
		_cleanup_text_ struct text line = { 0 };
		struct fact_file file;
		int r;

		root_stat(w->root, w->paths[i], &file);
		text_addf(&line, "%d ", file.state == FACT_ABSENT ? ENOENT : file.error);
		if (file.state == FACT_KNOWN)
			fact_file_print(&file, &line);
		text_add(&line, "\n");
		r = io_write_all(out, text_get(&line), line.length);
		if (r < 0)
			return r;
	}
	return 0;
}

static void take_line(const char *line, size_t n, struct fact_file *ret)
{
	char copy[256];
	int error;

	(void)snprintf(copy, sizeof(copy), "%.*s", (int)MIN(n, sizeof(copy) - 1), line);
	error = (int)strtol(copy, NULL, 10);
	*ret = (struct fact_file){ .state = fact_state_of(-error), .error = error };
	if (error == 0 && fact_file_parse(copy + strcspn(copy, " "), ret) < 0)
		*ret = (struct fact_file){ .error = EINVAL };
	if (ret->state == FACT_ABSENT)
		ret->error = 0;
}

/* Through a child on a live host. -ETIMEDOUT: something hung. */
static int look_live(struct wanted *w)
{
	_cleanup_text_ struct text output = { 0 };
	const char *line;
	size_t at = 0, n, i = 0;
	int r = helper_run(look, w, root_limit(w->root, LIMIT_MS), &output);

	while (i < w->count && (line = text_line(output.data, output.length, &at, &n)))
		take_line(line, n, w->files[i++]);
	for (; i < w->count; i++)
		*w->files[i] = (struct fact_file){ .error = r < 0 ? -r : EIO };
	for (i = 0; i < w->count; i++)
		root_note_stat(w->root, w->paths[i], w->files[i]);
	return r;
}

/* -ETIMEDOUT is in the files that were not seen. */
static void look_at(struct wanted *w)
{
	if (w->root->kind == ROOT_LIVE)
		(void)look_live(w);
	else
		for (size_t i = 0; i < w->count; i++)
			root_stat(w->root, w->paths[i], w->files[i]);
	for (size_t i = 0; i < w->count; i++)
		fstab_foresee(w->root, w->paths[i], w->files[i]);
}

void home_stat(
	struct root *root, const char *const paths[], struct fact_file *const ret[], size_t count)
{
	struct wanted w = { .root = root };

	for (size_t i = 0; i < count; i++) {
		*ret[i] = (struct fact_file){ .error = E2BIG };
		if (w.count < ARRAY_SIZE(w.paths))
			want(&w, paths[i], ret[i]);
	}
	look_at(&w);
}

void home_read(struct home *ret, struct root *root, const struct user *user)
{
	struct wanted w = { .root = root };

	*ret = (struct home){ 0 };
	if (user->state != FACT_KNOWN || user->home[0] != '/')
		return;
	add_above(ret, user->home);
	add_places(ret, user->home);
	for (size_t i = 0; i < ret->above_count; i++)
		want(&w, ret->above[i].path, &ret->above[i].file);
	want(&w, user->home, &ret->home);
	for (size_t i = 0; i < ret->count; i++)
		want(&w, ret->places[i].path, &ret->places[i].file);
	look_at(&w);
	for (size_t i = 0; i < w.count; i++)
		ret->hung |= w.files[i]->error == ETIMEDOUT;
}
