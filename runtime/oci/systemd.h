/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's systemd, asked over D-Bus for a scope. libsystemd is loaded here and only when there
 * is a manager to talk to.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct spec_cgroup;
struct systemd_job;

/* Is there a manager to ask: the session's bus, or the system's for root? */
bool systemd_is_there(void);

/* Ask for the scope @unit with @pid in it; returns before it is made. @spec and @unit must live
 * until systemd_finish(). */
int systemd_begin(const struct spec_cgroup *spec, const char *unit, pid_t pid,
	struct systemd_job **ret, struct error *err) MUST_CHECK;
/* Wait for it, and free the job. */
int systemd_finish(struct systemd_job *job, struct error *err) MUST_CHECK;
void systemd_free(struct systemd_job *job);

/* Move @pid into the scope @unit (AttachProcessesToUnit). */
int systemd_attach(const char *unit, pid_t pid, struct error *err) MUST_CHECK;

/* "0-2,5" as the bytes of a bit mask, which AllowedCPUs= takes. The number of bytes or -EINVAL. */
int systemd_cpu_mask(const char *list, uint8_t *ret, size_t room) MUST_CHECK;
