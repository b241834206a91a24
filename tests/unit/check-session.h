/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions that faults of sessions and of cgroups begin from. */
#pragma once

#include "check-host.h"

static inline void no_session(void)
{
	host.session.runtime = host.session.bus = host.session.manager = absent();
	host.probe.probes[PROBE_BUS] = (struct probe){ .result = PROBE_NOT_RUN };
	host.cgroup.chain[2].state = host.cgroup.chain[3].state = FACT_ABSENT;
	host.cgroup.chain[3].controllers.state = FACT_ABSENT;
}

static inline void no_systemd(void)
{
	host.context.systemd = false;
	host.context.kind = CONTEXT_NONE;
	no_session();
	host.session.linger = absent();
}

static inline void no_linger(void)
{
	host.session.linger = absent();
}

static inline void logged_out(void)
{
	no_session();
	no_linger();
	host.context.runtime_dir_env = (struct fact_text){ .state = FACT_ABSENT };
}
