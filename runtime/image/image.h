/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images: from a reference to the directories a root file system is stacked from, and to what the
 * image says about its process. An image is opened from
 *
 *	hello             built into rpod: no network, no registry, no file
 *	oci:DIR[:TAG]     an OCI image layout on disk (image-layout.md of the OCI image spec 1.1)
 *
 * Every blob's digest and size are verified before use; layers are unpacked once, in the user's own
 * id map, into the store, content-addressed by their diff id, and shared by all images. Nothing
 * half unpacked is ever visible: a layer appears by rename.
 *
 * It does not mount and it does not remove: stacking is the engine's, which mounts overlay with
 * "userxattr", since opaque directories are marked by user.overlay.opaque.
 */
#pragma once

#include "base/error.h"
#include "base/text.h"

/* image config, OCI image spec "Image Configuration", as far as a container's process needs it. */
struct image_config {
	struct text_list entrypoint, cmd, env;
	char *working_dir;        /* NULL: "/" */
	char *user;               /* NULL: root */
	char *stop_signal;        /* NULL: SIGTERM */
	struct text_list labels;  /* NAME=VALUE */
	struct text_list volumes; /* paths */
	struct text_list ports;   /* "80/tcp" */
};

struct image {
	char name[512];          /* as the user wrote it */
	char id[65];             /* hex sha256 of the configuration */
	struct text_list layers; /* absolute directories, lowest first, for overlay's lowerdir */
	struct image_config config;
	char warning[256]; /* what unpacking left out ("2 device nodes ..."), or ""; said once */
};

/* ~/.local/share/rpod (XDG_DATA_HOME honoured): made with mode 0700 when absent. */
struct store {
	char path[4096];
	uint64_t layer_limit; /* bytes one layer may unpack to; 0: IMAGE_LAYER_LIMIT */
};

#define IMAGE_LAYER_LIMIT ((uint64_t)128 << 30)

/* @data_home: $XDG_DATA_HOME or NULL; @home: the user's home, used where @data_home is no absolute
 * path (XDG base directory specification). Makes the directory. */
int store_open(
	struct store *ret, const char *data_home, const char *home, struct error *err) MUST_CHECK;

/*
 * Files of a layer belong to many ids: unpacking happens in a child inside the user's id map.
 * @userns_fd is a user namespace of the caller's with its whole map (runtime/oci/userns.h), or -1:
 * the caller is root where it stands. It is used only when a layer is not in the store yet: a
 * caller that has to make the namespace first can try with IMAGE_NO_USERNS, which gives -EAGAIN
 * when there is something to unpack.
 */
enum {
	IMAGE_NO_USERNS = -2
};
int image_open(struct image *ret, const struct store *store, const char *reference, int userns_fd,
	struct error *err) MUST_CHECK;
void image_done(struct image *image);
#define _cleanup_image_ CLEANUP(image_done)
