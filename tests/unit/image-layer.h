/* SPDX-License-Identifier: Apache-2.0 */
/* A layer unpacked below place/root, beside place/outside, which must not change. */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "image-root.h"
#include "image-tar.h"
#include "runtime/image/layer.h"

static struct layer_report report;
static struct error err;
static int root_fd = -1;

/* place/root is the layer's root; place/outside is what must not change. */
static inline int make_root(void **state)
{
	char path[160];

	err = (struct error){ 0 };
	report = (struct layer_report){ 0 };
	(void)umask(0);
	if (place_make(state) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/outside", place);
	if (mkdir(path, 0700) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/root", place);
	if (mkdir(path, 0755) < 0)
		return -1;
	root_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return root_fd < 0 ? -1 : 0;
}

static inline int remove_root(void **state)
{
	(void)close(root_fd);
	return place_remove(state);
}

static inline int unpack_bytes(const struct text *bytes, uint64_t limit)
{
	const struct tar_source source = { .fd = -1,
		.data = bytes->data,
		.size = bytes->length,
		.packed_limit = bytes->length,
		.unpacked_limit = limit };
	const struct layer_limits limits = { .entries = 1000 };
	struct tar_sums sums;
	struct tar *tar = NULL;
	int r;

	r = tar_open(&tar, &source, &err);
	if (r >= 0)
		r = layer_unpack(root_fd, tar, &limits, &report, &err);
	if (r >= 0)
		r = tar_finish(tar, &sums, &err);
	tar_close(tar);
	return r;
}

static inline int unpack(const struct tar_line *lines, size_t n)
{
	struct text bytes = { 0 };
	int r;

	for (size_t i = 0; i < n; i++)
		tar_add(&bytes, &lines[i]);
	tar_end(&bytes);
	r = unpack_bytes(&bytes, 1 << 20);
	text_done(&bytes);
	return r;
}
#define UNPACK(...)                                                                                \
	unpack((const struct tar_line[]){ __VA_ARGS__ },                                           \
		ARRAY_SIZE(((const struct tar_line[]){ __VA_ARGS__ })))

static inline mode_t mode_of(const char *path)
{
	struct stat st;

	return fstatat(root_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_mode;
}

static inline bool holds(const char *path, const char *wanted)
{
	struct text text = { 0 };
	bool same = io_read_file_at(root_fd, path, 4096, &text) == 0 &&
		    strcmp(text_get(&text), wanted) == 0;

	text_done(&text);
	return same;
}

static inline bool is_opaque(const char *path)
{
	char full[300], value[4] = "";

	(void)snprintf(full, sizeof(full), "%s/root/%s", place, path);
	return lgetxattr(full, "user.overlay.opaque", value, sizeof(value)) == 1 && value[0] == 'y';
}

static inline bool is_whiteout(const char *path)
{
	struct stat st;

	return fstatat(root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(st.st_mode) &&
	       st.st_rdev == makedev(0, 0);
}

static inline int entries_of(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		(void)closedir(dir);
	return n - 2;
}

/* Nothing was made, changed or removed beside the root. */
static inline bool nothing_outside(void)
{
	char path[160];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/outside", place);
	return entries_of(place) == 2 && entries_of(path) == 0 && stat(path, &st) == 0 &&
	       (st.st_mode & 07777) == 0700;
}
