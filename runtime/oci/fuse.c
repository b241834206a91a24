/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci/fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/spawn.h"
#include "base/text.h"
#include "runtime/oci/channel.h"
#include "runtime/oci/mountfd.h"
#include "runtime/oci/spec.h"

enum {
	MOUNT_LIMIT_MS = 10000
};

/* ':' and ',' in paths are escaped by a backslash, as libfuse and fuse-overlayfs read them. */
static void add_path(struct text *to, const char *path)
{
	for (; *path; path++) {
		if (strchr(":,\\", *path))
			text_add(to, "\\");
		text_add_bytes(to, path, 1);
	}
}

static void add_options(struct text *to, const struct spec_root *root)
{
	size_t n = 0;

	while (root->layers[n])
		n++;
	text_add(to, "lowerdir=");
	for (; n > 0; n--) {
		add_path(to, root->layers[n - 1]);
		text_add(to, n > 1 ? ":" : "");
	}
	if (!root->upper)
		return;
	text_add(to, ",upperdir=");
	add_path(to, root->upper);
	text_add(to, ",workdir=");
	add_path(to, root->work);
	text_add(to, root->throw_away ? ",volatile" : "");
}

static int serve(const struct spec_root *root, struct error *err)
{
	const char *program = root->fuse_overlayfs ? root->fuse_overlayfs : "fuse-overlayfs";
	_cleanup_text_ struct text options = { 0 }, said = { 0 };
	const char *argv[] = { program, "-o", NULL, root->merged, NULL };
	struct spawn spawn = { .argv = argv, .timeout_ms = MOUNT_LIMIT_MS, .output = &said };
	int r;

	add_options(&options, root);
	if (text_failed(&options))
		return error_set(err, -ENOMEM, "cannot start fuse-overlayfs");
	argv[2] = text_get(&options);
	if (unshare(CLONE_NEWNS) < 0)
		return error_set(err, -errno, "cannot make a mount namespace");
	r = mountfd_make_slave("/");
	if (r < 0)
		return error_set(err, r, "cannot cut mounts off from the host's");
	/* ends when the mount is there; a child of it serves */
	r = spawn_run(&spawn, err);
	if (r > 0)
		r = -EIO;
	if (r < 0)
		return error_see(err, "device.fuse");
	r = mountfd_clone(AT_FDCWD, root->merged, false);
	if (r < 0)
		return error_set(err, r, "cannot take what fuse-overlayfs mounted");
	/* the server lives in this mount namespace: held here, the mount would keep it for ever */
	(void)umount2(root->merged, MNT_DETACH);
	return r;
}

static void NORETURN serve_and_tell(const struct spec_root *root, int channel)
{
	struct error err = { 0 };
	int tree = serve(root, &err);
	int r = tree < 0 ? channel_send_error(channel, &err)
			 : channel_send_fd(channel, CHANNEL_FUSE, tree, 0);

	_exit(r < 0);
}

int fuse_overlay(const struct spec_root *root, struct error *err)
{
	struct channel_message message = { .fd = -1 };
	int ends[2];
	pid_t pid;
	int r = channel_open(ends);

	if (r < 0)
		return error_set(err, r, "cannot make a channel");
	pid = fork();
	if (pid == 0)
		serve_and_tell(root, ends[1]);
	(void)close(ends[1]);
	r = pid < 0 ? -errno : channel_receive(ends[0], &message);
	(void)close(ends[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (r < 0)
		return error_set(err, r, "cannot start fuse-overlayfs");
	if (message.word == CHANNEL_ERROR) {
		*err = message.error;
		return err->code;
	}
	return message.fd >= 0 ? message.fd
			       : error_say(err, -EIO, "fuse-overlayfs ended without a word");
}
