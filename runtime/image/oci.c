/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "runtime/image/layout.h"
#include "runtime/image/platform.h"
#include "runtime/image/source.h"

/*
 * index.json is the only file of a layout that changes: the others are named by their contents.
 * ctime is in it, since mtime can be set back.
 */
static int oci_key(struct cache_key *ret, const struct reference *reference, struct error *err)
{
	_cleanup_free_ char *dir = realpath(reference->dir, NULL);
	char source[5000], path[4200], state[200];
	struct stat st;
	int n;

	if (!dir)
		return error_set(err, -errno, "cannot open image layout '%s'", reference->dir);
	(void)snprintf(path, sizeof(path), "%s/index.json", dir);
	if (stat(path, &st) < 0) {
		if (errno == ENOENT)
			return error_say(err, -ENOENT,
				"'%s' is no OCI image layout: it has no 'index.json'",
				reference->dir);
		return error_set(err, -errno, "cannot look at '%s'", path);
	}
	(void)snprintf(state, sizeof(state), "%s %llx:%llx %lld.%09ld %lld.%09ld %lld",
		platform_here()->architecture, (unsigned long long)st.st_dev,
		(unsigned long long)st.st_ino, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
		(long long)st.st_ctim.tv_sec, st.st_ctim.tv_nsec, (long long)st.st_size);
	n = snprintf(source, sizeof(source), "oci:%s:%s", dir, reference->tag);
	if (n < 0 || (size_t)n >= sizeof(source) || cache_key(ret, source, state) < 0)
		return error_say(err, -ENAMETOOLONG, "the path of the image layout is too long");
	return 0;
}

static int oci_read(struct content *ret, const struct reference *reference, struct error *err)
{
	struct descriptor manifest;
	int r;

	ret->layout_fd = layout_open(reference->dir, err);
	if (ret->layout_fd < 0)
		return ret->layout_fd;
	r = layout_find(ret->layout_fd, reference->tag, &manifest, err);
	if (r < 0)
		return r;
	return manifest_read(&ret->manifest, ret->layout_fd, &manifest, err);
}

const struct image_source source_oci = { .key = oci_key, .read = oci_read };
