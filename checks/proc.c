/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "checks/groups.h"
#include "checks/judge.h"

/*
 * The kernel refuses a new /proc to who cannot see all of the old one: something mounted over a part
 * of it (lxcfs, masked paths of Docker, ProtectKernelTunables=) is enough.
 */
static void judge_mount(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_MOUNT_PROC];

	if (judge_probe_is_silent(v, host, PROBE_MOUNT_PROC) || probe->result == PROBE_OK)
		return;
	verdict_fail(v, "cannot mount /proc in a new pid namespace: %s", strerror(probe->error));
	judge_probe_evidence(v, probe, "a mount");
	verdict_effect(v, "containers with a process namespace of their own do not start");
	if (probe->error == EPERM)
		verdict_fix(v, "unmount what lies over parts of /proc: findmnt -R /proc (in a "
			       "container: --security-opt unmask=ALL, security.nesting=true)");
}

static const struct check checks[] = {
	{
		.id = "proc.mount",
		.title = "/proc can be mounted",
		.see = "proc(5)",
		.scope = CHECK_USER,
		.sections = HOST_PROBE,
		.probes = 1u << PROBE_MOUNT_PROC,
		.needs = NEEDS("user.exists", "userns.max", "userns.probe"),
		.judge = judge_mount,
	},
};

const struct check_group proc_group = { "proc", checks, ARRAY_SIZE(checks) };
