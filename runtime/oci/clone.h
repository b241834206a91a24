/* SPDX-License-Identifier: Apache-2.0 */
/* One clone3() with all namespaces; the child goes on as after fork(). */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/macro.h"

/* 0 in the child; the process id; or negative errno. @cgroup: a cgroup directory to be born in
 * (Linux 5.7), -1 none. @ret_pidfd may be NULL. */
pid_t clone_process(uint64_t flags, int cgroup, int *ret_pidfd) MUST_CHECK;
