/* SPDX-License-Identifier: Apache-2.0 */
/* Image layouts written by hand, each document as the test wants it, digests right unless told. */
#pragma once

#include "image-root.h"
#include "image-tar.h"
#include "runtime/image/digest.h"
#include "runtime/image/platform.h"

static char layout[160];

static inline int layout_write(const char *name, const void *bytes, size_t n)
{
	char path[500];
	int fd, r;

	(void)snprintf(path, sizeof(path), "%s/%s", layout, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	r = fd < 0 ? -1 : io_write_all(fd, bytes, n);
	(void)close(fd);
	return r;
}

static inline int layout_make(void)
{
	static const char version[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	char path[300];

	(void)snprintf(layout, sizeof(layout), "%s/layout", place);
	(void)snprintf(path, sizeof(path), "%s/blobs/sha256", layout);
	if (io_mkdirs(path, 0755) < 0)
		return -1;
	return layout_write("oci-layout", version, strlen(version));
}

/* Store the bytes as a blob and give its descriptor as JSON, with @more of it. */
static inline const char *layout_blob(
	const void *bytes, size_t n, const char *type, const char *more)
{
	static char descriptors[8][800];
	static unsigned turn;
	char *ret = descriptors[turn++ % 8];
	struct digest digest = { "" };
	char path[100];

	if (digest_of(&digest, bytes, n, NULL) < 0)
		abort();
	(void)snprintf(path, sizeof(path), "blobs/sha256/%s", digest.hex);
	if (layout_write(path, bytes, n) < 0)
		abort();
	(void)snprintf(ret, 800, "{\"mediaType\":\"%s\",\"digest\":\"sha256:%s\",\"size\":%zu%s}",
		type, digest.hex, n, more);
	return ret;
}

#define TYPE_OCI "application/vnd.oci.image."

/* An image of one layer that holds /NAME: its manifest's descriptor. @config: members of the
 * configuration's "config". */
static inline const char *layout_image(const char *name, const char *config, const char *more)
{
	struct tar_line line = { .type = '0', .name = name, .data = "contents of it" };
	char document[4096], manifest[2048];
	struct digest diff_id = { "" };
	struct text tar = { 0 };
	const char *layer;

	tar_add(&tar, &line);
	tar_end(&tar);
	if (digest_of(&diff_id, tar.data, tar.length, NULL) < 0)
		abort();
	layer = layout_blob(tar.data, tar.length, TYPE_OCI "layer.v1.tar", "");
	(void)snprintf(document, sizeof(document),
		"{\"os\":\"linux\",\"architecture\":\"%s\",\"config\":{%s},"
		"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:%s\"]}}",
		platform_here()->architecture, config, diff_id.hex);
	(void)snprintf(manifest, sizeof(manifest),
		"{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}",
		layout_blob(document, strlen(document), TYPE_OCI "config.v1+json", ""), layer);
	text_done(&tar);
	return layout_blob(manifest, strlen(manifest), TYPE_OCI "manifest.v1+json", more);
}

static inline int layout_index(const char *entries)
{
	char index[8192];

	(void)snprintf(index, sizeof(index), "{\"schemaVersion\":2,\"manifests\":[%s]}", entries);
	return layout_write("index.json", index, strlen(index));
}

#define TAG(tag) ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" tag "\"}"
