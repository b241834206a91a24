/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a layer takes away from those below it: told in a tar by names (layer.md of the OCI image
 * spec), in an overlay by a character device 0/0 and by an attribute of a directory
 * (Documentation/filesystems/overlayfs.rst). Both can be made inside a user namespace.
 */
#pragma once

#include <stdbool.h>

#include "base/macro.h"

enum whiteout {
	WHITEOUT_NONE,   /* an ordinary name */
	WHITEOUT_FILE,   /* ".wh.NAME": NAME is gone */
	WHITEOUT_OPAQUE, /* ".wh..wh..opq": all that was in this directory is gone */
	WHITEOUT_IGNORE, /* ".wh..wh.*": AUFS's own */
	WHITEOUT_BAD,    /* ".wh.", ".wh..", ".wh...": these name no file; or ".wh.X/file" */
};

/* What the clean path @path is; its last component is @last. */
enum whiteout whiteout_kind(const char *path, const char *last);

/* The name a WHITEOUT_FILE takes away. */
const char *whiteout_target(const char *last);

/* True when a whiteout stands there. Nothing else in a layer is a character device. */
bool whiteout_is(int dirfd, const char *name);

/* Mark a directory: what is below it shows none of the lower layers'. "": @dirfd itself. */
int whiteout_make_opaque(int dirfd, const char *name) MUST_CHECK;

/* Put a whiteout there, unless something of this same layer stands there already: whiteouts speak
 * of lower layers only. */
int whiteout_make(int dirfd, const char *name) MUST_CHECK;
