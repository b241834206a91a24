/* SPDX-License-Identifier: Apache-2.0 */
#include "host/pack.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "host/record.h"

enum {
	BLOCK = 512,
	DEPTH = 64,
	ENTRIES = 50000,
	TOTAL = 256 << 20, /* bytes of all files */
};

/* tar(5), "POSIX ustar Archives" */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100];
	char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

static unsigned sum_of(const struct header *h)
{
	const unsigned char *bytes = (const unsigned char *)h;
	unsigned sum = 0;

	for (size_t i = 0; i < BLOCK; i++) {
		bool in_sum =
			i >= offsetof(struct header, sum) && i < offsetof(struct header, type);

		sum += in_sum ? ' ' : bytes[i];
	}
	return sum;
}

/* -- writing --------------------------------------------------------------------------------- */

static int write_padded(int fd, const char *bytes, size_t length)
{
	static const char zeros[BLOCK];
	size_t over = length % BLOCK;
	int r = io_write_all(fd, bytes, length);

	return r < 0 || over == 0 ? r : io_write_all(fd, zeros, BLOCK - over);
}

static int write_header(int fd, const char *name, char type, mode_t mode, size_t size)
{
	struct header h = { .type = type, .magic = "ustar", .version = { '0', '0' } };

	memcpy(h.name, name, MIN(strlen(name), sizeof(h.name)));
	(void)snprintf(h.mode, sizeof(h.mode), "%07o", (unsigned)mode & 0777);
	(void)snprintf(h.uid, sizeof(h.uid), "%07o", 0);
	(void)snprintf(h.gid, sizeof(h.gid), "%07o", 0);
	(void)snprintf(h.size, sizeof(h.size), "%011zo", size);
	(void)snprintf(h.mtime, sizeof(h.mtime), "%011o", 0);
	(void)snprintf(h.sum, sizeof(h.sum), "%06o", sum_of(&h));
	h.sum[7] = ' ';
	return io_write_all(fd, &h, sizeof(h));
}

static int write_entry(int fd, const char *name, char type, mode_t mode, const struct text *content)
{
	int r = 0;

	if (strlen(name) > sizeof((struct header){ 0 }.name)) {
		r = write_header(fd, "././@LongLink", 'L', 0, strlen(name) + 1);
		r = r < 0 ? r : write_padded(fd, name, strlen(name) + 1);
	}
	r = r < 0 ? r : write_header(fd, name, type, mode, content->length);
	return r < 0 ? r : write_padded(fd, text_get(content), content->length);
}

static int write_tree(int fd, int dir, const char *path, unsigned depth);

static int write_one(int fd, int dir, const char *path, const char *name, unsigned depth)
{
	_cleanup_text_ struct text content = { 0 };
	_cleanup_close_ int at = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char joined[PATH_MAX];
	struct stat st;
	int r;

	if (at < 0 || fstat(at, &st) < 0)
		return -errno;
	if ((size_t)snprintf(joined, sizeof(joined), "%s%s%s", path, name,
		    S_ISDIR(st.st_mode) ? "/" : "") >= sizeof(joined))
		return -ENAMETOOLONG;
	if (S_ISDIR(st.st_mode)) {
		r = write_entry(fd, joined, '5', st.st_mode, &content);
		return r < 0 ? r : write_tree(fd, at, joined, depth + 1);
	}
	r = S_ISREG(st.st_mode) ? io_read_all(at, TOTAL, &content) : -EINVAL;
	return r < 0 ? r : write_entry(fd, joined, '0', st.st_mode, &content);
}

static int no_dots(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* In the order of the names: the same tree is the same archive. */
static int write_tree(int fd, int dir, const char *path, unsigned depth)
{
	struct dirent **names = NULL;
	int count, r = 0;

	if (depth > DEPTH)
		return -ELOOP;
	count = scandirat(dir, ".", &names, no_dots, alphasort);
	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		r = r < 0 ? r : write_one(fd, dir, path, names[i]->d_name, depth);
		free(names[i]);
	}
	free(names);
	return r;
}

int pack_write(int dir, int fd)
{
	static const char end[2 * BLOCK];
	int r = write_tree(fd, dir, "", 0);

	return r < 0 ? r : io_write_all(fd, end, sizeof(end));
}

/* -- reading --------------------------------------------------------------------------------- */

struct reading {
	int fd, dir;
	char name[PATH_MAX]; /* of the next entry, where its own field is too short for it */
	size_t total;
	unsigned entries;
};

/* Exactly @length bytes; -EINVAL where the archive ends before. */
static int read_bytes(int fd, char *ret, size_t length)
{
	while (length > 0) {
		ssize_t n = read(fd, ret, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EINVAL;
		ret += n;
		length -= (size_t)n;
	}
	return 0;
}

static int read_octal(const char *field, size_t size, size_t *ret)
{
	char digits[16], *end;

	(void)snprintf(digits, sizeof(digits), "%.*s", (int)size, field);
	*ret = strtoul(digits, &end, 8);
	return end != digits && !end[strspn(end, " ")] ? 0 : -EINVAL;
}

static void take_name(struct reading *in, const struct header *h)
{
	if (*in->name)
		return;
	(void)snprintf(in->name, sizeof(in->name), "%.*s%s%.*s", (int)sizeof(h->prefix), h->prefix,
		*h->prefix ? "/" : "", (int)sizeof(h->name), h->name);
}

/* Nothing is overwritten: an archive may not write through what it made before. What a host allows
 * is in the permissions of its files, so they stay; ours is to read them all. */
static int lay(struct reading *in, const struct text *content, bool directory, mode_t mode)
{
	_cleanup_close_ int parent = -1, fd = -1;
	const char *name = NULL;
	size_t length = strlen(in->name);
	int r;

	while (length > 0 && in->name[length - 1] == '/')
		in->name[--length] = '\0';
	if (length == 0)
		return 0;
	parent = record_open_parent(in->dir, in->name, &name);
	if (parent < 0)
		return parent;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return name[1] ? -EINVAL : 0;
	if (directory) {
		r = mkdirat(parent, name, 0700) < 0 && errno != EEXIST ? -errno : 0;
		return r < 0 || fchmodat(parent, name, mode | 0700, 0) == 0 ? r : -errno;
	}
	fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	r = fd < 0 ? -errno : io_write_all(fd, text_get(content), content->length);
	return r < 0 || fchmod(fd, mode | 0400) == 0 ? r : -errno;
}

static int read_entry(struct reading *in, const struct header *h)
{
	_cleanup_text_ struct text content = { 0 };
	size_t size, padded, mode;
	int r = read_octal(h->size, sizeof(h->size), &size);

	if (r < 0 || read_octal(h->mode, sizeof(h->mode), &mode) < 0)
		return -EINVAL;
	if (size > TOTAL - in->total || ++in->entries > ENTRIES)
		return -EFBIG;
	in->total += size;
	padded = (size + BLOCK - 1) / BLOCK * BLOCK;
	r = text_reserve(&content, padded + 1);
	r = r < 0 ? r : read_bytes(in->fd, content.data, padded);
	if (r < 0)
		return r;
	content.data[size] = '\0';
	content.length = size;
	if (h->type == 'L')
		return text_copy(in->name, sizeof(in->name), content.data) ? 0 : -ENAMETOOLONG;
	take_name(in, h);
	if (h->type == '0' || h->type == '\0' || h->type == '5')
		r = lay(in, &content, h->type == '5', (mode_t)mode & 0777);
	*in->name = '\0';
	return r;
}

int pack_read(int fd, int dir)
{
	struct reading in = { .fd = fd, .dir = dir };
	int r = 0;

	while (r >= 0) {
		struct header h;
		size_t sum;

		r = read_bytes(fd, (char *)&h, sizeof(h));
		if (r < 0)
			return r;
		if (!h.name[0] && !h.sum[0]) /* two blocks of zeros end it; one is enough for us */
			return in.entries > 0 ? 0 : -EINVAL;
		r = read_octal(h.sum, sizeof(h.sum), &sum);
		if (r < 0 || sum != sum_of(&h))
			return -EINVAL;
		r = read_entry(&in, &h);
	}
	return r;
}
