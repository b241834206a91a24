/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the user left unsaid comes from the image, then from podman's defaults. After it the
 * settings say everything and the image is not needed again.
 */
#pragma once

#include "base/error.h"
#include "runtime/engine/container.h"
#include "runtime/engine/settings.h"
#include "runtime/image/image.h"

/* @image NULL: --rootfs. */
int resolve(struct settings *settings, const struct image *image, const struct container *container,
	struct error *err) MUST_CHECK;

/* An option of --security-opt; unknown ones are errors. */
int resolve_security(struct settings *settings, const char *word, struct error *err) MUST_CHECK;
