/* SPDX-License-Identifier: Apache-2.0 */
/* Whole reads, whole writes, and files that are never half there. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/text.h"

/* Append all that @fd gives to @ret, at most @limit bytes. -EFBIG when there was more (what was
 * read up to the limit is kept), else a negative errno. */
int io_read_all(int fd, size_t limit, struct text *ret) MUST_CHECK;

/* Write all of it, through short writes and interruptions. */
int io_write_all(int fd, const void *bytes, size_t n) MUST_CHECK;

/* Open @path below @dirfd (not following a link at its end) and read it whole. */
int io_read_file_at(int dirfd, const char *path, size_t limit, struct text *ret) MUST_CHECK;

/*
 * Put a file in place of what stands at @name in @dirfd, or nothing: temporary file, write, mode,
 * fsync unless @flags has IO_NO_SYNC, rename, and the directory fsynced. Returns 0 or a negative
 * errno, and then the old file stands as it was.
 */
enum io_flags {
	IO_NO_SYNC = 1 << 0, /* for state that a reboot makes void anyway */
};
int io_replace_at(int dirfd, const char *name, const void *bytes, size_t n, mode_t mode,
	unsigned flags) MUST_CHECK;

/* mkdir -p: every missing component with @mode. */
int io_mkdirs(const char *path, mode_t mode) MUST_CHECK;

/* Remove a tree, never following a link, never leaving the file system of @name. */
int io_remove_tree_at(int dirfd, const char *name) MUST_CHECK;

/* Milliseconds of the monotonic clock. */
uint64_t io_now_ms(void);
