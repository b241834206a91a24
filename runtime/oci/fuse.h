/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuse-overlayfs, where the kernel cannot mount overlay for us. It is started by the caller, in a
 * mount namespace of its own and outside the container, which only gets the tree it serves; when
 * the container's mounts are gone, it ends.
 */
#pragma once

#include "base/error.h"

struct spec_root;

/* A descriptor of the detached tree, for move_mount(). */
int fuse_overlay(const struct spec_root *root, struct error *err) MUST_CHECK;
