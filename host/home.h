/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's home and what a container start needs below it: every component of the way, the
 * configuration directories and the storage. A dead network file system must not hang the reader:
 * on a live host it looks from a child with a time limit.
 */
#pragma once

#include <limits.h>

#include "host/fact.h"

enum {
	HOME_PLACES = 12
};

struct home_place {
	char path[PATH_MAX];
	struct fact_file file;
};

struct home {
	struct fact_file home;
	/* ~/.local ~/.local/share ~/.local/share/containers ~/.local/share/rpod ~/.config
	 * ~/.config/containers ~/.cache: absent is well, owned by somebody else is not */
	struct home_place places[HOME_PLACES];
	size_t count;
	/* components above the home: an ancestor without o+x hides it */
	struct home_place above[HOME_PLACES];
	size_t above_count;
	bool hung; /* looking took longer than the limit */
};

struct root;
struct user;
void home_read(struct home *ret, struct root *root, const struct user *user);
/* root_stat() of many paths, which may hang: those behind what does are unknown, -ETIMEDOUT. */
void home_stat(
	struct root *root, const char *const paths[], struct fact_file *const ret[], size_t count);
/* "nfs", "ext4", "overlay" ... for a statfs(2) f_type, NULL unknown. */
const char *home_fs_name(uint64_t fs_type);
bool home_fs_is_network(uint64_t fs_type);
bool home_fs_is_plain(uint64_t fs_type); /* FAT and its kind: no owners, no attributes */
