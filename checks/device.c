/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /dev/fuse only matters where the kernel cannot mount overlay for the user; /dev/net/tun is what
 * pasta and slirp4netns are made of. Both nodes exist from boot on and load their module when first
 * opened, so a node without a loaded module is well as long as the module is installed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
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
	return host->kernel.modules[module] == MODULE_LOADABLE;
}

static void say_node(
	struct verdict *v, const char *path, const char *wanted, const struct fact_file *file)
{
	if (file->state == FACT_KNOWN)
		verdict_evidence(v, path, wanted, "%s %u:%u, mode %04o",
			S_ISCHR(file->mode) ? "character device" : "no device", file->rdev_major,
			file->rdev_minor, (unsigned)(file->mode & 07777));
	else if (file->state == FACT_ABSENT)
		verdict_evidence(v, path, wanted, "absent");
}

bool judge_can_load_fuse(const struct host *host)
{
	return can_load(host, KERNEL_FUSE);
}

void judge_say_fuse(const struct host *host, struct verdict *v)
{
	const struct fact_file *fuse = &host->device.fuse;
	const struct probe *probe = &host->probe.probes[PROBE_FUSE];

	if (probe->result == PROBE_FAILED)
		judge_probe_evidence(v, probe, "opened");
	say_node(v, "/dev/fuse", "character device 10:229, mode 0666", fuse);
	judge_say_module(host, v, KERNEL_FUSE);
	if (is_node(fuse, 10, 229) && probe->error == EACCES)
		verdict_fix(v, "sudo chmod 0666 /dev/fuse");
	else if (judge_is_guest(host))
		verdict_fix(v, "hand /dev/fuse to the container around us");
}

/* An engine was told to mount by fuse-overlayfs, whatever the kernel can. */
static bool is_told_to_use_fuse(const struct host *host)
{
	const struct fact_text *program = &host->config.mount_program;

	return host->tool.tools[TOOL_PODMAN].file.state == FACT_KNOWN &&
	       program->state == FACT_KNOWN && text_ends(program->value, "/fuse-overlayfs");
}

/* Native overlay was seen to work, or nothing speaks against it in this kernel. */
static bool needs_fuse(const struct host *host)
{
	const struct probe *overlay = &host->probe.probes[PROBE_OVERLAY];

	if (is_told_to_use_fuse(host))
		return true;
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
	if (is_told_to_use_fuse(host)) {
		verdict_fail(v, "/dev/fuse does not work, and storage.conf has fuse-overlayfs");
		verdict_effect(v, "podman cannot mount images");
	} else {
		verdict_warn(v, "/dev/fuse does not work");
		verdict_effect(v,
			"fuse-overlayfs cannot mount images, and this kernel does not by itself");
	}
	judge_say_fuse(host, v);
	if (is_told_to_use_fuse(host))
		verdict_evidence(v, host->config.mount_program_file, NULL, "mount_program = %.120s",
			host->config.mount_program.value);
}

static void mend_fuse(const struct host *host, const struct request *request, struct plan *plan)
{
	(void)request;
	if (needs_fuse(host) && can_load(host, KERNEL_FUSE))
		plan_module(plan, kernel_module_name(KERNEL_FUSE));
}

static const char *tun_fault(const struct host *host)
{
	if (!is_node(&host->device.tun, 10, 200))
		return "is not there";
	if (host->probe.probes[PROBE_TUN].error == EACCES)
		return "is not open to the user";
	return "does not work";
}

static void judge_tun(const struct host *host, struct verdict *v)
{
	const struct fact_file *tun = &host->device.tun;
	const struct probe *probe = &host->probe.probes[PROBE_TUN];

	if (!host->live || (tun->state == FACT_UNKNOWN && probe->result != PROBE_FAILED)) {
		judge_unknown(v, host, "/dev/net/tun", tun->error);
		return;
	}
	if (probe->result == PROBE_OK || (is_node(tun, 10, 200) && probe->result != PROBE_FAILED))
		return;
	if (judge_skip_modules(host, v))
		return;
	/* a container gets its devices from outside, and runs without a network too */
	if (judge_is_guest(host) || !host->context.systemd)
		verdict_warn(v, "/dev/net/tun %s", tun_fault(host));
	else
		verdict_fail(v, "/dev/net/tun %s", tun_fault(host));
	if (probe->result == PROBE_FAILED)
		judge_probe_evidence(v, probe, "an interface made");
	say_node(v, "/dev/net/tun", "character device 10:200, mode 0666", tun);
	judge_say_module(host, v, KERNEL_TUN);
	verdict_effect(v, "no network of their own for containers: --network none or host only");
	if (is_node(tun, 10, 200) && probe->error == EACCES)
		verdict_fix(v, "sudo chmod 0666 /dev/net/tun");
	else if (judge_is_guest(host))
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
		.sections = HOST_DEVICE | HOST_KERNEL | HOST_CONTEXT | HOST_IDMAP | HOST_CONFIG |
			    HOST_TOOL,
		.probes = 1u << PROBE_FUSE | 1u << PROBE_OVERLAY,
		.needs = NEEDS("home.overlay"),
		.judge = judge_fuse,
		.mend = mend_fuse,
	},
	{
		.id = "device.tun",
		.title = "/dev/net/tun works",
		.see = "pasta(1)",
		.scope = CHECK_HOST,
		.sections = HOST_DEVICE | HOST_KERNEL | HOST_CONTEXT | HOST_IDMAP,
		.probes = 1u << PROBE_TUN,
		.judge = judge_tun,
		.mend = mend_tun,
	},
};

const struct check_group device_group = { "device", checks, ARRAY_SIZE(checks) };
