/* SPDX-License-Identifier: Apache-2.0 */
/* A directory tree for a test, made from rows and removed after it. */
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "host/root.h"

struct tree {
	char path[64];
	struct root root; /* opened by tree_open() */
};

/* Directories above are made. */
static inline void tree_path(const struct tree *t, const char *path, char ret[512])
{
	char parent[512];

	(void)snprintf(ret, 512, "%s%s", t->path, path);
	(void)snprintf(parent, sizeof(parent), "%s", ret);
	*strrchr(parent, '/') = '\0';
	if (io_mkdirs(parent, 0755) < 0)
		abort();
}

static inline void tree_make(struct tree *t)
{
	*t = (struct tree){ .path = "/tmp/rpod-test-XXXXXX" };
	if (!mkdtemp(t->path))
		abort();
}

static inline void tree_bytes(const struct tree *t, const char *path, const char *bytes, size_t n)
{
	char full[512];
	int fd;

	tree_path(t, path, full);
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || io_write_all(fd, bytes, n) < 0)
		abort();
	(void)close(fd);
}

static inline void tree_file(const struct tree *t, const char *path, const char *content)
{
	tree_bytes(t, path, content, strlen(content));
}

static inline void tree_link(const struct tree *t, const char *path, const char *target)
{
	char full[512];

	tree_path(t, path, full);
	if (symlink(target, full) < 0)
		abort();
}

static inline void tree_dir(const struct tree *t, const char *path)
{
	char full[512];

	tree_path(t, path, full);
	if (mkdir(full, 0755) < 0)
		abort();
}

/* As an image; as a recorded host where the tree has /.rpod/answers. */
static inline struct root *tree_open(struct tree *t)
{
	struct error err = { 0 };

	if (root_open(t->path, &t->root, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		abort();
	}
	return &t->root;
}

/* As a host written by hand: @answers are lines of question TAB result TAB answer. */
static inline struct root *tree_host(struct tree *t, const char *answers)
{
	tree_file(t, "/.rpod/answers", answers);
	return tree_open(t);
}

static inline void tree_done(struct tree *t)
{
	if (t->root.path[0])
		root_close(&t->root);
	if (io_remove_tree_at(AT_FDCWD, t->path) < 0)
		abort();
}
