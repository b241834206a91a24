/* SPDX-License-Identifier: Apache-2.0 */
/* A further process in a running container, with the container's environment and confinement. */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "runtime/engine/container.h"
#include "runtime/engine/settings.h"

struct exec {
	const char *const *args;
	const struct text_list *env; /* on top of the container's */
	const char *workdir, *user;  /* NULL: the container's */
	bool interactive, tty, detached, privileged;
};

/* @ret_status as monitor_run(). Detached: 0 as soon as the command runs. */
int exec_run(const struct container *container, const struct state *state,
	const struct settings *settings, const struct exec *exec, int *ret_status,
	struct error *err) MUST_CHECK;

/* What the state file keeps of the container's cgroup; false: it has none. */
struct cgroup_place;
bool exec_cgroup(const struct state *state, struct cgroup_place *ret);
