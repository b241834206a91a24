/* SPDX-License-Identifier: Apache-2.0 */
/* What a user or a manifest may write: references, digests, names of entries. */
#include <stdlib.h>
#include <string.h>

#include "runtime/image/digest.h"
#include "runtime/image/reference.h"
#include "runtime/image/tree.h"
#include "runtime/image/whiteout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct reference reference;
	struct tree_name name;
	struct digest digest;
	struct error err;

	if (!text)
		return 0;
	if (reference_parse(&reference, text, &err) < 0 && !err.text[0])
		abort();
	if (digest_parse(&digest, text) == 0 && strpbrk(digest.hex, "/."))
		abort();
	if (tree_name(&name, text) == 0) {
		if (name.path[0] == '/' || strstr(name.path, "//") || strchr(name.last, '/') ||
			strcmp(name.last, "..") == 0)
			abort();
		if (whiteout_kind(name.path, name.last) == WHITEOUT_FILE &&
			!*whiteout_target(name.last))
			abort();
	}
	free(text);
	return 0;
}
