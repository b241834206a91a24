/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image that is built in: a layer of one program (tools/hello.c, embedded by the Makefile) and
 * what little a root file system needs. It goes the way of every other image from here on: tar,
 * diff id, store.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/hello.h"
#include "runtime/image/config.h"
#include "runtime/image/platform.h"
#include "runtime/image/source.h"
#include "runtime/image/tarball.h"

static const char passwd[] = "root:x:0:0:root:/:/hello\nnobody:x:65534:65534:nobody:/:/hello\n";
static const char group[] = "root:x:0:\nnobody:x:65534:\n";

static const struct tar_entry entries[] = {
	{ .kind = TAR_DIRECTORY, .path = "./", .mode = 0755 },
	{ .kind = TAR_DIRECTORY, .path = "dev/", .mode = 0755 },
	{ .kind = TAR_DIRECTORY, .path = "etc/", .mode = 0755 },
	{ .path = "etc/group", .mode = 0644, .size = sizeof(group) - 1 },
	{ .path = "etc/passwd", .mode = 0644, .size = sizeof(passwd) - 1 },
	{ .path = "hello", .mode = 0755, .size = sizeof(hello_program) },
	{ .kind = TAR_DIRECTORY, .path = "proc/", .mode = 0555 },
	{ .kind = TAR_DIRECTORY, .path = "sys/", .mode = 0555 },
	{ .kind = TAR_DIRECTORY, .path = "tmp/", .mode = 01777 },
};
static const void *const contents[ARRAY_SIZE(entries)] = {
	[3] = group,
	[4] = passwd,
	[5] = hello_program,
};

static int hello_key(struct cache_key *ret, const struct reference *reference, struct error *err)
{
	char state[64];

	(void)reference;
	(void)snprintf(state, sizeof(state), "%s %zx.%016llx", platform_here()->architecture,
		sizeof(hello_program),
		(unsigned long long)cache_hash(hello_program, sizeof(hello_program)));
	if (cache_key(ret, "hello", state) < 0)
		return error_say(err, -ENAMETOOLONG, "cannot open image 'hello'");
	return 0;
}

/* The image's configuration as its own document: its digest is the image's id. */
static struct json *build_config(const struct digest *diff_id)
{
	struct json *document = json_new_object(), *config = json_new_object();
	struct json *rootfs = json_new_object();
	struct json *cmd = json_new_array(), *ids = json_new_array();
	char id[80];

	(void)snprintf(id, sizeof(id), "sha256:%s", diff_id->hex);
	json_add(cmd, json_new_text("/hello"));
	json_add(ids, json_new_text(id));
	json_set_text(document, "architecture", platform_here()->architecture);
	json_set_text(document, "os", "linux");
	json_set(config, "Cmd", cmd);
	json_set(document, "config", config);
	json_set_text(rootfs, "type", "layers");
	json_set(rootfs, "diff_ids", ids);
	json_set(document, "rootfs", rootfs);
	return document;
}

static int describe(
	struct manifest *ret, const struct digest *diff_id, size_t size, struct error *err)
{
	_cleanup_json_ struct json *document = build_config(diff_id);
	const char *text = json_print(document, false);
	struct digest id;
	int r;

	r = digest_of(&id, text, strlen(text), err);
	if (r < 0)
		return r;
	memcpy(ret->id, id.hex, sizeof(ret->id));
	ret->layers = calloc(1, sizeof(*ret->layers));
	if (!ret->layers)
		return error_set(err, -ENOMEM, "cannot open image 'hello'");
	ret->count = 1;
	ret->layers[0].diff_id = *diff_id;
	ret->layers[0].blob.digest = *diff_id;
	ret->layers[0].blob.size = size;
	return config_parse(&ret->config, document, err);
}

static int hello_read(struct content *ret, const struct reference *reference, struct error *err)
{
	struct digest diff_id;
	int r;

	(void)reference;
	r = tar_build(entries, contents, ARRAY_SIZE(entries), &ret->data, &ret->size, err);
	if (r >= 0)
		r = digest_of(&diff_id, ret->data, ret->size, err);
	if (r >= 0)
		r = describe(&ret->manifest, &diff_id, ret->size, err);
	return r;
}

const struct image_source source_hello = { .key = hello_key, .read = hello_read };
