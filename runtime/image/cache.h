/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a reference came to the last time, in one small file: running an image again opens no JSON,
 * no tar and computes no digest.
 *
 *	images/NAME	records, each ended by NUL, in a fixed order: see cache.c
 *
 * It is a cache and no more: a file that is missing, cut short, of another key or of another
 * program's version is "not there".
 */
#pragma once

#include "runtime/image/image.h"

/* What the answer depends on. It is compared as a whole: two references that share a file name only
 * take turns. */
struct cache_key {
	char file[40];
	char text[8192];
};

/* A reference's key: @source says where the image is ("oci:/canonical/path:tag"), @state changes
 * when it may have changed. */
int cache_key(struct cache_key *ret, const char *source, const char *state) MUST_CHECK;

/* -ENOENT unless all of it is there, the layers' directories too. @ret is released with image_done
 * in any case. */
int cache_read(
	struct image *ret, const struct store *store, const struct cache_key *key) MUST_CHECK;

/* A cache that cannot be written (a full disk) costs time at the next run, and is no error. */
void cache_write(const struct image *image, const struct store *store, const struct cache_key *key);

/* FNV-1a: names and change detection among our own files, where nobody gains by a collision. */
uint64_t cache_hash(const void *bytes, size_t n);
