/* SPDX-License-Identifier: Apache-2.0 */
/* Programs of the host that a container start or its preparation needs: where, and may they. */
#pragma once

#include <limits.h>

#include "host/fact.h"

enum tool_name {
	TOOL_NEWUIDMAP,
	TOOL_NEWGIDMAP,
	TOOL_PASTA,
	TOOL_SLIRP4NETNS,
	TOOL_FUSE_OVERLAYFS,
	TOOL_USERADD,
	TOOL_USERMOD,
	TOOL_UPDATE_GRUB,
	TOOL_GRUBBY,
	TOOL_RPM_OSTREE,
	TOOL_RESTORECON,
	TOOL_SEMANAGE,
	TOOL_PODMAN,
	TOOL_BUILDAH,
	TOOL_FUSERMOUNT3,
	TOOL_CRUN,
	TOOL_RUNC,
	TOOL_COUNT
};

struct tool {
	char path[PATH_MAX]; /* "" when absent */
	struct fact_file file;
	bool in_path; /* the caller's own PATH finds it too */
};

struct tools {
	struct tool tools[TOOL_COUNT];
};

struct root;
void tool_read(struct tools *ret, struct root *root);
/* Is there a program at @path? The first that is becomes @ret; so does the first that cannot be seen,
 * until then. */
bool tool_is_at(struct root *root, const char *path, struct fact_file *ret);
/* The first program @name in @dirs ("/a:/b"), where @path has none yet; @file as above. */
void tool_find_in(struct root *root, const char *dirs, const char *name, char path[static PATH_MAX],
	struct fact_file *file);
const char *tool_word(enum tool_name tool);
