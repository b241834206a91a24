/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writable side of a root: files are put in place whole or not at all, below the root and
 * nowhere else. It knows nothing of plans, users or checks; what to write is its callers' matter.
 *
 * Where a path may lead:
 *   live      "/": as the host's own links say;
 *   image     a tree (--root DIR): links are followed inside the tree, as host/walk.h does;
 *   strict    a user's home: no component below it may be a link, whatever the kernel, and files of
 *             others are not read. It is written to only by a process that is that user.
 * The last component is never a link that is followed: a link where a file of ours should be is
 * somebody's decision (often /dev/null, to mask it) and an error, not a thing to write through.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/text.h"

/* What is written before it is renamed. One name for all: the next write in a directory removes what
 * a killed run left there, and the lock sees to it that there is only one writer. */
#define TARGET_TEMPORARY ".rpod-new"

#define TARGET_STATE "/var/lib/rpod/setup"

enum {
	TARGET_READ_LIMIT = 32 << 20, /* of target_read(): half a million users */
};

struct root;

struct target {
	struct root *root; /* the reading side, borrowed; NULL in tests of the writing side alone */
	int fd;
	bool live;
	bool strict;
	size_t strict_from; /* strict: the home's length, up to where links are the host's own */
	uid_t owner;        /* strict: whose files are read */
	bool without_openat2;
	bool systemd;         /* live, and systemd is the init that runs it: sd_booted(3) */
	bool packages;        /* they were asked for */
	unsigned timeout_s;   /* for locks of others */
	uint64_t epoch;       /* no file in a tree gets a later time: epoch.h */
	char path[PATH_MAX];  /* "/" when live */
	char state[PATH_MAX]; /* where journals are: root's, or of a user who acts for himself */
	void (*progress)(const char *words); /* a slow step begins (NULL: ended); may be NULL */
};

int target_open(const char *path, bool live, struct target *ret, struct error *err) MUST_CHECK;
void target_close(struct target *t);
#define _cleanup_target_ CLEANUP(target_close)

void target_progress(const struct target *t, const char *words);

/* Absolute, without "." and "..", and it ends in a name. */
bool target_is_path(const char *path);

/* The directory that holds the absolute @path; *ret_name is the last component, inside @path.
 * A descriptor, or -ENOENT, -ELOOP, -EINVAL ("..", no absolute path) ... */
int target_open_parent(struct target *t, const char *path, const char **ret_name) MUST_CHECK;

/* Append the regular file at @path to @ret. -ENOENT, -ELOOP (a link), -EINVAL (no regular file),
 * -EFBIG, -EPERM (strict: somebody else's). @ret_stat may be NULL. */
int target_read(
	struct target *t, const char *path, struct text *ret, struct stat *ret_stat) MUST_CHECK;
int target_stat(struct target *t, const char *path, struct stat *ret) MUST_CHECK;

/*
 * Put a file in place: temporary file, owner, mode, extended attributes and security label of the
 * file that stood there (where none stood: @mode, the caller's ids and the policy's label), fsync,
 * rename, fsync of the directory. On failure the old file stands as it was.
 */
int target_write(
	struct target *t, const char *path, const void *bytes, size_t n, mode_t mode) MUST_CHECK;
int target_remove(struct target *t, const char *path) MUST_CHECK;
int target_remove_directory(struct target *t, const char *path) MUST_CHECK;

/* After something was put into, or taken out of, the directory: on disk, and in a tree with a time
 * that epoch.h allows. The functions here do that by themselves. */
int target_finish_directory(const struct target *t, int parent) MUST_CHECK;

/* mkdir -p of the directory @path. */
int target_mkdirs(struct target *t, const char *path, mode_t mode) MUST_CHECK;

/* -EROFS when @path, or the nearest directory above it that is there, cannot be written to. */
int target_writable(struct target *t, const char *path) MUST_CHECK;
