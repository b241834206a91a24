/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts as descriptors (Linux 5.2): a file system is made or a tree cloned while nobody sees it,
 * gets its attributes, and is then put on a target that is a descriptor too. No path is resolved
 * twice, so no link can be slipped in between (CVE-2021-30465, CVE-2024-45310).
 *
 * Flags are enum spec_mount_flags. Descriptors or 0, and negative errno.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macro.h"
#include "base/text.h"

/*
 * A new file system. @data: "key=value,flag" as in fstab(5); @label: SELinux context= or NULL.
 * @words (may be NULL) gets what the kernel said when it refused.
 */
int mountfd_new(const char *type, const char *data, const char *label, unsigned flags,
	struct text *words) MUST_CHECK;
/* A private copy of the mount at @path below @dir. */
int mountfd_clone(int dir, const char *path, bool recursive) MUST_CHECK;
/* Give the copy its attributes and put it on @target (O_PATH). New file systems have theirs. */
int mountfd_attach(int fd, int target) MUST_CHECK;
int mountfd_attach_with(int fd, int target, unsigned flags, bool recursive) MUST_CHECK;

struct mountfd_overlay {
	const char *const *layers; /* lowest first */
	size_t count;
	const char *upper, *work; /* NULL: none */
	bool throw_away;
	const char *label;
};
int mountfd_overlay(const struct mountfd_overlay *overlay, struct text *words) MUST_CHECK;
/* The same by mount(2), onto the current directory: kernels without "lowerdir+" (before 6.5). */
int mountfd_overlay_classic(const struct mountfd_overlay *overlay) MUST_CHECK;

/* The mount at @path and all below get no news from outside and send none there. */
int mountfd_make_slave(const char *path) MUST_CHECK;
/* The mount @fd leads to becomes read-only. */
int mountfd_make_read_only(int fd, bool recursive) MUST_CHECK;
/* "." becomes "/", and the old root goes away. */
int mountfd_pivot(void) MUST_CHECK;
