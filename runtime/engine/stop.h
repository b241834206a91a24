/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other people's containers, as it were: signalling, ending and awaiting one that some other
 * process stands behind. The caller is inside the user namespace: a container's processes have
 * ids that are not the user's own outside.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"
#include "runtime/engine/container.h"

/* -ESRCH: it does not run. */
int stop_signal(const struct container *container, const struct state *state, int signal,
	struct error *err) MUST_CHECK;

/*
 * Signal, patience, SIGKILL; returns when its end is kept (or it is gone, with --rm). 0 at once
 * when it does not run.
 */
int stop_container(const struct container *container, const struct state *state, int signal,
	int64_t timeout, struct error *err) MUST_CHECK;

/* A pidfd of who stands behind it (its process where the monitor was killed), or -ESRCH. */
int stop_watch(const struct container *container, const struct state *state) MUST_CHECK;

/* Until it does not run: its exit status, though it may be removed by then; -1 where nobody knows. */
int stop_wait(const struct container *container, int64_t started, int *ret_status,
	struct error *err) MUST_CHECK;

/* The network of a container that has ended: its monitor does it, else who finds it lost. */
void stop_network(const struct container *container);
