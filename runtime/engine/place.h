/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where this user's containers are kept: two directories, one that survives a reboot and one that
 * must not. It makes them when absent and trusts neither unless it is the caller's own.
 *
 *	STORE  ~/.local/share/rpod            STORE/containers/ID   STORE/names/NAME -> ID
 *	RUN    $XDG_RUNTIME_DIR/rpod          RUN/ID
 *	       or /tmp/rpod-run-UID, or /run/rpod for root
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
