/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/image/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"

static int digest_fault(const char *text, int fault, const char *where, struct error *err)
{
	if (fault == -ENOTSUP)
		return error_say(err, fault,
			"%s: digest '%.80s' is not of sha256, "
			"the only algorithm known here",
			where, text);
	return error_say(err, fault, "%s: malformed digest '%.80s'", where, text);
}

int descriptor_parse(
	struct descriptor *ret, struct json *value, const char *where, struct error *err)
{
	const char *digest = json_get_text(value, "digest");
	const char *type = json_get_text(value, "mediaType");
	int64_t size = json_get_number(value, "size", -1);
	struct descriptor made = { 0 };
	int r;

	if (!digest)
		return error_say(err, -EINVAL, "%s: a descriptor without digest", where);
	r = digest_parse(&made.digest, digest);
	if (r < 0)
		return digest_fault(digest, r, where, err);
	if (size < 0)
		return error_say(
			err, -EINVAL, "%s: no size for 'sha256:%s'", where, made.digest.hex);
	if (!type || !text_copy(made.media_type, sizeof(made.media_type), type))
		return error_say(err, -EINVAL, "%s: no usable media type for 'sha256:%s'", where,
			made.digest.hex);
	made.size = (uint64_t)size;
	*ret = made;
	return 0;
}

int blob_open(int layout_fd, const struct descriptor *blob, struct error *err)
{
	_cleanup_close_ int fd = -1;
	char path[96];
	struct stat st;

	(void)snprintf(path, sizeof(path), "blobs/sha256/%s", blob->digest.hex);
	fd = openat(layout_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return error_set(err, -errno, "cannot open blob 'sha256:%s'", blob->digest.hex);
	if (fstat(fd, &st) < 0)
		return error_set(err, -errno, "cannot look at blob 'sha256:%s'", blob->digest.hex);
	if (!S_ISREG(st.st_mode))
		return error_say(
			err, -EINVAL, "blob 'sha256:%s' is no regular file", blob->digest.hex);
	if ((uint64_t)st.st_size != blob->size)
		return error_say(err, -EBADMSG,
			"blob 'sha256:%s' is damaged: %llu bytes where its descriptor says %llu",
			blob->digest.hex, (unsigned long long)st.st_size,
			(unsigned long long)blob->size);
	return take_fd(&fd);
}

/* True when \u0000 stands in it: an odd backslash before u0000. */
static bool has_escaped_nul(const char *data, size_t length)
{
	for (size_t i = 0; i + 1 < length; i++) {
		if (data[i] != '\\')
			continue;
		if (length - i >= 6 && memcmp(data + i + 1, "u0000", 5) == 0)
			return true;
		i++; /* what is escaped is looked at, a second backslash too */
	}
	return false;
}

int document_parse(
	const char *data, size_t length, const char *name, struct json **ret, struct error *err)
{
	if (length == 0)
		return error_say(err, -EINVAL, "'%s' is empty", name);
	if (memchr(data, '\0', length) || has_escaped_nul(data, length))
		return error_say(err, -EINVAL, "'%s' has a NUL character in it", name);
	if (!text_is_utf8(data, length))
		return error_say(err, -EINVAL, "'%s' is not valid UTF-8", name);
	return json_parse(data, length, name, ret, err);
}

int blob_read_json(
	int layout_fd, const struct descriptor *blob, struct json **ret, struct error *err)
{
	_cleanup_close_ int fd = blob_open(layout_fd, blob, err);
	_cleanup_text_ struct text text = { 0 };
	struct digest digest;
	char name[80];
	int r;

	if (fd < 0)
		return fd;
	(void)snprintf(name, sizeof(name), "sha256:%s", blob->digest.hex);
	if (blob->size > DOCUMENT_MAX)
		return error_say(
			err, -EFBIG, "'%s' is too large for a manifest or configuration", name);
	r = io_read_all(fd, DOCUMENT_MAX, &text);
	if (r < 0)
		return error_set(err, r, "cannot read blob '%s'", name);
	r = digest_of(&digest, text_get(&text), text.length, err);
	if (r < 0)
		return r;
	if (!digest_equal(&digest, &blob->digest))
		return error_say(err, -EBADMSG, "blob '%s' is damaged: its digest is 'sha256:%s'",
			name, digest.hex);
	return document_parse(text_get(&text), text.length, name, ret, err);
}
