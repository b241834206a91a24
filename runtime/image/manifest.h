/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an image consists of, once its manifest and its configuration are read: which blob unpacks
 * to which layer, lowest first, and the process's configuration.
 */
#pragma once

#include "runtime/image/blob.h"
#include "runtime/image/image.h"

/* overlay's own limit (OVL_MAX_STACK in fs/overlayfs) */
enum {
	LAYERS_MAX = 500
};

struct manifest_layer {
	struct descriptor blob;
	struct digest diff_id; /* of the tar in it, uncompressed */
};

struct manifest {
	char id[65]; /* digest of the configuration */
	struct manifest_layer *layers;
	size_t count;
	struct image_config config;
};

/* Read the manifest @at points to. @ret is released with manifest_done(), on failure too. */
int manifest_read(struct manifest *ret, int layout_fd, const struct descriptor *at,
	struct error *err) MUST_CHECK;
void manifest_done(struct manifest *manifest);
#define _cleanup_manifest_ CLEANUP(manifest_done)

/* True for a layer this program can unpack: a tar, plain, gzip or zstd, of OCI or docker. */
bool manifest_is_layer(const char *media_type);
