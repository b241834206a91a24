/* SPDX-License-Identifier: Apache-2.0 */
/* The part of host/idmap.h that reads real ids. Only idmap.c uses this. */
#pragma once

#include "host/idmap.h"

void idmap_real_read(struct idmap_real *ret, struct root *root, enum idmap_kind kind);
