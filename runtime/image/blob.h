/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blobs of an image layout and what points at them. A small one is read whole and verified; a
 * layer is only opened here, and verified while it is unpacked.
 */
#pragma once

#include "base/json.h"
#include "runtime/image/digest.h"

/* descriptor.md of the OCI image spec */
struct descriptor {
	char media_type[128];
	struct digest digest;
	uint64_t size;
};

/* @value: the JSON object; @where names it in errors. */
int descriptor_parse(struct descriptor *ret, struct json *value, const char *where,
	struct error *err) MUST_CHECK;

/* blobs/sha256/HEX below @layout_fd, a regular file of the stated size: a descriptor. */
int blob_open(int layout_fd, const struct descriptor *blob, struct error *err) MUST_CHECK;

/* Read it, verify size and digest, and parse it as JSON that a C string can hold. */
int blob_read_json(int layout_fd, const struct descriptor *blob, struct json **ret,
	struct error *err) MUST_CHECK;

/*
 * JSON for use as C strings: -EINVAL unless the text is UTF-8 without NUL, written out or as
 * \u0000 (json-c would end the string there, and "safe\u0000/../x" would be two things to two
 * readers).
 */
int document_parse(const char *data, size_t length, const char *name, struct json **ret,
	struct error *err) MUST_CHECK;

/* manifests and configurations, as registries limit them */
enum {
	DOCUMENT_MAX = 4 << 20
};
