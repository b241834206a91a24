/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where this user's containers are kept: two directories, one that survives a reboot and one that
 * must not. It makes them when absent and trusts neither unless it is the caller's own.
 *
 *	STORE  ~/.local/share/rpod, for root /var/lib/rpod	STORE/containers/ID, STORE/names/NAME
 *	RUN    userns_runtime_dir()/containers			RUN/ID
 *
 * Open it before joining the user namespace: afterwards one is root, and /root is no home.
 */
#pragma once

#include "base/error.h"
#include "runtime/image/image.h"

struct place {
	struct store store;
	char run[4096];
	int containers_fd;
	int names_fd;
	int run_fd;
};

int place_open(struct place *ret, struct error *err) MUST_CHECK;
void place_close(struct place *place);
#define _cleanup_place_ CLEANUP(place_close)
