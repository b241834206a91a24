/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/image/reference.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static bool has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

/* containers-transports(5): the directory ends at the first colon, the tag may hold more. */
static int parse_oci(struct reference *ret, const char *rest, const char *text, struct error *err)
{
	const char *colon = strchr(rest, ':');
	size_t n = colon ? (size_t)(colon - rest) : strlen(rest);

	if (n == 0)
		return error_say(
			err, -EINVAL, "no directory in image '%s'; name it as oci:DIR[:TAG]", text);
	if (n >= sizeof(ret->dir))
		return error_say(err, -ENAMETOOLONG, "the directory in the image name is too long");
	if (colon && !colon[1])
		return error_say(err, -EINVAL,
			"no tag after the colon in image '%s'; name it as oci:DIR[:TAG]", text);
	memcpy(ret->dir, rest, n);
	ret->dir[n] = '\0';
	if (colon && !text_copy(ret->tag, sizeof(ret->tag), colon + 1))
		return error_say(err, -ENAMETOOLONG, "the tag in the image name is too long");
	ret->kind = REFERENCE_OCI;
	return 0;
}

int reference_parse(struct reference *ret, const char *text, struct error *err)
{
	struct reference parsed = { .kind = REFERENCE_HELLO };
	int r;

	if (has_control(text))
		return error_say(err, -EINVAL, "control character in the image name");
	if (text_starts(text, "oci:")) {
		r = parse_oci(&parsed, text + strlen("oci:"), text, err);
		if (r < 0)
			return r;
	} else if (strcmp(text, "hello") != 0) {
		return error_say(err, -EINVAL,
			"cannot find image '%.200s'; known are 'hello' and 'oci:DIR[:TAG]'", text);
	}
	*ret = parsed;
	return 0;
}
