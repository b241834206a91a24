/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/image/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "runtime/image/platform.h"

enum {
	INDEX_DEPTH = 4
};

enum media_kind {
	MEDIA_OTHER,
	MEDIA_MANIFEST,
	MEDIA_INDEX
};

static enum media_kind media_kind(const char *type)
{
	static const struct {
		const char *type;
		enum media_kind kind;
	} rows[] = {
		{ "application/vnd.oci.image.manifest.v1+json", MEDIA_MANIFEST },
		{ "application/vnd.docker.distribution.manifest.v2+json", MEDIA_MANIFEST },
		{ "application/vnd.oci.image.index.v1+json", MEDIA_INDEX },
		{ "application/vnd.docker.distribution.manifest.list.v2+json", MEDIA_INDEX },
	};

	for (size_t i = 0; type && i < ARRAY_SIZE(rows); i++)
		if (strcmp(type, rows[i].type) == 0)
			return rows[i].kind;
	return MEDIA_OTHER;
}

static int read_document(int dirfd, const char *name, struct json **ret, struct error *err)
{
	_cleanup_text_ struct text text = { 0 };
	int r;

	r = io_read_file_at(dirfd, name, DOCUMENT_MAX, &text);
	if (r < 0)
		return error_set(err, r, "cannot read '%s' of the image layout", name);
	return document_parse(text_get(&text), text.length, name, ret, err);
}

static int check_version(int fd, const char *dir, struct error *err)
{
	_cleanup_json_ struct json *layout = NULL;
	const char *version;
	int r;

	r = read_document(fd, "oci-layout", &layout, err);
	if (r < 0) {
		if (r == -ENOENT)
			return error_say(err, r,
				"'%s' is no OCI image layout: it has no "
				"'oci-layout' file; write one with 'skopeo copy ... oci:DIR:TAG'",
				dir);
		return r;
	}
	version = json_get_text(layout, "imageLayoutVersion");
	if (!version || strcmp(version, "1.0.0") != 0)
		return error_say(err, -ENOTSUP,
			"'%s' is an image layout of version '%.20s'; "
			"known is 1.0.0",
			dir, version ? version : "none");
	return 0;
}

int layout_open(const char *dir, struct error *err)
{
	_cleanup_close_ int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return error_set(err, -errno, "cannot open image layout '%s'", dir);
	r = check_version(fd, dir, err);
	if (r < 0)
		return r;
	return take_fd(&fd);
}

static const char *tag_of(struct json *entry)
{
	return json_get_text(json_get(entry, "annotations"), "org.opencontainers.image.ref.name");
}

/* "a, b and 3 more", for errors */
static void list_tags(struct json *manifests, struct text *ret)
{
	size_t more = 0;

	for (size_t i = 0; i < json_count(manifests); i++) {
		const char *tag = tag_of(json_at(manifests, i));

		if (!tag)
			continue;
		if (ret->length > 300)
			more++;
		else
			text_addf(ret, "%s'%.100s'", ret->length ? ", " : "", tag);
	}
	if (more)
		text_addf(ret, " and %zu more", more);
	if (ret->length == 0)
		text_add(ret, "images without tag only");
}

static void list_platforms(struct json *manifests, struct text *ret)
{
	for (size_t i = 0; i < json_count(manifests) && ret->length < 300; i++) {
		struct json *platform = json_get(json_at(manifests, i), "platform");
		const char *os = json_get_text(platform, "os");
		const char *architecture = json_get_text(platform, "architecture");

		text_addf(ret, "%s%.30s/%.30s", ret->length ? ", " : "", os ? os : "?",
			architecture ? architecture : "?");
	}
}

/* The entry of an index that fits this machine best and, with @tag, has that name. */
static struct json *best_entry(struct json *manifests, const char *tag)
{
	struct json *best = NULL;
	int best_rank = 0;

	for (size_t i = 0; i < json_count(manifests); i++) {
		struct json *entry = json_at(manifests, i);
		const char *name = tag_of(entry);
		int rank = platform_rank(platform_here(), json_get(entry, "platform"));

		if (tag && (!name || strcmp(name, tag) != 0))
			continue;
		if (media_kind(json_get_text(entry, "mediaType")) == MEDIA_OTHER)
			continue;
		if (rank > best_rank) {
			best = entry;
			best_rank = rank;
		}
	}
	return best;
}

static int no_entry(struct json *manifests, const char *tag, struct error *err)
{
	_cleanup_text_ struct text list = { 0 };

	for (size_t i = 0; tag && i < json_count(manifests); i++) {
		const char *name = tag_of(json_at(manifests, i));

		if (name && strcmp(name, tag) == 0)
			tag = NULL; /* it is there, for another machine */
	}
	if (tag) {
		list_tags(manifests, &list);
		return error_say(err, -ENOENT, "no image '%s' in the layout; it has %s", tag,
			text_get(&list));
	}
	list_platforms(manifests, &list);
	return error_say(err, -ENOENT, "no image for linux/%s in the layout; it has %s",
		platform_here()->architecture, list.length ? text_get(&list) : "none at all");
}

/* The first index: by tag, or the only image there is. */
static int pick_top(struct json *index, const char *tag, struct json **ret, struct error *err)
{
	struct json *manifests = json_get(index, "manifests");
	struct json *entry;

	if (!json_is_array(manifests))
		return error_say(err, -EINVAL, "'index.json' has no list of manifests");
	if (!*tag && json_count(manifests) > 1) {
		_cleanup_text_ struct text list = { 0 };

		list_tags(manifests, &list);
		return error_say(err, -ENOTUNIQ,
			"the layout has several images; name one as oci:DIR:TAG, of %s",
			text_get(&list));
	}
	entry = best_entry(manifests, *tag ? tag : NULL);
	if (!entry)
		return no_entry(manifests, *tag ? tag : NULL, err);
	*ret = entry;
	return 0;
}

static int pick_nested(struct json *index, struct json **ret, struct error *err)
{
	struct json *manifests = json_get(index, "manifests");
	struct json *entry = best_entry(manifests, NULL);

	if (!entry)
		return no_entry(manifests, NULL, err);
	*ret = entry;
	return 0;
}

int layout_find(int layout_fd, const char *tag, struct descriptor *ret, struct error *err)
{
	struct json *index = NULL, *entry = NULL;
	struct descriptor at;
	int r;

	r = read_document(layout_fd, "index.json", &index, err);
	if (r < 0)
		return r;
	r = pick_top(index, tag, &entry, err);
	if (r >= 0)
		r = descriptor_parse(&at, entry, "index.json", err);
	json_free(index);
	for (int depth = 0; r >= 0 && media_kind(at.media_type) == MEDIA_INDEX; depth++) {
		if (depth == INDEX_DEPTH)
			return error_say(
				err, -ELOOP, "more than %d indexes within each other", INDEX_DEPTH);
		r = blob_read_json(layout_fd, &at, &index, err);
		if (r < 0)
			return r;
		r = pick_nested(index, &entry, err);
		if (r >= 0)
			r = descriptor_parse(&at, entry, "image index", err);
		json_free(index);
	}
	if (r >= 0)
		*ret = at;
	return r;
}
