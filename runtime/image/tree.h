/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a name in a layer may lead: nowhere but below the layer's own root. This file and the
 * kernel's openat2 decide it, not the library that reads the tar.
 *
 *	"/etc/x", "./etc//x"	etc/x: a layer's root is its "/"
 *	"a/../b", ".."		refused, whatever they would come to
 *	"lib/x", lib -> /usr	usr/x below the layer's root (RESOLVE_IN_ROOT): links that lead out,
 *				or by .. above the root, end at the root
 *
 * The last component of a name is never followed. Callers get the parent's descriptor and the last
 * component, and work with the *at() calls.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "base/error.h"

/* components of a name; removing a tree holds a descriptor for each */
enum {
	TREE_DEPTH = 256
};

struct tree {
	int root_fd; /* borrowed */
	/* the parent last used: a layer's entries mostly stand next to each other */
	int parent_fd;
	char parent[PATH_MAX];
};

/* A name taken apart; it points into the caller's buffer. */
struct tree_name {
	char path[PATH_MAX]; /* clean: no leading slash, no empty component, no dot */
	const char *last;    /* in path; "" for the root itself */
};

/* -EINVAL: ".." in it; -ENAMETOOLONG: path, component or depth. */
int tree_name(struct tree_name *ret, const char *path) MUST_CHECK;

/* The directory @name's last component stands in, made with mode 0755 as far as it is missing when
 * @make: a borrowed O_PATH descriptor, valid until the next call. */
int tree_parent(struct tree *tree, const struct tree_name *name, bool make) MUST_CHECK;

/* Remove what stands there, a whole directory if it is one. */
int tree_remove(struct tree *tree, int parent_fd, const char *last) MUST_CHECK;

/* Open a directory by its clean path, following nothing: a descriptor of the caller's. */
int tree_open_directory(const struct tree *tree, const char *path) MUST_CHECK;

void tree_done(struct tree *tree);
#define _cleanup_tree_ CLEANUP(tree_done)
