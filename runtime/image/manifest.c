/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/image/manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/image/config.h"

bool manifest_is_layer(const char *media_type)
{
	static const char *const types[] = {
		"application/vnd.oci.image.layer.v1.tar",
		"application/vnd.oci.image.layer.v1.tar+gzip",
		"application/vnd.oci.image.layer.v1.tar+zstd",
		"application/vnd.oci.image.layer.nondistributable.v1.tar",
		"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
		"application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
		"application/vnd.docker.image.rootfs.diff.tar",
		"application/vnd.docker.image.rootfs.diff.tar.gzip",
		"application/vnd.docker.image.rootfs.diff.tar.zstd",
		"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(media_type, types[i]) == 0)
			return true;
	return false;
}

static int read_layers(struct manifest *ret, struct json *list, struct error *err)
{
	size_t n = json_count(list);
	int r;

	if (!json_is_array(list) || n == 0)
		return error_say(err, -EINVAL, "the image's manifest has no layers");
	if (n > LAYERS_MAX)
		return error_say(
			err, -E2BIG, "the image has %zu layers; overlay stacks %d", n, LAYERS_MAX);
	ret->layers = calloc(n, sizeof(*ret->layers));
	if (!ret->layers)
		return error_set(err, -ENOMEM, "cannot read the image's manifest");
	for (size_t i = 0; i < n; i++) {
		struct descriptor *blob = &ret->layers[i].blob;

		r = descriptor_parse(blob, json_at(list, i), "image manifest", err);
		if (r < 0)
			return r;
		if (!manifest_is_layer(blob->media_type))
			return error_say(err, -ENOTSUP,
				"layer 'sha256:%s' is of the unknown type '%s'", blob->digest.hex,
				blob->media_type);
	}
	ret->count = n;
	return 0;
}

static int read_diff_ids(struct manifest *ret, struct json *config, struct error *err)
{
	struct json *ids = json_get(json_get(config, "rootfs"), "diff_ids");

	if (json_count(ids) != ret->count)
		return error_say(err, -EINVAL,
			"the image's configuration names %zu layers, its manifest %zu",
			json_count(ids), ret->count);
	for (size_t i = 0; i < ret->count; i++) {
		const char *id = json_as_text(json_at(ids, i));

		if (!id || digest_parse(&ret->layers[i].diff_id, id) < 0)
			return error_say(err, -EINVAL,
				"malformed diff id '%.80s' in the image's "
				"configuration",
				id ? id : "null");
	}
	return 0;
}

/*
 * Overlay refuses the same directory twice (ELOOP). The upper one hides all of the lower one, and
 * what a layer between them removes the upper one brings back: the lower one can go.
 */
static void drop_repeated(struct manifest *manifest)
{
	size_t kept = 0;

	for (size_t i = 0; i < manifest->count; i++) {
		bool again = false;

		for (size_t j = i + 1; j < manifest->count; j++)
			again = again || digest_equal(&manifest->layers[i].diff_id,
						 &manifest->layers[j].diff_id);
		if (!again)
			manifest->layers[kept++] = manifest->layers[i];
	}
	manifest->count = kept;
}

static int read_config(
	struct manifest *ret, int layout_fd, struct json *manifest, struct error *err)
{
	_cleanup_json_ struct json *config = NULL;
	struct descriptor blob;
	int r;

	r = descriptor_parse(&blob, json_get(manifest, "config"), "image manifest", err);
	if (r < 0)
		return r;
	r = blob_read_json(layout_fd, &blob, &config, err);
	if (r < 0)
		return r;
	memcpy(ret->id, blob.digest.hex, sizeof(ret->id));
	r = read_diff_ids(ret, config, err);
	if (r < 0)
		return r;
	drop_repeated(ret);
	return config_parse(&ret->config, config, err);
}

int manifest_read(
	struct manifest *ret, int layout_fd, const struct descriptor *at, struct error *err)
{
	_cleanup_json_ struct json *manifest = NULL;
	int r;

	r = blob_read_json(layout_fd, at, &manifest, err);
	if (r < 0)
		return r;
	if (json_get_number(manifest, "schemaVersion", 0) != 2)
		return error_say(err, -ENOTSUP, "image manifest 'sha256:%s' is not of schema 2",
			at->digest.hex);
	r = read_layers(ret, json_get(manifest, "layers"), err);
	if (r < 0)
		return r;
	return read_config(ret, layout_fd, manifest, err);
}

void manifest_done(struct manifest *manifest)
{
	free(manifest->layers);
	config_done(&manifest->config);
	*manifest = (struct manifest){ 0 };
}
