/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits need cgroup v2 and every controller handed down the whole way:
 *
 *	/ -> user.slice -> user-UID.slice -> user@UID.service
 *
 * A node has what its parent hands on (cgroup.subtree_control), and the first node that has a
 * controller and keeps it to itself is the one to name: all below only lack what it keeps.
 */
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

static const char *const required[] = { "memory", "pids" };
static const char *const known[] = { "cpu", "cpuset", "io", "memory", "pids" };

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

/* What cannot be changed from here is a warning: containers run without limits. */
static void judge_v2(const struct host *host, struct verdict *v)
{
	const struct cgroup *cgroup = &host->cgroup;

	if (cgroup->version == CGROUP_V2)
		return;
	if (!host->live) {
		judge_v2_of_tree(host, v);
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
	/* in the build of an image what is mounted is the build host's */
	if (host->boot.stack == BOOT_BOOTC)
		version = host->boot.usual;
	if (ours && (version == CGROUP_V1 || version == CGROUP_HYBRID))
		plan_kernel_arg(plan, UNIFIED);
}

static bool is_v2(const struct host *host, struct verdict *v)
{
	if (host->cgroup.version == CGROUP_V2)
		return true;
	verdict_skip(v, host->live ? "there is no cgroup v2" : "only the running host could tell");
	return false;
}

static bool is_raspberry(const struct host *host)
{
	const char *machine = host->kernel.machine;

	return text_starts(machine, "arm") || strcmp(machine, "aarch64") == 0;
}

static void judge_controllers(const struct host *host, struct verdict *v)
{
	const struct cgroup_node *top = &host->cgroup.chain[0];

	if (!is_v2(host, v))
		return;
	if (host->cgroup.count == 0 || top->controllers.state != FACT_KNOWN) {
		judge_unknown(v, host, "cgroup.controllers", top->controllers.error);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(required); i++) {
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

static void judge_readonly(const struct host *host, struct verdict *v)
{
	if (!is_v2(host, v) || !host->cgroup.read_only)
		return;
	verdict_warn(v, "the cgroup file system is read-only");
	verdict_evidence(v, "/sys/fs/cgroup", "rw", "ro");
	verdict_effect(v, NO_LIMITS);
	verdict_fix(v, "start the container around us with a cgroup namespace of its own and a "
		       "writable mount");
}

/* user@UID.service, when it runs. */
static const struct cgroup_node *manager(const struct cgroup *cgroup)
{
	const struct cgroup_node *last;

	if (cgroup->count == 0)
		return NULL;
	last = &cgroup->chain[cgroup->count - 1];
	return text_ends(last->path, ".service") && last->state == FACT_KNOWN &&
			       last->controllers.state == FACT_KNOWN
		       ? last
		       : NULL;
}

/* The first node that has @controller and does not hand it on, else the last: it just lacks it. */
static const struct cgroup_node *keeper(const struct cgroup *cgroup, const char *controller)
{
	size_t i = 0;

	while (i + 1 < cgroup->count && cgroup_hands_on(&cgroup->chain[i], controller))
		i++;
	return &cgroup->chain[i];
}

/* user@.service's Delegate= without any drop-in: cpu came with systemd 252. */
static const char *delegated_words(const struct cgroup *cgroup)
{
	if (cgroup->delegate.words.state == FACT_KNOWN)
		return cgroup->delegate.words.value;
	return cgroup->systemd_version >= 252 ? "pids memory cpu" : "pids memory";
}

static bool is_delegated(const struct cgroup *cgroup, const char *controller)
{
	const char *words = delegated_words(cgroup);

	return text_has_word(words, controller) || text_has_word(words, "yes") ||
	       text_has_word(words, "true") || text_has_word(words, "1") ||
	       text_has_word(words, "on");
}

/* A later file that throws away what ours says: no drop-in of ours adds to its list. */
static bool is_emptied(const struct cgroup *cgroup)
{
	return *cgroup->delegate.emptied &&
	       dropin_comes_later(cgroup->delegate.emptied, DROPIN_DELEGATE);
}

static bool promises_all(const struct cgroup *cgroup)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (cgroup_has(&cgroup->chain[0], known[i]) && !is_delegated(cgroup, known[i]))
			return false;
	return true;
}

static void fix_emptied(const struct cgroup *cgroup, struct verdict *v)
{
	if (is_emptied(cgroup))
		verdict_fix(v, "take the line that empties Delegate= out of '%.140s'",
			cgroup->delegate.emptied);
}

/* @missing: the controllers that do not come through, the first of them to find the node by. */
static void say_kept(
	const struct host *host, struct verdict *v, const char *first, const char *missing)
{
	const struct cgroup *cgroup = &host->cgroup;
	const struct cgroup_node *node = keeper(cgroup, first);
	char source[160];

	(void)snprintf(source, sizeof(source), "/sys/fs/cgroup%.110s/cgroup.subtree_control",
		strcmp(node->path, "/") == 0 ? "" : node->path);
	verdict_evidence(v, source, missing, "%.150s",
		*node->handed_on.value ? node->handed_on.value : "(empty)");
	if (is_delegated(cgroup, first))
		verdict_fix(v, "sudo systemctl daemon-reload && sudo systemctl restart user@%u",
			(unsigned)host->user.uid);
	else
		fix_emptied(cgroup, v);
}

/* A controller that the kernel has and the user's manager has not. */
static bool is_missing(const struct cgroup *cgroup, const char *controller)
{
	return cgroup_has(&cgroup->chain[0], controller) &&
	       !cgroup_has(manager(cgroup), controller);
}

static void judge_running(const struct host *host, struct verdict *v)
{
	const struct cgroup *cgroup = &host->cgroup;
	bool memory = is_missing(cgroup, "memory"), pids = is_missing(cgroup, "pids");
	const char *first = memory ? "memory" : "pids";

	if (memory || pids) {
		verdict_fail(v, "'%.100s' does not hand on %s", keeper(cgroup, first)->path,
			memory && pids ? "memory and pids" : first);
		say_kept(host, v, first, memory && pids ? "memory pids" : first);
		verdict_effect(
			v, "limits fail: 'cgroup.subtree_control: No such file or directory'");
		return;
	}
	if (is_emptied(cgroup) && !promises_all(cgroup)) {
		verdict_warn(v, "a drop-in begins Delegate= anew after ours");
		verdict_evidence(v, cgroup->delegate.emptied, "Delegate=cpu cpuset io memory pids",
			"Delegate=%.140s in all", delegated_words(cgroup));
		verdict_effect(v, "limits that work now may be gone with the next login");
		fix_emptied(cgroup, v);
	} else if (is_missing(cgroup, "cpu")) {
		verdict_warn(v, "the cpu controller does not reach the user");
		say_kept(host, v, "cpu", "cpu");
		verdict_effect(v, "--cpus and --cpu-shares fail");
	} else if (is_missing(cgroup, "cpuset") || is_missing(cgroup, "io")) {
		verdict_pass(v, "%s (not %s%s%s)", manager(cgroup)->controllers.value,
			is_missing(cgroup, "cpuset") ? "cpuset" : "",
			is_missing(cgroup, "cpuset") && is_missing(cgroup, "io") ? ", " : "",
			is_missing(cgroup, "io") ? "io" : "");
	} else {
		verdict_pass(v, "%s", manager(cgroup)->controllers.value);
	}
}

/* Nobody is logged in: what the units say is all there is to know. */
static void judge_promised(const struct host *host, struct verdict *v)
{
	const struct cgroup *cgroup = &host->cgroup;

	if (cgroup->delegate.words.state != FACT_KNOWN && cgroup->systemd_version == 0) {
		verdict_skip(v, "the user is not logged in and does not linger");
		return;
	}
	if (is_delegated(cgroup, "memory") && is_delegated(cgroup, "pids")) {
		verdict_pass(v, "at the next login: %s", delegated_words(cgroup));
		return;
	}
	verdict_warn(v, "the user's manager will not get memory and pids");
	verdict_evidence(v, *cgroup->delegate.file ? cgroup->delegate.file : "user@.service",
		"Delegate=cpu cpuset io memory pids", "Delegate=%.140s", delegated_words(cgroup));
	verdict_effect(v, "--memory and --pids-limit fail");
	fix_emptied(cgroup, v);
}

static void judge_delegation(const struct host *host, struct verdict *v)
{
	if (!judge_has_systemd(host))
		verdict_skip(
			v, host->live ? "there is no systemd" : "only the running host could tell");
	else if (host->live && !is_v2(host, v))
		return;
	else if (manager(&host->cgroup))
		judge_running(host, v);
	else
		judge_promised(host, v);
}

static bool is_wanted(const struct request *request, const char *controller)
{
	return request->controllers && text_has_word(request->controllers, controller);
}

static void plan_dropin(const struct host *host, const struct request *request, struct plan *plan)
{
	_cleanup_text_ struct text unit = { 0 };
	char path[128], uid[16] = "UID"; /* of who is still to be made: for a dry run's eyes */

	if (host->user.state == FACT_KNOWN)
		(void)snprintf(uid, sizeof(uid), "%u", (unsigned)host->user.uid);
	(void)snprintf(path, sizeof(path), DROPIN_DELEGATE_USER, uid);
	text_addf(&unit, DROPIN_HEADER "[Service]\nDelegate=%s\n", request->controllers);
	plan_file(plan, request->per_user ? path : DROPIN_DELEGATE, 0644, text_get(&unit));
	plan_reload(plan);
}

static void mend_delegation(
	const struct host *host, const struct request *request, struct plan *plan)
{
	const struct cgroup *cgroup = &host->cgroup;
	bool written = true, there = true;

	if (!judge_has_systemd(host) || judge_is_guest(host))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!is_wanted(request, known[i]))
			continue;
		written = written && is_delegated(cgroup, known[i]);
		there = there && !(manager(cgroup) && is_missing(cgroup, known[i]));
	}
	if (!written && is_emptied(cgroup))
		return;
	if (!written)
		plan_dropin(host, request, plan);
	if ((!written || !there) && host->live && cgroup->version == CGROUP_V2)
		plan_delegate(plan, host->user.name, request->controllers);
}

/* In somebody else's session our own cgroup is not the user's: no proof against him. */
static void judge_subcgroup(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_SUBCGROUP];
	bool own = host->context.kind == CONTEXT_LOGIN || host->context.kind == CONTEXT_MANAGER;

	if (!is_v2(host, v) || judge_probe_is_silent(v, host, PROBE_SUBCGROUP))
		return;
	if (probe->result == PROBE_OK) {
		verdict_pass(v, "%s", probe->text);
		return;
	}
	if (own && host->context.uid == host->user.uid)
		verdict_fail(v, "the user cannot make a cgroup of his own");
	else
		verdict_warn(v, "no cgroup can be made from this session");
	judge_probe_evidence(v, probe, "a cgroup with limits");
	verdict_effect(v, NO_LIMITS);
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
		.judge = judge_controllers,
		.mend = mend_controllers,
	},
	{
		.id = "cgroup.readonly",
		.title = "the cgroup file system is writable",
		.see = "cgroup_namespaces(7)",
		.scope = CHECK_HOST,
		.sections = HOST_CGROUP,
		.needs = NEEDS("cgroup.v2"),
		.judge = judge_readonly,
	},
	{
		.id = "cgroup.delegation",
		.title = "the controllers reach the user",
		.see = "systemd.resource-control(5)",
		.scope = CHECK_USER,
		.sections = HOST_CGROUP | HOST_CONTEXT | HOST_USER | HOST_IDMAP,
		.needs = NEEDS("user.exists", "cgroup.v2", "cgroup.controllers"),
		.judge = judge_delegation,
		.mend = mend_delegation,
	},
	{
		.id = "cgroup.subcgroup",
		.title = "a cgroup with limits can be made",
		.see = "cgroups(7)",
		.scope = CHECK_USER,
		.sections = HOST_CGROUP | HOST_CONTEXT | HOST_USER | HOST_PROBE,
		.probes = 1u << PROBE_SUBCGROUP,
		.needs = NEEDS(
			"user.exists", "cgroup.v2", "cgroup.controllers", "cgroup.delegation"),
		.judge = judge_subcgroup,
	},
};

const struct check_group cgroup_group = { "cgroup", checks, ARRAY_SIZE(checks) };
