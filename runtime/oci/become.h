/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last steps from our process to the container's command, shared by run and exec, in this
 * order: become_early() while the host's /proc is at hand, become_io(), become_user(),
 * become_command().
 */
#pragma once

#include "base/error.h"
#include "runtime/oci/spec.h"

struct who;

/* Limits, OOM score, security labels for the next exec, a session keyring of its own. */
int become_early(const struct spec_process *process, struct error *err) MUST_CHECK;

/* A new session; @slave (or the three descriptors of @process) becomes standard input and output. */
int become_io(const struct spec_process *process, int slave, const struct who *who,
	struct error *err) MUST_CHECK;

/* Working directory, ids, capabilities but those the filter needs. */
int become_user(
	const struct spec_process *process, const struct who *who, struct error *err) MUST_CHECK;

/* Find the command, load the filter, run it. Returns on failure only. */
int become_command(const struct spec_process *process, const struct who *who, struct error *err);
