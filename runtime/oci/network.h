/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network of a container: loopback brought up inside, pasta started outside, while the child
 * still mounts. It will not choose ports or addresses: the engine does, as pasta's options.
 */
#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "runtime/oci/spec.h"

/* Inside a new network namespace. */
int network_loopback_up(struct error *err) MUST_CHECK;

/* Start pasta for the network namespace of @pid: returns at once. @ret_words is where it complains. */
int network_begin(const struct spec_pasta *pasta, pid_t pid, pid_t *ret_starter, int *ret_words,
	struct error *err) MUST_CHECK;
/* Wait until the network is usable; @ret_pasta is the process that serves it. */
int network_finish(const struct spec_pasta *pasta, pid_t starter, int words, pid_t *ret_pasta,
	struct error *err) MUST_CHECK;
/* What a pid file says, or 0. */
pid_t network_read_pid(int dir, const char *name);
/* End pasta; @pid may be another's by now: it must have been started with a pid file that ends in
 * @path. */
void network_stop(pid_t pid, const char *path);
