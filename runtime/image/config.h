/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of an image, read strictly: what is of another type than config.md of the OCI
 * image spec says, or could mean two things, is refused and not guessed at.
 */
#pragma once

#include "base/json.h"
#include "runtime/image/image.h"

/* @ret is all zero; on failure it holds what config_done() releases. */
int config_parse(struct image_config *ret, struct json *document, struct error *err) MUST_CHECK;
void config_done(struct image_config *config);
