/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who the command runs as: "name", "uid", "name:group" or "uid:gid" looked up in the container's
 * own passwd and group files, which are an image's and not to be trusted: regular files inside the
 * root only, of bounded size.
 */
#pragma once

#include <limits.h>
#include <sys/types.h>

#include "base/error.h"

struct spec_process;

enum {
	WHO_GROUPS = 256
};

struct who {
	uid_t uid;
	gid_t gid;
	gid_t groups[WHO_GROUPS]; /* supplementary */
	size_t group_count;
	char home[PATH_MAX]; /* "/" where passwd says nothing */
};

/* @root: the container's root directory. */
int who_find(struct who *ret, int root, const struct spec_process *process,
	struct error *err) MUST_CHECK;

/* The parts on text: fuzzed. */
struct who_passwd {
	uid_t uid;
	gid_t gid;
	char name[256];
	char home[PATH_MAX];
};
/* The first entry whose name is @name, or (with @name NULL) whose uid is @uid. 0 or -ENOENT. */
int who_parse_passwd(const char *data, size_t length, const char *name, uid_t uid,
	struct who_passwd *ret) MUST_CHECK;
/* The gid of group @name: 0 or -ENOENT. */
int who_parse_group(const char *data, size_t length, const char *name, gid_t *ret) MUST_CHECK;
/* Add the groups that list @member. */
void who_parse_member(const char *data, size_t length, const char *member, struct who *ret);
