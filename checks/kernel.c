/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"

/* 5.11 mounts overlay in a user namespace, 5.10 has what the runtime is built on. */
enum {
	WANTED_MAJOR = 5,
	WANTED_MINOR = 10
};

static void judge_version(const struct host *host, struct verdict *v)
{
	const struct kernel *kernel = &host->kernel;

	if (kernel->major == 0) {
		judge_unknown(v, host, "uname", kernel->release.error);
		return;
	}
	if (kernel_at_least(kernel, WANTED_MAJOR, WANTED_MINOR)) {
		verdict_pass(v, "%s", kernel->release.value);
		return;
	}
	verdict_warn(v, "the kernel is older than 5.10");
	verdict_evidence(v, "uname -r", ">= 5.10", "%s", kernel->release.value);
	verdict_effect(v, "'rpod run' wants it; other engines need fuse-overlayfs for images");
	verdict_fix(v, "boot a newer kernel of the distribution");
}

static void judge_userns(const struct host *host, struct verdict *v)
{
	if (!host->live) {
		judge_unknown(v, host, "/proc/self/ns/user", 0);
	} else if (!host->kernel.user_namespaces) {
		verdict_fail(v, "the kernel was built without user namespaces");
		verdict_evidence(v, "/proc/self/ns/user", "there", "absent");
		verdict_effect(v, "no rootless container can start");
		verdict_fix(v, "boot a kernel built with CONFIG_USER_NS=y");
	}
}

/* Modules a container start may still want that are not in the kernel yet. */
static const char *missing_modules(const struct kernel *kernel, char *ret, size_t size)
{
	size_t n = 0;

	*ret = '\0';
	for (int i = 0; i < KERNEL_NEEDED; i++)
		if (kernel->modules[i] == MODULE_ABSENT || kernel->modules[i] == MODULE_UNKNOWN)
			n += (size_t)snprintf(
				ret + n, size - n, "%s%s", n ? " " : "", kernel_module_name(i));
	return ret;
}

bool judge_modules_are_gone(const struct host *host)
{
	char missing[64];

	return host->live && host->kernel.modules_dir == FACT_ABSENT && !judge_is_guest(host) &&
	       host->context.systemd && *missing_modules(&host->kernel, missing, sizeof(missing));
}

bool judge_skip_modules(const struct host *host, struct verdict *v)
{
	if (!judge_modules_are_gone(host))
		return false;
	verdict_skip(v, "because of kernel.modules");
	v->skipped_because = "kernel.modules";
	return true;
}

/* What has failed for want of one proves that it is no omen. */
static void say_modules(const struct host *host, struct verdict *v, const char *missing)
{
	const struct probe *tun = &host->probe.probes[PROBE_TUN];
	char dir[160];

	if (tun->result == PROBE_FAILED) {
		verdict_fail(v, "the running kernel's modules are gone, and one is wanted");
		judge_probe_evidence(v, tun, "an interface made");
	} else {
		verdict_warn(v, "the running kernel's modules are gone");
	}
	(void)snprintf(dir, sizeof(dir), "/lib/modules/%.140s", host->kernel.release.value);
	verdict_evidence(v, dir, "a directory", "absent");
	verdict_evidence(v, "/proc/modules", NULL, "not loaded: %s", missing);
	verdict_effect(v, "devices and file systems that are not loaded yet cannot be");
	verdict_fix(v, "sudo reboot");
}

static void judge_modules(const struct host *host, struct verdict *v)
{
	const struct kernel *kernel = &host->kernel;
	char missing[64];

	if (!host->live || kernel->modules_dir == FACT_UNKNOWN) {
		judge_unknown(v, host, "/lib/modules", 0);
		return;
	}
	if (kernel->modules_dir == FACT_KNOWN)
		return;
	if (!*missing_modules(kernel, missing, sizeof(missing))) {
		verdict_pass(v, "gone, but all that is needed is loaded");
	} else if (judge_is_guest(host) || !host->context.systemd) {
		verdict_pass(v, "a container has the modules of its host");
	} else {
		say_modules(host, v, missing);
	}
}

static const struct check checks[] = {
	{
		.id = "kernel.version",
		.title = "the kernel is new enough",
		.see = "uname(2)",
		.scope = CHECK_HOST,
		.sections = HOST_KERNEL,
		.judge = judge_version,
	},
	{
		.id = "kernel.userns",
		.title = "the kernel has user namespaces",
		.see = "user_namespaces(7)",
		.scope = CHECK_HOST,
		.sections = HOST_KERNEL,
		.judge = judge_userns,
	},
	{
		.id = "kernel.modules",
		.title = "the running kernel's modules are installed",
		.see = "depmod(8)",
		.scope = CHECK_HOST,
		.sections = HOST_KERNEL | HOST_CONTEXT | HOST_IDMAP,
		.probes = 1u << PROBE_TUN,
		.judge = judge_modules,
	},
};

const struct check_group kernel_group = { "kernel", checks, ARRAY_SIZE(checks) };
