/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/out.h"
#include "base/text.h"

static mode_t default_mode(void)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	return 0666 & ~mask;
}

/* @path: without a link in it, but for a last component that is not there yet. */
static int replace(const char *path, const void *bytes, size_t n, mode_t mode)
{
	_cleanup_free_ char *dir = strdup(path);
	_cleanup_close_ int fd = -1;
	char *slash;

	if (!dir)
		return -ENOMEM;
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	fd = open(!slash ? "." : *dir ? dir : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return io_replace_at(fd, slash ? slash + 1 : path, bytes, n, mode, 0);
}

static int write_into(const char *path, const void *bytes, size_t n)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);

	return fd < 0 ? -errno : io_write_all(fd, bytes, n);
}

static int write_file(const char *path, const void *bytes, size_t n)
{
	char real[PATH_MAX];
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT && *path && !text_ends(path, "/")
			       ? replace(path, bytes, n, default_mode())
			       : -errno;
	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return write_into(path, bytes, n);
	if (!realpath(path, real))
		return -errno;
	return replace(real, bytes, n, st.st_mode & 0777);
}

int output_write(const char *path, const void *bytes, size_t n, struct error *err)
{
	int r = write_file(path, bytes, n);

	return r < 0 ? error_set(err, r, "cannot write '%s'", path) : 0;
}

int output_print_to(const char *path, const struct out *out, output_print *print, const void *what,
	struct error *err)
{
	struct out file = { .width = 80, .utf8 = true };
	_cleanup_free_ char *bytes = NULL;
	size_t n = 0;
	int r;

	if (!path || strcmp(path, "-") == 0) {
		r = print(what, out);
		return r < 0 ? error_set(err, r, "cannot print the report") : 0;
	}
	file.stream = open_memstream(&bytes, &n);
	if (!file.stream)
		return error_set(err, -errno, "cannot write '%s'", path);
	r = print(what, &file);
	if (fclose(file.stream) != 0 && r >= 0)
		r = -errno;
	return r < 0 ? error_set(err, r, "cannot write '%s'", path)
		     : output_write(path, bytes, n, err);
}
