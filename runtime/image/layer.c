/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/image/layer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runtime/image/entry.h"
#include "runtime/image/whiteout.h"

/* A directory's time is set when nothing is put into it any more. */
struct directory_time {
	char *path;
	struct timespec mtime;
};

struct times {
	struct directory_time *items;
	size_t count, room;
};

static int times_add(struct times *times, const char *path, struct timespec mtime)
{
	struct directory_time *item;

	if (times->count == times->room) {
		size_t room = times->room ? 2 * times->room : 64;
		void *grown = reallocarray(times->items, room, sizeof(*times->items));

		if (!grown)
			return -ENOMEM;
		times->items = grown;
		times->room = room;
	}
	item = &times->items[times->count];
	item->mtime = mtime;
	item->path = strdup(path);
	if (!item->path)
		return -ENOMEM;
	times->count++;
	return 0;
}

/* A directory may have been replaced since: then there is nothing to set. */
static void times_apply(const struct times *times, const struct tree *tree)
{
	for (size_t i = 0; i < times->count; i++) {
		const struct directory_time *item = &times->items[i];
		const struct timespec both[2] = { item->mtime, item->mtime };
		_cleanup_close_ int fd = tree_open_directory(tree, item->path);

		if (fd >= 0)
			(void)futimens(fd, both);
	}
}

static void times_done(struct times *times)
{
	for (size_t i = 0; i < times->count; i++)
		free(times->items[i].path);
	free(times->items);
}

static int bad_name(int fault, const char *path, struct error *err)
{
	if (fault == -EINVAL)
		return error_say(err, fault, "it has an entry that leads outside: '%.300s'", path);
	return error_say(err, fault, "it has an entry whose name is too long: '%.100s...'", path);
}

static int unpack_whiteout(
	struct tree *tree, const struct tree_name *name, enum whiteout kind, struct error *err)
{
	int parent_fd, r;

	if (kind == WHITEOUT_IGNORE)
		return 0;
	if (kind == WHITEOUT_BAD)
		return error_say(
			err, -EINVAL, "it has a whiteout that names no file: '%.300s'", name->path);
	parent_fd = tree_parent(tree, name, true);
	if (parent_fd < 0)
		return error_set(
			err, parent_fd, "cannot make the directory of '%.300s'", name->path);
	r = kind == WHITEOUT_OPAQUE ? whiteout_make_opaque(parent_fd, "")
				    : whiteout_make(parent_fd, whiteout_target(name->last));
	if (r < 0)
		return error_set(err, r, "cannot mark what '%.300s' takes away", name->path);
	return 0;
}

static int unpack_one(struct tree *tree, struct tar *tar, const struct tar_entry *from,
	struct times *times, struct layer_report *report, struct error *err)
{
	struct tree_name name;
	enum whiteout kind;
	int r;

	r = tree_name(&name, from->path);
	if (r < 0)
		return bad_name(r, from->path, err);
	kind = whiteout_kind(name.path, name.last);
	if (kind != WHITEOUT_NONE)
		return unpack_whiteout(tree, &name, kind, err);
	r = entry_make(tree, tar, from, &name, report, err);
	if (r >= 0 && from->kind == TAR_DIRECTORY && times_add(times, name.path, from->mtime) < 0)
		r = error_set(err, -ENOMEM, "cannot unpack a layer");
	return r;
}

static int unpack_all(struct tree *tree, struct tar *tar, const struct layer_limits *limits,
	struct times *times, struct layer_report *report, struct error *err)
{
	struct tar_entry entry;
	uint64_t n = 0;
	int r;

	while ((r = tar_next(tar, &entry, err)) > 0) {
		if (++n > limits->entries)
			return error_say(err, -E2BIG, "it has more than %llu entries",
				(unsigned long long)limits->entries);
		r = unpack_one(tree, tar, &entry, times, report, err);
		if (r < 0)
			return r;
	}
	return r;
}

int layer_unpack(int root_fd, struct tar *tar, const struct layer_limits *limits,
	struct layer_report *ret, struct error *err)
{
	_cleanup_tree_ struct tree tree = { .root_fd = root_fd, .parent_fd = -1 };
	struct layer_report report = { 0 };
	struct times times = { 0 };
	int r;

	r = unpack_all(&tree, tar, limits, &times, &report, err);
	if (r >= 0) {
		times_apply(&times, &tree);
		*ret = report;
	}
	times_done(&times);
	return r;
}
