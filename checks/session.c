/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's session: without a manager and a bus of his own, containers run but nothing enforces
 * their limits, and nobody says so. Lingering comes first: where the user does not linger, an absent
 * runtime directory only means that he is not logged in.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"

#define NO_LIMITS "--memory, --cpus and --pids-limit are not enforced; nothing says so"

static void judge_systemd(const struct host *host, struct verdict *v)
{
	if (judge_has_systemd(host))
		return;
	if (!host->live) {
		judge_unknown(v, host, "/run/systemd/system", 0);
		return;
	}
	verdict_warn(v, "this machine was not booted with systemd");
	verdict_evidence(v, "/run/systemd/system", "a directory", "absent");
	verdict_effect(v, "containers run, but without limits, and nothing starts them at boot");
	if (strcmp(host->context.container.value, "wsl") == 0)
		verdict_fix(v, "in /etc/wsl.conf below [boot]: systemd=true; then 'wsl --shutdown' "
			       "on Windows");
}

/* Without systemd the questions below have no answer; session.systemd has said so. */
static bool applies(const struct host *host, struct verdict *v)
{
	if (judge_has_systemd(host))
		return true;
	verdict_skip(v, host->live ? "there is no systemd" : "only the running host could tell");
	return false;
}

/* Files of a session are made when it begins: a tree has none. */
static bool has_sessions(const struct host *host, struct verdict *v)
{
	if (host->live)
		return applies(host, v);
	verdict_skip(v, "only the running host could tell");
	return false;
}

static bool lingers(const struct host *host)
{
	return host->session.linger.state == FACT_KNOWN;
}

static void judge_linger(const struct host *host, struct verdict *v)
{
	const struct fact_file *linger = &host->session.linger;

	if (!applies(host, v))
		return;
	if (linger->state == FACT_UNKNOWN) {
		judge_unknown(v, host, "/var/lib/systemd/linger", linger->error);
	} else if (linger->state == FACT_ABSENT) {
		verdict_warn(v, "the user does not linger");
		verdict_evidence(
			v, "/var/lib/systemd/linger", NULL, "no file '%.64s'", host->user.name);
		verdict_effect(v,
			"containers end at logout, none starts at boot; su and cron have no "
			"session");
		verdict_fix(v, "sudo loginctl enable-linger %s", host->user.name);
	}
}

static void mend_linger(const struct host *host, const struct request *request, struct plan *plan)
{
	(void)request;
	if (judge_has_systemd(host) &&
		(host->user.state == FACT_ABSENT || host->session.linger.state == FACT_ABSENT))
		plan_linger(plan, host->user.name);
}

/* Somebody promised this session a directory. */
static bool is_named(const struct host *host)
{
	return judge_is_own(host) && host->context.runtime_dir_env.state == FACT_KNOWN &&
	       strcmp(host->context.runtime_dir_env.value, host->session.runtime_dir) == 0;
}

static void judge_runtime_dir(const struct host *host, struct verdict *v)
{
	const struct session *session = &host->session;
	const struct fact_file *dir = &session->runtime;

	if (!has_sessions(host, v))
		return;
	if (dir->state == FACT_UNKNOWN) {
		judge_unknown(v, host, session->runtime_dir, dir->error);
	} else if (dir->state == FACT_ABSENT && !lingers(host) && !is_named(host)) {
		verdict_skip(v, "the user is not logged in and does not linger");
	} else if (dir->state == FACT_ABSENT) {
		verdict_fail(v, "the runtime directory is missing");
		verdict_evidence(v, session->runtime_dir, "a directory of the user", "absent");
		if (is_named(host))
			verdict_evidence(v, "$XDG_RUNTIME_DIR", NULL, "%.150s",
				host->context.runtime_dir_env.value);
		verdict_effect(v, "engines cannot keep their state; " NO_LIMITS);
		if (!lingers(host)) /* logind takes it away with the last session */
			verdict_fix(v, "sudo loginctl enable-linger %s", host->user.name);
		verdict_fix(v, "sudo systemctl restart user-runtime-dir@%u user@%u",
			(unsigned)host->user.uid, (unsigned)host->user.uid);
	} else if (dir->uid != host->user.uid) {
		verdict_fail(v, "the runtime directory belongs to somebody else");
		verdict_evidence(
			v, session->runtime_dir, "of the user", "owner %u", (unsigned)dir->uid);
		verdict_effect(v, "engines cannot keep their state");
		verdict_fix(v, "sudo systemctl restart user-runtime-dir@%u user@%u",
			(unsigned)host->user.uid, (unsigned)host->user.uid);
	}
}

/* There is nothing to ask a manager for while nobody is logged in. */
static bool has_runtime_dir(const struct host *host, struct verdict *v)
{
	if (!has_sessions(host, v))
		return false;
	if (host->session.runtime.state == FACT_ABSENT)
		verdict_skip(v, "the user is not logged in and does not linger");
	else if (host->session.runtime.state == FACT_UNKNOWN)
		judge_unknown(v, host, host->session.runtime_dir, host->session.runtime.error);
	return host->session.runtime.state == FACT_KNOWN;
}

static void judge_manager_answers(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_MANAGER];

	if (probe->result != PROBE_FAILED && probe->result != PROBE_HUNG)
		return;
	verdict_fail(v, "the user's systemd does not answer");
	judge_probe_evidence(v, probe, "an answer");
	verdict_effect(v, NO_LIMITS);
	verdict_fix(v, "sudo systemctl restart user@%u", (unsigned)host->user.uid);
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
	if (manager->state == FACT_KNOWN) {
		judge_manager_answers(host, v);
		return;
	}
	(void)snprintf(source, sizeof(source), "%s/systemd/private", host->session.runtime_dir);
	if (lingers(host))
		verdict_fail(v, "the user's systemd is not running");
	else
		verdict_warn(v, "the user's systemd is not running");
	verdict_evidence(v, source, "a socket", "absent");
	verdict_effect(v, NO_LIMITS);
	verdict_fix(v, "sudo systemctl restart user@%u", (unsigned)host->user.uid);
	verdict_fix(v, "systemctl status user@%u", (unsigned)host->user.uid);
}

static void judge_bus(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_BUS];
	const struct session *session = &host->session;
	const char *install = os_install_command(&host->os, OS_PACKAGE_USER_BUS);
	char source[160];

	if (!has_runtime_dir(host, v) || probe->result == PROBE_OK)
		return;
	(void)snprintf(source, sizeof(source), "%s/bus", session->runtime_dir);
	if (session->bus.state == FACT_UNKNOWN) {
		judge_unknown(v, host, source, session->bus.error);
	} else if (session->bus.state == FACT_ABSENT) {
		verdict_fail(v, "the user has no D-Bus");
		verdict_evidence(v, source, "a socket", "absent");
		verdict_evidence(v, "dbus.socket among the user units", "there", "%s",
			session->bus_unit.state == FACT_KNOWN ? "there" : "absent");
		verdict_effect(v, NO_LIMITS);
		if (session->bus_unit.state == FACT_ABSENT && install)
			verdict_fix(v, "sudo %s && sudo systemctl restart user@%u", install,
				(unsigned)host->user.uid);
		else
			verdict_fix(v, "systemctl --user unmask --now dbus.socket");
	} else if (probe->result == PROBE_FAILED || probe->result == PROBE_HUNG) {
		verdict_fail(v, "the user's D-Bus does not answer");
		judge_probe_evidence(v, probe, "an answer");
		verdict_effect(v, NO_LIMITS);
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
		.id = "session.systemd",
		.title = "systemd runs the machine",
		.see = "sd_booted(3)",
		.scope = CHECK_HOST,
		.sections = HOST_CONTEXT | HOST_CGROUP,
		.judge = judge_systemd,
	},
	{
		.id = "session.linger",
		.title = "the user's services outlive his logins",
		.see = "loginctl(1)",
		.scope = CHECK_USER,
		.sections = HOST_SESSION | HOST_CONTEXT | HOST_CGROUP | HOST_USER,
		.needs = NEEDS("user.exists"),
		.judge = judge_linger,
		.mend = mend_linger,
	},
	{
		.id = "session.runtime-dir",
		.title = "the user has a runtime directory",
		.see = "user@.service(5)",
		.scope = CHECK_USER,
		.sections = HOST_SESSION | HOST_CONTEXT | HOST_USER,
		.needs = NEEDS("user.exists"),
		.judge = judge_runtime_dir,
	},
	{
		.id = "session.manager",
		.title = "the user's systemd runs",
		.see = "user@.service(5)",
		.scope = CHECK_USER,
		.sections = HOST_SESSION | HOST_CONTEXT | HOST_USER | HOST_PROBE,
		.probes = 1u << PROBE_MANAGER,
		.needs = NEEDS("user.exists", "session.runtime-dir"),
		.judge = judge_manager,
	},
	{
		.id = "session.bus",
		.title = "the user's D-Bus answers",
		.see = "dbus-daemon(1)",
		.scope = CHECK_USER,
		.sections = HOST_SESSION | HOST_CONTEXT | HOST_CGROUP | HOST_USER | HOST_OS |
			    HOST_PROBE,
		.probes = 1u << PROBE_BUS,
		.needs = NEEDS("user.exists", "session.runtime-dir", "session.manager"),
		.judge = judge_bus,
		.mend = mend_bus,
	},
};

const struct check_group session_group = { "session", checks, ARRAY_SIZE(checks) };
