/* SPDX-License-Identifier: Apache-2.0 */
/* A container goes: its name, its files, its layer. */
#pragma once

#include "base/error.h"
#include "runtime/engine/container.h"

/*
 * The caller is inside the user namespace (a layer's files belong to many ids) and knows that it
 * does not run. What was removed before and what never was is no error.
 */
int container_remove(
	struct container *container, const struct place *place, struct error *err) MUST_CHECK;
