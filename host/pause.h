/* SPDX-License-Identifier: Apache-2.0 */
/*
 * podman's pause process: it keeps the user namespace that the first command made, and every later
 * one joins it. So its map is as old as it is, and what is wrong with the host since does not show.
 */
#pragma once

#include "host/fact.h"

struct pause {
	struct fact_number pid; /* in the file; absent: there is none */
	char path[96];          /* of the file */
	enum fact_state process;
	uid_t uid; /* the process runs as */
};

struct root;
struct user;
struct idmap_map;
/* @maps: of the process, by enum idmap_kind; unknown where there is none. */
void pause_read(
	struct pause *ret, struct idmap_map *maps, struct root *root, const struct user *user);
