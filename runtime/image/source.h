/* SPDX-License-Identifier: Apache-2.0 */
/* Where images come from: one row for each kind of reference, each in a file of its own. */
#pragma once

#include "runtime/image/cache.h"
#include "runtime/image/manifest.h"
#include "runtime/image/reference.h"

/* An image that was looked up: what it consists of, and where the layers' bytes are. */
struct content {
	struct manifest manifest;
	int layout_fd; /* -1: the only layer is @data */
	void *data;
	size_t size;
};

struct image_source {
	/* cheap: no library, no JSON */
	int (*key)(struct cache_key *ret, const struct reference *reference, struct error *err);
	/* @ret holds layout_fd -1 and else zeros, and is released by the caller */
	int (*read)(struct content *ret, const struct reference *reference, struct error *err);
};

extern const struct image_source source_hello, source_oci;
