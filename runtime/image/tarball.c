/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/image/tarball.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/dl.h"

/* clang-format off */
#define SYMBOLS(X)                                                                            \
	X(archive_read_new) X(archive_read_free) X(archive_read_support_filter_gzip)          \
	X(archive_read_support_filter_zstd) X(archive_read_support_format_raw)                \
	X(archive_read_support_format_empty) X(archive_read_support_format_tar)               \
	X(archive_read_open) X(archive_read_next_header) X(archive_read_data_block)           \
	X(archive_error_string) X(archive_entry_pathname) X(archive_entry_hardlink)           \
	X(archive_entry_symlink) X(archive_entry_filetype) X(archive_entry_perm)              \
	X(archive_entry_uid) X(archive_entry_gid) X(archive_entry_size)                       \
	X(archive_entry_mtime) X(archive_entry_mtime_nsec) X(archive_entry_xattr_reset)       \
	X(archive_entry_xattr_next) X(archive_entry_new) X(archive_entry_free)                \
	X(archive_entry_set_pathname) X(archive_entry_set_filetype) X(archive_entry_set_perm) \
	X(archive_entry_set_size) X(archive_write_new) X(archive_write_free)                  \
	X(archive_write_close) X(archive_write_set_format_ustar) X(archive_write_open_memory) \
	X(archive_write_header) X(archive_write_data)
/* clang-format on */

#define MEMBER(name) __typeof__(name) *name;
#define SYMBOL(name) { #name, offsetof(struct libarchive, name) },

static struct libarchive {
	SYMBOLS(MEMBER)
} lib;

enum {
	BLOCK = 128 * 1024
};

struct tar {
	struct archive *packed, *unpacked;
	struct archive_entry *entry; /* of unpacked, borrowed */
	struct digest_sum packed_sum, unpacked_sum;
	struct tar_source source;
	size_t at; /* in source.data */
	bool ended;
	bool too_large;
	unsigned char block[BLOCK];
};

int tar_load(struct error *err)
{
	static const char *const names[] = { "libarchive.so.13", NULL };
	static const struct dl_symbol symbols[] = { SYMBOLS(SYMBOL) };
	struct digest_sum sum;
	int r;

	if (!lib.archive_write_data) {
		r = dl_load(names, symbols, ARRAY_SIZE(symbols), &lib);
		if (r < 0)
			return error_say(err, r,
				"cannot load 'libarchive.so.13', which layers are unpacked with; "
				"install libarchive13 (Debian) or libarchive (Fedora)");
	}
	r = digest_sum_begin(&sum, err);
	if (r >= 0)
		digest_sum_done(&sum);
	return r;
}

static int fault(struct archive *archive, const char *what, struct error *err)
{
	const char *why = lib.archive_error_string(archive);

	return error_say(err, -EBADMSG, "%s: %s", what, why ? why : "unknown fault");
}

static la_ssize_t read_packed(struct archive *archive, void *arg, const void **ret)
{
	struct tar *tar = arg;
	ssize_t n;

	(void)archive;
	if (tar->source.fd < 0) {
		n = (ssize_t)MIN(tar->source.size - tar->at, (size_t)BLOCK);
		*ret = (const char *)tar->source.data + tar->at;
		tar->at += (size_t)n;
	} else {
		do
			n = read(tar->source.fd, tar->block, sizeof(tar->block));
		while (n < 0 && errno == EINTR);
		*ret = tar->block;
	}
	if (n <= 0)
		return n;
	digest_sum_add(&tar->packed_sum, *ret, (size_t)n);
	if (tar->packed_sum.bytes > tar->source.packed_limit) {
		tar->too_large = true;
		return -1;
	}
	return n;
}

static la_ssize_t read_unpacked(struct archive *archive, void *arg, const void **ret)
{
	struct tar *tar = arg;
	la_int64_t offset;
	size_t n = 0;
	int r;

	(void)archive;
	if (tar->ended)
		return 0;
	r = lib.archive_read_data_block(tar->packed, ret, &n, &offset);
	if (r == ARCHIVE_EOF) {
		tar->ended = true;
		return 0;
	}
	if (r != ARCHIVE_OK)
		return -1;
	digest_sum_add(&tar->unpacked_sum, *ret, n);
	if (tar->unpacked_sum.bytes > tar->source.unpacked_limit) {
		tar->too_large = true;
		return -1;
	}
	return (la_ssize_t)n;
}

/* What a failed read of the tar means: the fault of the first reader comes before its own. */
static int read_fault(struct tar *tar, struct error *err)
{
	if (tar->too_large)
		return error_say(err, -EFBIG, "it is larger than it may be: more than %llu bytes",
			(unsigned long long)(tar->packed_sum.bytes > tar->source.packed_limit
						     ? tar->source.packed_limit
						     : tar->source.unpacked_limit));
	if (!tar->unpacked || lib.archive_error_string(tar->packed))
		return fault(tar->packed, "it cannot be decompressed", err);
	return fault(tar->unpacked, "it is no valid tar", err);
}

/* A filter that libarchive was built without is offered as a program it would run: not here. */
static int open_packed(struct tar *tar, struct error *err)
{
	struct archive_entry *entry;
	int r;

	tar->packed = lib.archive_read_new();
	if (!tar->packed)
		return error_set(err, -ENOMEM, "cannot read a layer");
	if (lib.archive_read_support_filter_gzip(tar->packed) != ARCHIVE_OK ||
		lib.archive_read_support_filter_zstd(tar->packed) != ARCHIVE_OK ||
		lib.archive_read_support_format_raw(tar->packed) != ARCHIVE_OK ||
		lib.archive_read_support_format_empty(tar->packed) != ARCHIVE_OK)
		return error_say(
			err, -ENOTSUP, "this host's libarchive was built without gzip or zstd");
	r = lib.archive_read_open(tar->packed, tar, NULL, read_packed, NULL);
	if (r == ARCHIVE_OK)
		r = lib.archive_read_next_header(tar->packed, &entry);
	if (r != ARCHIVE_OK && r != ARCHIVE_EOF)
		return read_fault(tar, err);
	tar->ended = r == ARCHIVE_EOF;
	return 0;
}

static int open_unpacked(struct tar *tar, struct error *err)
{
	tar->unpacked = lib.archive_read_new();
	if (!tar->unpacked)
		return error_set(err, -ENOMEM, "cannot read a layer");
	(void)lib.archive_read_support_format_tar(tar->unpacked);
	(void)lib.archive_read_support_format_empty(tar->unpacked);
	if (lib.archive_read_open(tar->unpacked, tar, NULL, read_unpacked, NULL) != ARCHIVE_OK)
		return read_fault(tar, err);
	return 0;
}

int tar_open(struct tar **ret, const struct tar_source *source, struct error *err)
{
	_cleanup_tar_ struct tar *tar = NULL;
	int r;

	r = tar_load(err);
	if (r < 0)
		return r;
	tar = calloc(1, sizeof(*tar));
	if (!tar)
		return error_set(err, -ENOMEM, "cannot read a layer");
	tar->source = *source;
	r = digest_sum_begin(&tar->packed_sum, err);
	if (r >= 0)
		r = digest_sum_begin(&tar->unpacked_sum, err);
	if (r >= 0)
		r = open_packed(tar, err);
	if (r >= 0)
		r = open_unpacked(tar, err);
	if (r < 0)
		return r;
	*ret = tar;
	tar = NULL;
	return 0;
}

void tar_close(struct tar *tar)
{
	if (!tar)
		return;
	if (tar->unpacked)
		(void)lib.archive_read_free(tar->unpacked);
	if (tar->packed)
		(void)lib.archive_read_free(tar->packed);
	digest_sum_done(&tar->packed_sum);
	digest_sum_done(&tar->unpacked_sum);
	free(tar);
}

static enum tar_kind kind_of(struct archive_entry *entry)
{
	static const struct {
		mode_t type;
		enum tar_kind kind;
	} rows[] = {
		{ AE_IFREG, TAR_FILE },
		{ AE_IFDIR, TAR_DIRECTORY },
		{ AE_IFLNK, TAR_SYMLINK },
		{ AE_IFIFO, TAR_FIFO },
		{ AE_IFCHR, TAR_DEVICE },
		{ AE_IFBLK, TAR_DEVICE },
	};

	if (lib.archive_entry_hardlink(entry))
		return TAR_HARDLINK;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (lib.archive_entry_filetype(entry) == rows[i].type)
			return rows[i].kind;
	return TAR_OTHER;
}

/*
 * ARCHIVE_WARN is no fault: in the C locale, which the unpacking process is in, it tells of each
 * name beyond ASCII, which is then given as the bytes it has in the tar. That is what is wanted:
 * in a UTF-8 locale libarchive would normalise names to NFC, and two names could become one.
 */
int tar_next(struct tar *tar, struct tar_entry *ret, struct error *err)
{
	struct archive_entry *entry;
	int r;

	do
		r = lib.archive_read_next_header(tar->unpacked, &tar->entry);
	while (r == ARCHIVE_RETRY);
	if (r == ARCHIVE_EOF)
		return 0;
	if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
		return read_fault(tar, err);
	entry = tar->entry;
	lib.archive_entry_xattr_reset(entry);
	*ret = (struct tar_entry){
		.kind = kind_of(entry),
		.path = lib.archive_entry_pathname(entry),
		.mode = lib.archive_entry_perm(entry),
		.uid = (uint64_t)lib.archive_entry_uid(entry),
		.gid = (uint64_t)lib.archive_entry_gid(entry),
		.size = lib.archive_entry_size(entry),
		.mtime = { lib.archive_entry_mtime(entry), lib.archive_entry_mtime_nsec(entry) },
	};
	ret->target = ret->kind == TAR_HARDLINK ? lib.archive_entry_hardlink(entry)
						: lib.archive_entry_symlink(entry);
	if (!ret->path)
		return error_say(err, -EBADMSG, "it has an entry without a name");
	if ((ret->kind == TAR_SYMLINK || ret->kind == TAR_HARDLINK) && !ret->target)
		return error_say(err, -EBADMSG, "link '%.200s' leads nowhere", ret->path);
	return 1;
}

int tar_read(
	struct tar *tar, const void **ret, size_t *ret_n, int64_t *ret_offset, struct error *err)
{
	la_int64_t offset = 0;
	int r;

	do
		r = lib.archive_read_data_block(tar->unpacked, ret, ret_n, &offset);
	while (r == ARCHIVE_RETRY);
	if (r == ARCHIVE_EOF)
		return 0;
	if (r != ARCHIVE_OK)
		return read_fault(tar, err);
	*ret_offset = offset;
	return 1;
}

int tar_xattr(struct tar *tar, const char **ret_name, const void **ret_value, size_t *ret_n)
{
	return lib.archive_entry_xattr_next(tar->entry, ret_name, ret_value, ret_n) == ARCHIVE_OK;
}

int tar_finish(struct tar *tar, struct tar_sums *ret, struct error *err)
{
	const void *bytes;
	la_ssize_t n;

	/* what follows the end marker is part of the diff id; what follows the compressed stream
	 * is part of the blob */
	while ((n = read_unpacked(NULL, tar, &bytes)) > 0)
		continue;
	while (n == 0 && (n = read_packed(NULL, tar, &bytes)) > 0)
		n = 0;
	if (n < 0)
		return read_fault(tar, err);
	ret->packed_bytes = tar->packed_sum.bytes;
	if (digest_sum_end(&tar->packed_sum, &ret->packed) < 0 ||
		digest_sum_end(&tar->unpacked_sum, &ret->unpacked) < 0)
		return error_say(err, -EIO, "its digest cannot be computed");
	return 0;
}

static int build_entry(struct archive *archive, const struct tar_entry *from, const void *contents)
{
	struct archive_entry *entry = lib.archive_entry_new();
	bool directory = from->kind == TAR_DIRECTORY;
	int r;

	if (!entry)
		return -ENOMEM;
	lib.archive_entry_set_pathname(entry, from->path);
	lib.archive_entry_set_filetype(entry, directory ? AE_IFDIR : AE_IFREG);
	lib.archive_entry_set_perm(entry, from->mode);
	lib.archive_entry_set_size(entry, directory ? 0 : from->size);
	r = lib.archive_write_header(archive, entry) == ARCHIVE_OK ? 0 : -EIO;
	lib.archive_entry_free(entry);
	if (r == 0 && !directory &&
		lib.archive_write_data(archive, contents, (size_t)from->size) != from->size)
		r = -EIO;
	return r;
}

int tar_build(const struct tar_entry *entries, const void *const contents[], size_t n, void **ret,
	size_t *ret_size, struct error *err)
{
	size_t room = (size_t)64 << 10, used = 0;
	struct archive *archive;
	void *buffer;
	int r;

	r = tar_load(err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		room += 1024 + (size_t)entries[i].size;
	buffer = calloc(1, room);
	archive = lib.archive_write_new();
	if (!buffer || !archive)
		r = -ENOMEM;
	if (r == 0 &&
		(lib.archive_write_set_format_ustar(archive) != ARCHIVE_OK ||
			lib.archive_write_open_memory(archive, buffer, room, &used) != ARCHIVE_OK))
		r = -EIO;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = build_entry(archive, &entries[i], contents[i]);
	if (r == 0 && lib.archive_write_close(archive) != ARCHIVE_OK)
		r = -EIO;
	if (archive)
		(void)lib.archive_write_free(archive);
	if (r < 0) {
		free(buffer);
		return error_set(err, r, "cannot build a layer");
	}
	*ret = buffer;
	*ret_size = used;
	return 0;
}
