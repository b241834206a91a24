/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers appear whole or not at all: each is unpacked in a directory of its own next to where it
 * will stand, written out, and then renamed.
 *
 *	layers/sha256/.stage-XXXXXXXXXXXXXXXX	being unpacked; locked (flock) by who does it
 *	layers/sha256/DIFFID			a layer
 *
 * A crash leaves a staging directory that nobody has locked: the next run removes it. Two that
 * unpack the same layer do not wait for each other: who comes second to the rename throws its own
 * away.
 */
#pragma once

#include "base/error.h"

struct staging {
	int layers_fd; /* borrowed */
	int fd;        /* the directory, locked while it is open */
	char name[32];
};

/* Remove what crashed runs left. What cannot be removed is left for another time. */
void staging_sweep(int layers_fd);

int staging_open(struct staging *ret, int layers_fd, struct error *err) MUST_CHECK;

/* Write out and rename to @name. 0 also when that is there already. */
int staging_keep(struct staging *staging, const char *name, struct error *err) MUST_CHECK;

/* Throw away what was not kept. */
void staging_close(struct staging *staging);
#define _cleanup_staging_ CLEANUP(staging_close)
