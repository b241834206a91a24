/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is left of a container start when each part that has a check of its own is well: the first
 * stage that fails is named, with what may keep it from this session.
 */
#include <errno.h>
#include <string.h>

#include "checks/groups.h"
#include "checks/judge.h"

static const struct probe *first_failed(const struct host *host)
{
	const struct probe *start = &host->probe.probes[PROBE_START];
	const struct probe *filter = &host->probe.probes[PROBE_SECCOMP];

	return start->result != PROBE_OK ? start : filter->result == PROBE_FAILED ? filter : NULL;
}

static void say_confinement(const struct host *host, struct verdict *v)
{
	const struct context *context = &host->context;

	if (context->seccomp.state == FACT_KNOWN && context->seccomp.value != 0)
		verdict_evidence(v, "/proc/self/status", "Seccomp: 0", "Seccomp: %lld",
			(long long)context->seccomp.value);
	if (context->filtered_by.state == FACT_KNOWN)
		verdict_evidence(v, "first so", NULL, "%.150s", context->filtered_by.value);
	if (context->apparmor.state == FACT_KNOWN && *context->apparmor.value &&
		strcmp(context->apparmor.value, "unconfined") != 0)
		verdict_evidence(v, "/proc/self/attr/apparmor/current", "unconfined", "%.150s",
			context->apparmor.value);
}

static void judge_stages(const struct host *host, struct verdict *v)
{
	const struct probe *probe = first_failed(host);

	if (!probe || judge_probe_is_silent(v, host, PROBE_START))
		return;
	verdict_fail(v, "a container start ends at '%s': %s", probe->step, strerror(probe->error));
	judge_probe_evidence(v, probe, "done");
	say_confinement(host, v);
	verdict_effect(v, "no container can start from this session");
	if (judge_is_guest(host))
		verdict_fix(v,
			"allow it where the container around us is started: seccomp, AppArmor, "
			"masked paths");
	else
		verdict_fix(v, "start it from a login, outside of what confines this session");
}

static const struct check checks[] = {
	{
		.id = "start.stages",
		.title = "each other stage of a container start works",
		.see = "pivot_root(2)",
		.scope = CHECK_USER,
		.sections = HOST_CONTEXT | HOST_IDMAP,
		.probes = 1u << PROBE_START | 1u << PROBE_SECCOMP,
		.needs = NEEDS("context.processes", "user.exists", "userns.probe", "proc.mount",
			"net.namespace", "limits.keys"),
		.judge = judge_stages,
	},
};

const struct check_group start_group = { "start", checks, ARRAY_SIZE(checks) };
