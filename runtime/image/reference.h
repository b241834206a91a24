/* SPDX-License-Identifier: Apache-2.0 */
/* What the user called an image, taken apart. It looks nothing up: a reference is only words. */
#pragma once

#include "base/error.h"

enum reference_kind {
	REFERENCE_HELLO,
	REFERENCE_OCI,
	REFERENCE_KIND_COUNT
};

struct reference {
	enum reference_kind kind;
	char dir[4096]; /* REFERENCE_OCI: as written */
	char tag[256];  /* "": none given */
};

/* -EINVAL with words when @text is no reference this program knows. */
int reference_parse(struct reference *ret, const char *text, struct error *err) MUST_CHECK;
