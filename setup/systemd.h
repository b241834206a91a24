/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What setup asks of systemd. Over D-Bus with libsystemd, which lives here and is loaded when first
 * needed; where it, or the system bus, is missing, with systemctl. Every call has a time limit: a
 * logind that is stuck in early boot must not take us with it.
 */
#pragma once

#include <sys/types.h>

#include "base/error.h"

int systemd_reload(struct error *err) MUST_CHECK;
/* Both return when the job is queued. */
int systemd_start(const char *unit, struct error *err) MUST_CHECK;
int systemd_stop(const char *unit, struct error *err) MUST_CHECK;

/*
 * Start a unit that does nothing beside the manager of @uid, in user-UID.slice: systemd brings a
 * subtree's controllers up to its settings only when it starts something in it.
 */
int systemd_nudge(uid_t uid, struct error *err) MUST_CHECK;
/* For every manager that runs. */
int systemd_nudge_all(struct error *err) MUST_CHECK;
