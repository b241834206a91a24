/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"

/* A path that a shell takes as it stands. */
static bool is_plain(const char *path)
{
	return path[strspn(path, "/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789_.-")] == '\0';
}

/*
 * The kernel refuses a new /proc to who cannot see all of the old one: something mounted over a part
 * of it (lxcfs, masked paths of Docker, ProtectKernelTunables=) is enough.
 */
static void explain_cover(const struct host *host, struct verdict *v)
{
	const struct mounts *mounts = &host->mounts;
	const char *path = mounts->proc_covered.value;

	if (mounts->proc_covered.state == FACT_KNOWN)
		verdict_evidence(v, "/proc/self/mountinfo", "no mount below /proc",
			"a mount over '%.120s'", path);
	if (mounts->proc_sys_read_only) {
		verdict_evidence(v, "/proc/self/mountinfo", "rw", "/proc/sys is read-only");
		verdict_fix(v, "take ProtectKernelTunables= (or ProtectSystem=, ReadOnlyPaths=) "
			       "out of the unit around this session");
	} else if (mounts->proc_covered.state == FACT_KNOWN && !judge_is_guest(host) &&
		   is_plain(path)) {
		verdict_fix(v, "sudo umount -R %.200s", path);
	} else {
		verdict_fix(v, "unmount what lies over parts of /proc: findmnt -R /proc (in a "
			       "container: --security-opt unmask=ALL, security.nesting=true)");
	}
}

static void judge_mount(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_MOUNT_PROC];

	if (judge_probe_is_silent(v, host, PROBE_MOUNT_PROC) || probe->result == PROBE_OK)
		return;
	verdict_fail(v, "cannot mount /proc in a new pid namespace: %s", strerror(probe->error));
	judge_probe_evidence(v, probe, "a mount");
	verdict_effect(v, "containers with a process namespace of their own do not start");
	if (probe->error == EPERM)
		explain_cover(host, v);
}

/* podman takes crun where both are there, unless a file says otherwise. */
static bool is_runc_chosen(const struct host *host)
{
	const struct fact_text *runtime = &host->config.runtime;

	return runtime->state == FACT_KNOWN && !judge_lacks(host, TOOL_PODMAN) &&
	       (strcmp(runtime->value, "runc") == 0 || text_ends(runtime->value, "/runc"));
}

static void fix_by_crun(const struct host *host, struct verdict *v)
{
	if (judge_lacks(host, TOOL_CRUN))
		verdict_fix(v, "install crun");
	if (!is_runc_chosen(host))
		return;
	verdict_evidence(
		v, host->config.runtime_file, NULL, "runtime = %.120s", host->config.runtime.value);
	verdict_fix(v, "set runtime = \"crun\" in '%.180s'", host->config.runtime_file);
}

/* crun binds the old /sys where it may not mount a new one; runc does not. */
static void judge_sys(const struct host *host, struct verdict *v)
{
	const struct fact_text *covered = &host->mounts.sys_covered;

	if (!host->live || host->mounts.state != FACT_KNOWN) {
		judge_unknown(v, host, "/proc/self/mountinfo", host->mounts.error);
	} else if (covered->state == FACT_KNOWN && judge_lacks(host, TOOL_RUNC)) {
		verdict_pass(v, "not by runc, which is not installed");
	} else if (covered->state == FACT_KNOWN && !judge_lacks(host, TOOL_CRUN) &&
		   !is_runc_chosen(host)) {
		verdict_pass(v, "not by runc: a mount over '%.100s'; crun takes the old one",
			covered->value);
	} else if (covered->state == FACT_KNOWN) {
		verdict_warn(v, "runc cannot mount /sys");
		verdict_evidence(v, "/proc/self/mountinfo", "no mount below /sys",
			"a mount over '%.120s'", covered->value);
		verdict_effect(v, "no container starts with runc; crun takes the /sys there is");
		if (!judge_is_guest(host) && is_plain(covered->value))
			verdict_fix(v, "sudo umount -R %.200s", covered->value);
		fix_by_crun(host, v);
	}
}

static const struct check checks[] = {
	{
		.id = "proc.mount",
		.title = "/proc can be mounted",
		.see = "proc(5)",
		.scope = CHECK_USER,
		.sections = HOST_MOUNTS | HOST_CONTEXT | HOST_IDMAP,
		.probes = 1u << PROBE_MOUNT_PROC,
		.needs = NEEDS("user.exists", "userns.max", "userns.probe"),
		.judge = judge_mount,
	},
	{
		.id = "proc.sys",
		.title = "/sys can be mounted",
		.see = "sysfs(5)",
		.scope = CHECK_HOST,
		.sections = HOST_MOUNTS | HOST_TOOL | HOST_CONTEXT | HOST_IDMAP | HOST_CONFIG,
		.judge = judge_sys,
	},
};

const struct check_group proc_group = { "proc", checks, ARRAY_SIZE(checks) };
