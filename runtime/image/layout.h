/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An OCI image layout on disk: from its directory and a tag to the one manifest that is meant,
 * through nested indexes. It verifies what it reads and opens no layer.
 */
#pragma once

#include "runtime/image/blob.h"

/* The directory, its oci-layout file checked: a descriptor. */
int layout_open(const char *dir, struct error *err) MUST_CHECK;

/* @tag "": the only image. On -ENOENT and -ENOTUNIQ the words list what there is. */
int layout_find(
	int layout_fd, const char *tag, struct descriptor *ret, struct error *err) MUST_CHECK;
