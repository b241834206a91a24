/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tar streams: entries out of a blob, verified on the way, and a small writer for the image that
 * is built in. libarchive reads the format and the compression and lives in tarball.c alone; it
 * opens no file and creates none. What an entry's name may mean is not decided here.
 *
 *	blob --sum--> gzip, zstd or nothing --sum--> tar --> entries
 *
 * Two libarchive readers stand in a row, so that the second sum sees exactly the uncompressed
 * bytes the diff id is of, padding and what follows the end marker included.
 */
#pragma once

#include <sys/stat.h>

#include "runtime/image/digest.h"

/* Where the bytes come from: @fd, or when that is -1 @data in memory; and what they must not
 * exceed. */
struct tar_source {
	int fd;
	const void *data;
	size_t size;
	uint64_t packed_limit;   /* bytes of the blob */
	uint64_t unpacked_limit; /* bytes of the tar */
};

enum tar_kind {
	TAR_FILE,
	TAR_DIRECTORY,
	TAR_SYMLINK,
	TAR_HARDLINK,
	TAR_FIFO,
	TAR_DEVICE,
	TAR_OTHER
};

/* One entry; strings are valid until the next. */
struct tar_entry {
	enum tar_kind kind;
	const char *path;
	const char *target; /* TAR_SYMLINK, TAR_HARDLINK */
	mode_t mode;        /* permission, setuid, setgid and sticky bits */
	uint64_t uid, gid;
	int64_t size;
	struct timespec mtime;
};

struct tar;

/* Load libarchive and libcrypto. The others do it too; this is for a caller about to chroot. */
int tar_load(struct error *err) MUST_CHECK;

int tar_open(struct tar **ret, const struct tar_source *source, struct error *err) MUST_CHECK;
void tar_close(struct tar *tar);
static inline void tar_cleanup(struct tar **tar)
{
	tar_close(*tar);
}
#define _cleanup_tar_ CLEANUP(tar_cleanup)

/* 1: @ret is the next entry; 0: there is no more. */
int tar_next(struct tar *tar, struct tar_entry *ret, struct error *err) MUST_CHECK;

/* 1: a piece of the entry's file, to be written at @ret_offset; 0: that was all. */
int tar_read(struct tar *tar, const void **ret, size_t *ret_n, int64_t *ret_offset,
	struct error *err) MUST_CHECK;

/* 1: the entry's next extended attribute; 0: no more. */
int tar_xattr(struct tar *tar, const char **ret_name, const void **ret_value, size_t *ret_n);

/* Read to the ends of both streams and give their sums. */
struct tar_sums {
	struct digest packed, unpacked;
	uint64_t packed_bytes;
};
int tar_finish(struct tar *tar, struct tar_sums *ret, struct error *err) MUST_CHECK;

/* A ustar of @n entries (files with @contents[i] of entries[i].size bytes, directories), in memory
 * that the caller frees. */
int tar_build(const struct tar_entry *entries, const void *const contents[], size_t n, void **ret,
	size_t *ret_size, struct error *err) MUST_CHECK;
