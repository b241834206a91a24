/* SPDX-License-Identifier: Apache-2.0 */
/* One entry of a layer, made: file, directory, link, fifo, with owner, mode, attributes, time. */
#pragma once

#include "runtime/image/layer.h"
#include "runtime/image/tree.h"

int entry_make(struct tree *tree, struct tar *tar, const struct tar_entry *from,
	const struct tree_name *name, struct layer_report *report, struct error *err) MUST_CHECK;
