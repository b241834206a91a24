/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers that are not in the store yet are unpacked, each by a child process inside the user's id
 * map that sees nothing but the directory it unpacks into, several at once.
 */
#pragma once

#include "runtime/image/layer.h"
#include "runtime/image/manifest.h"

struct unpack_job {
	const struct manifest_layer *layer; /* its diff id becomes its name in the store */
	int layout_fd;                      /* holds the blob, or -1: */
	const void *data;                   /* a tar of our own, in memory */
	size_t size;
	uint64_t limit; /* bytes it may unpack to */
};

/* @layers_fd: where layers stand. @userns_fd as image_open() takes it. @ret: what was left out, of
 * all together. On failure the layers that were done stay. */
int unpack_layers(int layers_fd, int userns_fd, const struct unpack_job *jobs, size_t n,
	struct layer_report *ret, struct error *err) MUST_CHECK;
