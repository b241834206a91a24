/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	reference -> key -> cache: everything there? done
 *	                      no: read the source, unpack what is missing, remember
 */
#include "runtime/image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runtime/image/config.h"
#include "runtime/image/source.h"
#include "runtime/image/unpack.h"

static const struct image_source *const sources[] = {
	[REFERENCE_HELLO] = &source_hello,
	[REFERENCE_OCI] = &source_oci,
};
_Static_assert(ARRAY_SIZE(sources) == REFERENCE_KIND_COUNT, "every reference leads somewhere");

static void content_done(struct content *content)
{
	manifest_done(&content->manifest);
	cleanup_close(&content->layout_fd);
	free(content->data);
}
#define _cleanup_content_ CLEANUP(content_done)

static int open_layers(const struct store *store, struct error *err)
{
	char path[sizeof(store->path) + 32];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/layers/sha256", store->path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, -errno, "cannot open '%.300s'", path);
	return fd;
}

static void warn(struct image *image, const struct layer_report *left_out)
{
	unsigned d = left_out->devices, a = left_out->attributes;
	char attributes[80] = "";

	if (a)
		(void)snprintf(attributes, sizeof(attributes), "%s%u extended attribute%s",
			d ? " and " : "", a, a == 1 ? "" : "s");
	if (d)
		(void)snprintf(image->warning, sizeof(image->warning),
			"left out of the image: %u device node%s%s", d, d == 1 ? "" : "s",
			attributes);
	else if (a)
		(void)snprintf(image->warning, sizeof(image->warning), "left out of the image: %s",
			attributes);
}

/* Unpack what the store has not. */
static int complete(struct image *image, const struct store *store, int layers_fd,
	const struct content *content, int userns_fd, struct error *err)
{
	const struct manifest *manifest = &content->manifest;
	_cleanup_free_ struct unpack_job *jobs = calloc(manifest->count, sizeof(*jobs));
	uint64_t limit = store->layer_limit ? store->layer_limit : IMAGE_LAYER_LIMIT;
	struct layer_report left_out = { 0 };
	size_t n = 0;
	int r;

	if (!jobs)
		return error_set(err, -ENOMEM, "cannot unpack image '%s'", image->name);
	for (size_t i = 0; i < manifest->count; i++)
		if (faccessat(layers_fd, manifest->layers[i].diff_id.hex, F_OK,
			    AT_SYMLINK_NOFOLLOW) < 0)
			jobs[n++] = (struct unpack_job){ &manifest->layers[i], content->layout_fd,
				content->data, content->size, limit };
	if (n > 0 && userns_fd == IMAGE_NO_USERNS)
		return error_say(err, -EAGAIN, "image '%s' is not unpacked yet", image->name);
	r = unpack_layers(layers_fd, userns_fd, jobs, n, &left_out, err);
	if (r >= 0)
		warn(image, &left_out);
	return r;
}

/* Overlay does not look for the mark of an opaque directory at its layers' roots: what is below
 * such a layer is left out here. */
static bool hides_all_below(const char *layer)
{
	char mark[2];

	return lgetxattr(layer, "user.overlay.opaque", mark, sizeof(mark)) == 1 && mark[0] == 'y';
}

static int stack(struct image *image, const struct store *store, const struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->count; i++) {
		char path[sizeof(store->path) + 100];

		(void)snprintf(path, sizeof(path), "%s/layers/sha256/%s", store->path,
			manifest->layers[i].diff_id.hex);
		if (hides_all_below(path))
			text_list_done(&image->layers);
		if (text_list_add(&image->layers, path) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int open_anew(struct image *image, const struct store *store,
	const struct image_source *source, const struct reference *reference,
	const struct cache_key *key, int userns_fd, struct error *err)
{
	_cleanup_content_ struct content content = { .layout_fd = -1 };
	_cleanup_close_ int layers_fd = open_layers(store, err);
	int r;

	if (layers_fd < 0)
		return layers_fd;
	r = source->read(&content, reference, err);
	if (r >= 0)
		r = complete(image, store, layers_fd, &content, userns_fd, err);
	if (r < 0)
		return r;
	r = stack(image, store, &content.manifest);
	if (r < 0)
		return error_set(err, r, "cannot open image '%s'", image->name);
	(void)text_copy(image->id, sizeof(image->id), content.manifest.id);
	image->config = content.manifest.config;
	content.manifest.config = (struct image_config){ 0 };
	cache_write(image, store, key);
	return 0;
}

static int open_image(struct image *image, const struct store *store,
	const struct reference *reference, int userns_fd, struct error *err)
{
	const struct image_source *source = sources[reference->kind];
	char name[sizeof(image->name)];
	struct cache_key key;
	int r;

	r = source->key(&key, reference, err);
	if (r < 0)
		return r;
	r = cache_read(image, store, &key);
	if (r != -ENOENT)
		return r < 0 ? error_set(err, r, "cannot open image '%s'", image->name) : 0;
	(void)text_copy(name, sizeof(name), image->name);
	image_done(image);
	(void)text_copy(image->name, sizeof(image->name), name);
	return open_anew(image, store, source, reference, &key, userns_fd, err);
}

int image_open(struct image *ret, const struct store *store, const char *reference, int userns_fd,
	struct error *err)
{
	struct image image = { 0 };
	struct reference parsed;
	int r;

	if (!text_copy(image.name, sizeof(image.name), reference))
		return error_say(err, -ENAMETOOLONG, "the image's name is too long");
	r = reference_parse(&parsed, reference, err);
	if (r >= 0)
		r = open_image(&image, store, &parsed, userns_fd, err);
	if (r < 0) {
		image_done(&image);
		return r;
	}
	*ret = image;
	return 0;
}

void image_done(struct image *image)
{
	text_list_done(&image->layers);
	config_done(&image->config);
	*image = (struct image){ 0 };
}
