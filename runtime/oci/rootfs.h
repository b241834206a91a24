/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root file system: an overlay of image layers or a plain directory, mounted in the
 * container's mount namespace, and entered when all is mounted below it.
 */
#pragma once

#include "base/error.h"

struct spec;

/* Mount it: a descriptor of its root directory, or negative errno. @channel: where fuse-overlayfs
 * is asked for when the kernel has no overlay for us. */
int rootfs_mount(const struct spec *spec, int channel, struct error *err) MUST_CHECK;
/* Make it "/" and leave nothing of the host. */
int rootfs_enter(int root, struct error *err) MUST_CHECK;
