/* SPDX-License-Identifier: Apache-2.0 */
/* The user's own systemd and the bus it listens for: do they run, and do they answer? */
#include <stdio.h>

#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"

/* A manager that died leaves its socket, but no processes: systemd takes the cgroup away. */
static bool is_without_cgroup(const struct host *host)
{
	const struct cgroup *cgroup = &host->cgroup;

	return cgroup->version == CGROUP_V2 && cgroup->count >= 4 &&
	       cgroup->chain[cgroup->count - 1].state == FACT_ABSENT;
}

/* There is nothing to ask a manager for while nobody is logged in. After the last login the directory
 * stays a while. */
static bool has_runtime_dir(const struct host *host, struct verdict *v)
{
	const struct fact_file *dir = &host->session.runtime;

	if (!judge_has_sessions(host, v))
		return false;
	if (dir->state == FACT_ABSENT ||
		(dir->state == FACT_KNOWN && !judge_lingers(host) &&
			host->session.manager.state == FACT_KNOWN && is_without_cgroup(host)))
		verdict_skip(v, "the user is not logged in and does not linger");
	else if (dir->state == FACT_UNKNOWN)
		judge_unknown(v, host, host->session.runtime_dir, dir->error);
	return v->kind != VERDICT_SKIP;
}

enum {
	PROVES_MS = 1000, /* without an answer: it hangs */
	STARTS_S = 30     /* it makes its socket before it starts anything else */
};

static bool is_young(const struct host *host)
{
	const struct fact_number *age = &host->manager.age;

	return age->state == FACT_KNOWN && age->value < STARTS_S;
}

/* A manager of this moment has no socket yet: nothing is wrong with it. */
static bool is_starting(const struct host *host)
{
	return host->session.manager.state == FACT_ABSENT && is_young(host);
}

/* It listens for the bus a little later. */
static bool bus_is_to_come(const struct host *host)
{
	return is_young(host) && host->session.bus.state == FACT_ABSENT &&
	       host->session.bus_unit.state == FACT_KNOWN && !*host->session.bus_mask;
}

static void say_starting(const struct host *host, struct verdict *v, const char *socket)
{
	verdict_warn(v, "the user's systemd is starting");
	verdict_evidence(v, socket, "a socket", "absent; process %lld began %lld s ago",
		(long long)host->manager.pid.value, (long long)host->manager.age.value);
	verdict_effect(v, "until it has started: " JUDGE_NO_LIMITS);
	verdict_fix(v, "systemctl status user@%u", (unsigned)host->user.uid);
}

/* Where something hung before, a probe is given what is left: on a slow host that proves nothing. */
static void judge_manager_answers(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_MANAGER];

	if (probe->result != PROBE_FAILED && probe->result != PROBE_HUNG)
		return;
	if (probe->result == PROBE_HUNG && probe->ms < PROVES_MS)
		verdict_warn(v, "the user's systemd gave no answer in time");
	else
		verdict_fail(v, "the user's systemd does not answer");
	judge_probe_evidence(v, probe, "an answer");
	verdict_effect(v, JUDGE_NO_LIMITS);
	verdict_fix(v, "sudo systemctl restart user@%u", (unsigned)host->user.uid);
}

/* What keeps it from starting: nothing delegated, or whatever else drop-ins of the admin change. */
static void explain_manager(const struct host *host, struct verdict *v)
{
	const struct delegate *delegate = &host->cgroup.delegate;

	if (delegate->words.state == FACT_KNOWN && !*delegate->words.value && *delegate->emptied) {
		verdict_evidence(
			v, delegate->emptied, "Delegate=cpu cpuset io memory pids", "Delegate=no");
		verdict_fix(v, "take Delegate= out of %.120s; then: sudo systemctl daemon-reload",
			delegate->emptied);
	} else if (*host->session.dropins) {
		verdict_evidence(
			v, "drop-ins of user@.service", NULL, "%.150s", host->session.dropins);
	}
}

static void judge_manager(const struct host *host, struct verdict *v)
{
	const struct fact_file *manager = &host->session.manager;
	char source[160];

	if (!has_runtime_dir(host, v))
		return;
	if (manager->state == FACT_UNKNOWN) {
		judge_unknown(v, host, "the manager's socket", manager->error);
		return;
	}
	if (manager->state == FACT_KNOWN && !is_without_cgroup(host)) {
		judge_manager_answers(host, v);
		return;
	}
	(void)snprintf(source, sizeof(source), "%s/systemd/private", host->session.runtime_dir);
	if (is_starting(host)) {
		say_starting(host, v, source);
		return;
	}
	if (judge_lingers(host))
		verdict_fail(v, "the user's systemd is not running");
	else
		verdict_warn(v, "the user's systemd is not running");
	if (manager->state == FACT_KNOWN)
		verdict_evidence(v, "/sys/fs/cgroup", NULL, "no cgroup '%.120s'",
			host->cgroup.chain[host->cgroup.count - 1].path);
	else
		verdict_evidence(v, source, "a socket", "absent");
	verdict_effect(v, JUDGE_NO_LIMITS);
	explain_manager(host, v);
	verdict_fix(v, "sudo systemctl restart user@%u", (unsigned)host->user.uid);
	verdict_fix(v, "systemctl status user@%u", (unsigned)host->user.uid);
}

/* True: somebody has masked the socket, and that is all there is to undo. */
static bool say_bus_mask(const struct host *host, struct verdict *v)
{
	const char *mask = host->session.bus_mask;

	if (!*mask)
		return false;
	verdict_evidence(v, mask, "absent", "a link to /dev/null: masked");
	if (text_starts(mask, "/etc/"))
		verdict_fix(v,
			"sudo systemctl --global unmask dbus.socket && sudo systemctl restart "
			"user@%u",
			(unsigned)host->user.uid);
	else
		verdict_fix(v, "systemctl --user unmask dbus.socket && "
			       "systemctl --user start dbus.socket");
	return true;
}

static void judge_no_bus(const struct host *host, struct verdict *v, const char *source)
{
	const struct session *session = &host->session;
	const char *install = os_install_command(&host->os, OS_PACKAGE_USER_BUS);
	unsigned uid = (unsigned)host->user.uid;

	verdict_fail(v, "the user has no D-Bus");
	verdict_evidence(v, source, "a socket", "absent");
	verdict_effect(v, JUDGE_NO_LIMITS);
	if (say_bus_mask(host, v))
		return;
	verdict_evidence(v, "dbus.socket among the user units", "there", "%s",
		session->bus_unit.state == FACT_KNOWN ? "there" : "absent");
	if (session->bus_unit.state == FACT_ABSENT && install)
		verdict_fix(v, "sudo %s && sudo systemctl restart user@%u", install, uid);
	else
		verdict_fix(v, "systemctl --user start dbus.socket");
}

static void judge_bus(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_BUS];
	const struct session *session = &host->session;
	char source[160];

	if (!has_runtime_dir(host, v) || probe->result == PROBE_OK)
		return;
	if (is_starting(host)) {
		verdict_skip(v, "the user's systemd is starting");
		return;
	}
	(void)snprintf(source, sizeof(source), "%s/bus", session->runtime_dir);
	if (session->bus.state == FACT_UNKNOWN) {
		judge_unknown(v, host, source, session->bus.error);
	} else if (bus_is_to_come(host)) {
		say_starting(host, v, source);
	} else if (session->bus.state == FACT_ABSENT) {
		judge_no_bus(host, v, source);
	} else if (probe->result == PROBE_FAILED || probe->result == PROBE_HUNG) {
		/* who is the first to ask has it started: one that only takes its time is no proof */
		if (probe->result == PROBE_HUNG)
			verdict_warn(v, "the user's D-Bus gave no answer in time");
		else
			verdict_fail(v, "the user's D-Bus does not answer");
		judge_probe_evidence(v, probe, "an answer");
		verdict_effect(v, JUDGE_NO_LIMITS);
		if (!say_bus_mask(host, v))
			verdict_fix(v, "sudo systemctl restart user@%u", (unsigned)host->user.uid);
	}
}

static void mend_bus(const struct host *host, const struct request *request, struct plan *plan)
{
	const char *package = os_package_name(&host->os, OS_PACKAGE_USER_BUS);

	(void)request;
	if (judge_has_systemd(host) && host->session.bus_unit.state == FACT_ABSENT &&
		host->session.bus.state != FACT_KNOWN && package)
		plan_package(plan, package);
}

static const struct check checks[] = {
	{
		.id = "session.manager",
		.title = "the user's systemd runs",
		.see = "user@.service(5)",
		.scope = CHECK_USER,
		.sections = HOST_SESSION | HOST_CONTEXT | HOST_CGROUP | HOST_USER | HOST_MANAGER,
		.probes = 1u << PROBE_MANAGER,
		.needs = NEEDS("user.exists", "user.account", "session.runtime-dir"),
		.judge = judge_manager,
	},
	{
		.id = "session.bus",
		.title = "the user's D-Bus answers",
		.see = "dbus-daemon(1)",
		.scope = CHECK_USER,
		.sections = HOST_SESSION | HOST_CONTEXT | HOST_CGROUP | HOST_USER | HOST_OS |
			    HOST_MANAGER,
		.probes = 1u << PROBE_BUS,
		.needs = NEEDS("user.exists", "session.runtime-dir", "session.manager"),
		.judge = judge_bus,
		.mend = mend_bus,
	},
};

const struct check_group session_manager_group = { "session", checks, ARRAY_SIZE(checks) };
