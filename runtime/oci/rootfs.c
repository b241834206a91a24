/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runtime/oci/channel.h"
#include "runtime/oci/mountfd.h"
#include "runtime/oci/spec.h"

/* Put the tree @fd on @path and open what is there now. */
static int put(int fd, const char *path, struct error *err)
{
	_cleanup_close_ int target = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (target < 0)
		return error_set(err, -errno, "cannot open '%s'", path);
	r = mountfd_attach_with(fd, target, 0, true);
	return r < 0 ? error_set(err, r, "cannot mount the root file system on '%s'", path) : 0;
}

static int bind_directory(const char *dir, const char *on, struct error *err)
{
	_cleanup_close_ int tree = mountfd_clone(AT_FDCWD, dir, true);
	int r;

	if (tree < 0)
		return error_set(err, tree, "cannot use '%s' as root file system", dir);
	r = put(tree, on, err);
	return r < 0 ? r : take_fd(&tree);
}

/* mount(2) has no descriptor to return and no room for many long paths. */
static int overlay_classic(const struct mountfd_overlay *overlay, const char *merged)
{
	int r;

	if (chdir(merged) < 0)
		return -errno;
	r = mountfd_overlay_classic(overlay);
	if (r < 0)
		return r;
	r = open(merged, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return r < 0 ? -errno : r;
}

/* The caller runs fuse-overlayfs for us and sends the tree it serves. */
static int overlay_fuse(const struct spec_root *root, int channel, struct error *err)
{
	struct channel_message message = { 0 };
	_cleanup_close_ int tree = -1;
	int r = channel_send(channel, CHANNEL_FUSE);

	if (r == 0)
		r = channel_await(channel, CHANNEL_FUSE, &message);
	if (r < 0)
		return error_set(err, r, "cannot ask for fuse-overlayfs");
	if (message.word == CHANNEL_ERROR) {
		*err = message.error;
		return err->code;
	}
	if (message.fd < 0)
		return error_say(err, -EPROTO, "fuse-overlayfs gave no file system");
	tree = message.fd;
	r = put(tree, root->merged, err);
	return r < 0 ? r : take_fd(&tree);
}

static size_t count(const char *const *layers)
{
	size_t n = 0;

	while (layers && layers[n])
		n++;
	return n;
}

static int overlay(const struct spec *spec, int channel, struct error *err)
{
	const struct spec_root *root = &spec->root;
	struct mountfd_overlay o = {
		.layers = root->layers,
		.count = count(root->layers),
		.upper = root->upper,
		.work = root->work,
		.throw_away = root->throw_away,
		.label = spec->mount_label,
	};
	_cleanup_text_ struct text words = { 0 };
	_cleanup_close_ int fd = -1;
	int r;

	fd = mountfd_overlay(&o, &words);
	if (fd >= 0) {
		r = put(fd, root->merged, err);
		return r < 0 ? r : take_fd(&fd);
	}
	/* an option or a path this kernel's fsconfig() does not take */
	r = fd;
	if (fd == -EINVAL || fd == -ENOSYS)
		r = overlay_classic(&o, root->merged);
	if (r >= 0)
		return r;
	fd = overlay_fuse(root, channel, err);
	if (fd >= 0)
		return take_fd(&fd);
	(void)error_prefix(err, "cannot mount overlay (%s%s%s)", strerror(-r),
		words.length ? ": " : "", text_get(&words));
	return error_see(err, "home.overlay");
}

int rootfs_mount(const struct spec *spec, int channel, struct error *err)
{
	const struct spec_root *root = &spec->root;

	if (root->dir)
		return bind_directory(root->dir, root->dir, err);
	/* overlay wants two layers, or one and a place to write */
	if (count(root->layers) == 1 && !root->upper)
		return bind_directory(root->layers[0], root->merged, err);
	return overlay(spec, channel, err);
}

int rootfs_enter(int root, struct error *err)
{
	int r = fchdir(root) < 0 ? -errno : mountfd_pivot();

	return r < 0 ? error_set(err, r, "cannot enter the root file system") : 0;
}
