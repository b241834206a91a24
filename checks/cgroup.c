/* SPDX-License-Identifier: Apache-2.0 */
/* Limits need cgroup v2, and a kernel that offers what they are made of. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "checks/dropin.h"
#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"
#include "checks/request.h"

#define NO_LIMITS "no limits for containers; they still run"
#define UNIFIED   "systemd.unified_cgroup_hierarchy=1"

enum {
	FIRST_WITHOUT_V1 = 256 /* systemd: its NEWS */
};

static const char *const required[] = { "memory", "pids", NULL };

static void fix_boot(const struct host *host, struct verdict *v, const char *argument)
{
	char advice[256];

	boot_advice(host->boot.stack, argument, advice, sizeof(advice));
	verdict_fix(v, "%s", advice);
}

/* systemd 256 and later ignore UNIFIED, and boot otherwise only where two arguments force them. */
static void say_forced(const struct host *host, struct verdict *v)
{
	if (host->cgroup.systemd_version >= FIRST_WITHOUT_V1 && !judge_is_guest(host))
		verdict_fix(v,
			"take SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE= and "
			"systemd.unified_cgroup_hierarchy=0 off the kernel command line; then "
			"reboot");
}

/* What a tree will boot with; a running host has been seen. */
static void judge_v2_of_tree(const struct host *host, struct verdict *v)
{
	if (host->boot.usual == CGROUP_V2)
		verdict_pass(v, "as systemd %u of this distribution boots",
			host->cgroup.systemd_version);
	else if (host->boot.usual == CGROUP_UNKNOWN)
		judge_unknown(v, host, "/sys/fs/cgroup", 0);
	else
		verdict_skip(v, "boots with cgroups %s where it is not told otherwise",
			cgroup_version_words(host->boot.usual));
}

static void judge_v2_of_next_boot(const struct host *host, struct verdict *v)
{
	const struct boot *boot = &host->boot;

	if (boot->next == CGROUP_V2 || boot->next == CGROUP_UNKNOWN) {
		judge_v2_of_tree(host, v);
		return;
	}
	verdict_fail(v, "the host will boot with cgroups %s", cgroup_version_words(boot->next));
	verdict_evidence(v, boot->arguments.state == FACT_KNOWN ? boot->arguments_file : "systemd",
		"version 2", "%.150s",
		*boot->arguments.value ? boot->arguments.value : cgroup_version_words(boot->next));
	verdict_effect(v, NO_LIMITS);
	if (boot->usual == CGROUP_V2)
		verdict_fix(v, "take '%.150s' off the kernel command line", boot->arguments.value);
	else
		fix_boot(host, v, UNIFIED);
}

/* What cannot be changed from here is a warning: containers run without limits. */
static void judge_v2(const struct host *host, struct verdict *v)
{
	const struct cgroup *cgroup = &host->cgroup;

	if (cgroup->version == CGROUP_V2)
		return;
	if (!host->live) {
		host->next_boot ? judge_v2_of_next_boot(host, v) : judge_v2_of_tree(host, v);
		return;
	}
	if (cgroup->version == CGROUP_UNKNOWN) {
		judge_unknown(v, host, "/sys/fs/cgroup", 0);
		return;
	}
	if (host->context.systemd && !judge_is_guest(host))
		verdict_fail(v, "the host was booted with cgroups %s",
			cgroup_version_words(cgroup->version));
	else
		verdict_warn(v, "cgroups are %s here", cgroup_version_words(cgroup->version));
	fix_boot(host, v, UNIFIED);
	say_forced(host, v);
	verdict_evidence(
		v, "/sys/fs/cgroup", "version 2", "%s", cgroup_version_words(cgroup->version));
	if (cgroup->boot_argument.state == FACT_KNOWN && *cgroup->boot_argument.value)
		verdict_evidence(v, "/proc/cmdline", NULL, "%.150s", cgroup->boot_argument.value);
	verdict_effect(v, NO_LIMITS);
}

static void mend_v2(const struct host *host, const struct request *request, struct plan *plan)
{
	enum cgroup_version version = host->live ? host->cgroup.version : host->boot.usual;
	bool ours = !host->live || host->boot.stack == BOOT_BOOTC ||
		    (host->context.systemd && !judge_is_guest(host));

	(void)request;
	if (host->next_boot) /* setup changes what it finds now */
		return;
	/* in the build of an image what is mounted is the build host's */
	if (host->boot.stack == BOOT_BOOTC)
		version = host->boot.usual;
	if (ours && (version == CGROUP_V1 || version == CGROUP_HYBRID))
		plan_kernel_arg(plan, UNIFIED);
}

static bool is_raspberry(const struct host *host)
{
	const char *machine = host->kernel.machine;

	return text_starts(machine, "arm") || strcmp(machine, "aarch64") == 0;
}

/* Is this one of "cgroup_disable=memory,pids"? */
static const char *disabled_at_boot(const struct host *host)
{
	const char *words = strstr(host->boot.arguments.value, "cgroup_disable=");

	for (size_t i = 0; host->next_boot && words && required[i]; i++)
		if (memmem(words, strcspn(words, " "), required[i], strlen(required[i])))
			return required[i];
	return NULL;
}

static void judge_controllers_at_boot(
	const struct host *host, struct verdict *v, const char *disabled)
{
	verdict_fail(v, "the kernel will offer no %s controller", disabled);
	verdict_evidence(
		v, host->boot.arguments_file, disabled, "%.150s", host->boot.arguments.value);
	verdict_effect(v, "no --memory limit; engines that set one by default fail");
	verdict_fix(v, "take cgroup_disable= off the kernel command line");
}

static void judge_controllers(const struct host *host, struct verdict *v)
{
	const struct cgroup_node *top = &host->cgroup.chain[0];
	const char *disabled = disabled_at_boot(host);

	if (disabled) {
		judge_controllers_at_boot(host, v, disabled);
		return;
	}
	if (!judge_has_v2(v, host))
		return;
	if (host->cgroup.count == 0 || top->controllers.state != FACT_KNOWN) {
		judge_unknown(v, host, "cgroup.controllers", top->controllers.error);
		return;
	}
	for (size_t i = 0; required[i]; i++) {
		if (cgroup_has(top, required[i]))
			continue;
		verdict_fail(v, "the kernel offers no %s controller", required[i]);
		verdict_evidence(v, "/sys/fs/cgroup/cgroup.controllers", required[i], "%.150s",
			top->controllers.value);
		if (strstr(host->kernel.cmdline.value, "cgroup_disable="))
			verdict_evidence(
				v, "/proc/cmdline", NULL, "cgroup_disable=%s", required[i]);
		verdict_effect(v, "no --memory limit; engines that set one by default fail");
		if (is_raspberry(host))
			fix_boot(host, v, "cgroup_enable=memory");
		else
			verdict_fix(v, "take cgroup_disable= off the kernel command line; then "
				       "reboot");
	}
}

/* On kernels that still take swapaccount=0. */
static void judge_swap(const struct host *host, struct verdict *v)
{
	if (v->kind != VERDICT_PASS || !host->cgroup.no_swap_limit ||
		!text_has_word(host->cgroup.boot_argument.value, "swapaccount=0"))
		return;
	verdict_warn(v, "the kernel does not count swap");
	verdict_evidence(v, "/proc/cmdline", NULL, "swapaccount=0");
	verdict_effect(v, "--memory-swap fails; --memory does not hold what is swapped");
	verdict_fix(v, "take swapaccount=0 off the kernel command line; then reboot");
}

static void judge_offered(const struct host *host, struct verdict *v)
{
	judge_controllers(host, v);
	judge_swap(host, v);
}

static void mend_controllers(
	const struct host *host, const struct request *request, struct plan *plan)
{
	const struct cgroup_node *top = &host->cgroup.chain[0];

	(void)request;
	if (host->live && is_raspberry(host) && host->cgroup.version == CGROUP_V2 &&
		host->cgroup.count > 0 && top->controllers.state == FACT_KNOWN &&
		!cgroup_has(top, "memory") && !judge_is_guest(host))
		plan_kernel_arg(plan, "cgroup_enable=memory");
}

static const struct check checks[] = {
	{
		.id = "cgroup.v2",
		.title = "cgroup v2 is mounted",
		.see = "cgroups(7)",
		.scope = CHECK_HOST,
		.sections = HOST_CGROUP | HOST_CONTEXT | HOST_IDMAP | HOST_BOOT,
		.judge = judge_v2,
		.mend = mend_v2,
	},
	{
		.id = "cgroup.controllers",
		.title = "the kernel offers memory and pids limits",
		.see = "cgroups(7)",
		.scope = CHECK_HOST,
		.sections = HOST_CGROUP | HOST_KERNEL | HOST_CONTEXT | HOST_IDMAP | HOST_BOOT,
		.needs = NEEDS("cgroup.v2"),
		.judge = judge_offered,
		.mend = mend_controllers,
	},
};

const struct check_group cgroup_group = { "cgroup", checks, ARRAY_SIZE(checks) };
