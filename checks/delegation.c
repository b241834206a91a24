/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits need every controller handed down the whole way:
 *
 *	/ -> user.slice -> user-UID.slice -> user@UID.service -> user.slice -> containers
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

static const char *const required[] = { "memory", "pids", NULL };
static const char *const known[] = { "cpu", "cpuset", "io", "memory", "pids" };

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

/* A controller that the kernel has and the user's manager has not. */
static bool is_missing(const struct cgroup *cgroup, const char *controller)
{
	return cgroup_has(&cgroup->chain[0], controller) &&
	       !cgroup_has(manager(cgroup), controller);
}

static const char *below_top(const struct cgroup_node *node)
{
	return strcmp(node->path, "/") == 0 ? "" : node->path;
}

/* Those of @wanted that @node has and keeps to itself. */
static size_t kept_by(const struct cgroup *cgroup, const struct cgroup_node *node,
	const char *const *wanted, struct text *ret)
{
	size_t n = 0;

	for (; *wanted; wanted++)
		if (is_missing(cgroup, *wanted) && keeper(cgroup, *wanted) == node)
			text_addf(ret, "%s%s", n++ ? " " : "", *wanted);
	return n;
}

/* Every node that keeps some of @wanted, and what would make it hand them on. */
static void say_kept(const struct host *host, struct verdict *v, const char *const *wanted)
{
	const struct cgroup *cgroup = &host->cgroup;

	for (size_t i = 0; i < cgroup->count; i++) {
		const struct cgroup_node *node = &cgroup->chain[i];
		_cleanup_text_ struct text kept = { 0 };
		char source[160];

		if (kept_by(cgroup, node, wanted, &kept) == 0)
			continue;
		(void)snprintf(source, sizeof(source),
			"/sys/fs/cgroup%.110s/cgroup.subtree_control", below_top(node));
		verdict_evidence(v, source, text_get(&kept), "%.150s",
			*node->handed_on.value ? node->handed_on.value : "(empty)");
	}
	for (; *wanted; wanted++)
		if (is_missing(cgroup, *wanted))
			break;
	if (*wanted && is_delegated(cgroup, *wanted))
		verdict_fix(v, "sudo systemctl daemon-reload && sudo systemctl restart user@%u",
			(unsigned)host->user.uid);
	else
		fix_emptied(cgroup, v);
}

static void judge_required(const struct host *host, struct verdict *v)
{
	const struct cgroup *cgroup = &host->cgroup;
	_cleanup_text_ struct text kept = { 0 };
	const struct cgroup_node *node =
		keeper(cgroup, is_missing(cgroup, required[0]) ? required[0] : required[1]);

	(void)kept_by(cgroup, node, required, &kept);
	verdict_fail(v, "'%.100s' does not hand on %s", node->path,
		strcmp(text_get(&kept), "memory pids") == 0 ? "memory and pids" : text_get(&kept));
	say_kept(host, v, required);
	verdict_effect(v, "limits fail: 'cgroup.subtree_control: No such file or directory'");
}

/* crun's issues 704 and 705: a real-time task in a group keeps the controller from all groups. */
static void explain_rt(const struct host *host, struct verdict *v)
{
	if (!host->cgroup.rt_groups || !is_delegated(&host->cgroup, "cpu"))
		return;
	verdict_evidence(v, "/boot/config", NULL, "CONFIG_RT_GROUP_SCHED=y");
	verdict_fix(v, "stop the real-time tasks that are in a group: ps -eo "
		       "cls,pid,comm,cgroup | grep -E '^ *(FF|RR)'");
}

static void judge_emptied(const struct host *host, struct verdict *v)
{
	const struct cgroup *cgroup = &host->cgroup;

	verdict_warn(v, "a drop-in begins Delegate= anew after ours");
	verdict_evidence(v, cgroup->delegate.emptied, "Delegate=cpu cpuset io memory pids",
		"Delegate=%.140s in all", delegated_words(cgroup));
	verdict_effect(v, "limits that work now may be gone with the next login");
	fix_emptied(cgroup, v);
}

/* Where containers are, below the manager: it counts tasks of whatever is in there. */
static bool is_cut_below(const struct cgroup *cgroup, const char *controller)
{
	const struct cgroup_node *node = &cgroup->containers;

	return node->state == FACT_KNOWN && node->below.state == FACT_KNOWN &&
	       node->below.value > 0 && cgroup_has(node, controller) &&
	       node->handed_on.state == FACT_KNOWN && !cgroup_hands_on(node, controller);
}

static void judge_cut(const struct host *host, struct verdict *v, const char *controller)
{
	const struct cgroup_node *node = &host->cgroup.containers;
	char source[160];

	(void)snprintf(
		source, sizeof(source), "/sys/fs/cgroup%.110s/cgroup.subtree_control", node->path);
	verdict_warn(v, "the user's manager does not hand on %s to containers", controller);
	verdict_evidence(v, source, controller, "%.150s",
		*node->handed_on.value ? node->handed_on.value : "(empty)");
	verdict_effect(v, "limits of what runs now fail; a new login may mend it");
	verdict_fix(v, "sudo systemctl restart user@%u # ends his containers",
		(unsigned)host->user.uid);
}

static void judge_running(const struct host *host, struct verdict *v)
{
	static const char *const cpu[] = { "cpu", NULL };
	const struct cgroup *cgroup = &host->cgroup;

	if (is_missing(cgroup, "memory") || is_missing(cgroup, "pids")) {
		judge_required(host, v);
	} else if (is_emptied(cgroup) && !promises_all(cgroup)) {
		judge_emptied(host, v);
	} else if (is_missing(cgroup, "cpu")) {
		verdict_warn(v, "the cpu controller does not reach the user");
		say_kept(host, v, cpu);
		explain_rt(host, v);
		verdict_effect(v, "--cpus and --cpu-shares fail");
	} else if (is_cut_below(cgroup, "pids") || is_cut_below(cgroup, "memory")) {
		judge_cut(host, v, is_cut_below(cgroup, "pids") ? "pids" : "memory");
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
		verdict_skip(v, "%s", host->live ? "there is no systemd" : judge_not_now(host));
	else if (host->live && !judge_has_v2(v, host))
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

static bool is_session_of_user(const struct host *host)
{
	enum context_kind kind = host->context.kind;

	return judge_is_own(host) && (kind == CONTEXT_LOGIN || kind == CONTEXT_MANAGER);
}

/* In somebody else's session our own cgroup is not the user's: no proof against him. */
static void judge_subcgroup(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_SUBCGROUP];

	if (!judge_has_v2(v, host) || judge_probe_is_silent(v, host, PROBE_SUBCGROUP))
		return;
	if (probe->result == PROBE_OK) {
		verdict_pass(v, "%s", probe->text);
		return;
	}
	if (host->cgroup.read_only) {
		verdict_skip(v, "because of cgroup.readonly");
		v->skipped_because = "cgroup.readonly";
		return;
	}
	if (!is_session_of_user(host) && !manager(&host->cgroup)) {
		verdict_skip(v, "the user has no manager, and this is a session of uid %u",
			(unsigned)host->context.uid);
		return;
	}
	if (is_session_of_user(host))
		verdict_fail(v, "the user cannot make a cgroup of his own");
	else
		verdict_warn(v, "no cgroup can be made from this session");
	judge_probe_evidence(v, probe, "a cgroup with limits");
	if (text_starts(host->context.cgroup.value, "/.."))
		verdict_evidence(v, "/proc/self/cgroup", "a path in our cgroup namespace", "%.150s",
			host->context.cgroup.value);
	verdict_effect(v, NO_LIMITS);
}

static const struct check checks[] = {
	{
		.id = "cgroup.delegation",
		.title = "the controllers reach the user",
		.see = "systemd.resource-control(5)",
		.scope = CHECK_USER,
		.sections = HOST_CGROUP | HOST_CONTEXT | HOST_USER | HOST_IDMAP,
		.needs = NEEDS("user.exists", "cgroup.v2", "cgroup.controllers", "cgroup.nodes",
			"session.manager"),
		.judge = judge_delegation,
		.mend = mend_delegation,
	},
	{
		.id = "cgroup.subcgroup",
		.title = "a cgroup with limits can be made",
		.see = "cgroups(7)",
		.scope = CHECK_USER,
		.sections = HOST_CGROUP | HOST_CONTEXT | HOST_USER,
		.probes = 1u << PROBE_SUBCGROUP,
		.needs = NEEDS("user.exists", "cgroup.v2", "cgroup.controllers", "cgroup.nodes",
			"cgroup.delegation"),
		.judge = judge_subcgroup,
	},
};

const struct check_group delegation_group = { "cgroup", checks, ARRAY_SIZE(checks) };
