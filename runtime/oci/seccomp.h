/* SPDX-License-Identifier: Apache-2.0 */
/* The system call filter of a container: chosen, and loaded as one of the last things it does. */
#pragma once

#include "base/error.h"
#include "runtime/oci/spec.h"

/*
 * Load the filter @process asks for. Without no_new_privs the caller needs CAP_SYS_ADMIN in its
 * user namespace; it is dropped afterwards (seccomp(2)).
 */
int seccomp_apply(const struct spec_process *process, struct error *err) MUST_CHECK;
