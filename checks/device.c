/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /dev/fuse only matters where the kernel cannot mount overlay for the user; /dev/net/tun is what
 * pasta and slirp4netns are made of. Both nodes exist from boot on and load their module when first
 * opened, so a node without a loaded module is well as long as the module is installed.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"

static bool is_node(const struct fact_file *file, unsigned major, unsigned minor)
{
	return file->state == FACT_KNOWN && S_ISCHR(file->mode) && file->rdev_major == major &&
		file->rdev_minor == minor;
}

static bool can_load(const struct host *host, enum kernel_module module)
{
	return host->kernel.modules[module] == MODULE_LOADABLE &&
		!(host->kernel.modules_disabled.state == FACT_KNOWN &&
			host->kernel.modules_disabled.value == 1);
}

static void say_module(const struct host *host, struct verdict *v, enum kernel_module module)
{
	static const char *const words[] = {
		[MODULE_UNKNOWN] = "unknown",
		[MODULE_ABSENT] = "not in this kernel",
		[MODULE_LOADABLE] = "not loaded",
		[MODULE_LOADED] = "loaded",
		[MODULE_BUILTIN] = "built in",
	};
	char source[32];

	(void)snprintf(source, sizeof(source), "module %s", kernel_module_name(module));
	verdict_evidence(v, source, "loaded", "%s", words[host->kernel.modules[module]]);
}

/* Native overlay was seen to work, or nothing speaks against it in this kernel. */
static bool needs_fuse(const struct host *host)
{
	const struct probe *overlay = &host->probe.probes[PROBE_OVERLAY];

	if (overlay->result == PROBE_OK || overlay->result == PROBE_FAILED)
		return overlay->result == PROBE_FAILED;
	return host->kernel.major > 0 && !kernel_at_least(&host->kernel, 5, 11);
}

static void judge_fuse(const struct host *host, struct verdict *v)
{
	const struct fact_file *fuse = &host->device.fuse;
	const struct probe *probe = &host->probe.probes[PROBE_FUSE];

	if (!host->live) {
		judge_unknown(v, host, "/dev/fuse", 0);
		return;
	}
	if (is_node(fuse, 10, 229) && probe->result != PROBE_FAILED)
		return;
	if (!needs_fuse(host)) {
		verdict_pass(v, "not there, not needed: the kernel mounts overlay itself");
		return;
	}
	if (fuse->state == FACT_UNKNOWN) {
		judge_unknown(v, host, "/dev/fuse", fuse->error);
		return;
	}
	verdict_warn(v, "/dev/fuse does not work");
	if (probe->result == PROBE_FAILED)
		judge_probe_evidence(v, probe, "opened");
	else
		verdict_evidence(v, "/dev/fuse", "character device 10:229", "absent");
	say_module(host, v, KERNEL_FUSE);
	verdict_effect(v, "fuse-overlayfs cannot mount images, and this kernel does not by itself");
}

static void mend_fuse(const struct host *host, const struct request *request, struct plan *plan)
{
	(void)request;
	if (needs_fuse(host) && can_load(host, KERNEL_FUSE))
		plan_module(plan, kernel_module_name(KERNEL_FUSE));
}

static void judge_tun(const struct host *host, struct verdict *v)
{
	const struct fact_file *tun = &host->device.tun;
	const struct probe *probe = &host->probe.probes[PROBE_TUN];

	if (!host->live || (tun->state == FACT_UNKNOWN && probe->result != PROBE_FAILED)) {
		judge_unknown(v, host, "/dev/net/tun", tun->error);
		return;
	}
	if (probe->result == PROBE_OK ||
		(is_node(tun, 10, 200) && probe->result != PROBE_FAILED))
		return;
	/* a container gets its devices from outside, and runs without a network too */
	if (judge_is_guest(host) || !host->context.systemd)
		verdict_warn(v, "there is no /dev/net/tun here");
	else
		verdict_fail(v, "/dev/net/tun does not work");
	if (probe->result == PROBE_FAILED)
		judge_probe_evidence(v, probe, "an interface made");
	else
		verdict_evidence(v, "/dev/net/tun", "character device 10:200", "%s",
			tun->state == FACT_ABSENT ? "absent" : "something else");
	say_module(host, v, KERNEL_TUN);
	verdict_effect(v, "no network of their own for containers: --network none or host only");
	if (judge_is_guest(host))
		verdict_fix(v, "hand /dev/net/tun to the container around us");
}

static void mend_tun(const struct host *host, const struct request *request, struct plan *plan)
{
	const struct fact_file *tun = &host->device.tun;
	bool broken = host->probe.probes[PROBE_TUN].result == PROBE_FAILED;

	(void)request;
	if ((tun->state == FACT_ABSENT || broken) && host->live && can_load(host, KERNEL_TUN))
		plan_module(plan, kernel_module_name(KERNEL_TUN));
}

static const struct check checks[] = {
	{
		.id = "device.fuse",
		.title = "/dev/fuse works where it is needed",
		.see = "fuse(4)",
		.scope = CHECK_HOST,
		.sections = HOST_DEVICE | HOST_KERNEL | HOST_PROBE,
		.probes = 1u << PROBE_FUSE,
		.judge = judge_fuse,
		.mend = mend_fuse,
	},
	{
		.id = "device.tun",
		.title = "/dev/net/tun works",
		.see = "pasta(1)",
		.scope = CHECK_HOST,
		.sections = HOST_DEVICE | HOST_KERNEL | HOST_CONTEXT | HOST_IDMAP | HOST_PROBE,
		.probes = 1u << PROBE_TUN,
		.judge = judge_tun,
		.mend = mend_tun,
	},
};

const struct check_group device_group = { "device", checks, ARRAY_SIZE(checks) };
