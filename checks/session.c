/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's session: without a manager and a bus of his own, containers run but nothing enforces
 * their limits, and nobody says so. Lingering comes first: where the user does not linger, an absent
 * runtime directory only means that he is not logged in.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/text.h"
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
	verdict_skip(v, "%s", host->live ? "there is no systemd" : judge_not_now(host));
	return false;
}

/* Files of a session are made when it begins: a tree has none. */
static bool has_sessions(const struct host *host, struct verdict *v)
{
	if (host->live)
		return applies(host, v);
	verdict_skip(v, "%s", judge_not_now(host));
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

	if (!has_sessions(host, v))
		return false;
	if (dir->state == FACT_ABSENT ||
		(dir->state == FACT_KNOWN && !lingers(host) &&
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
	verdict_effect(v, "until it has started: " NO_LIMITS);
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
	verdict_effect(v, NO_LIMITS);
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
	if (lingers(host))
		verdict_fail(v, "the user's systemd is not running");
	else
		verdict_warn(v, "the user's systemd is not running");
	if (manager->state == FACT_KNOWN)
		verdict_evidence(v, "/sys/fs/cgroup", NULL, "no cgroup '%.120s'",
			host->cgroup.chain[host->cgroup.count - 1].path);
	else
		verdict_evidence(v, source, "a socket", "absent");
	verdict_effect(v, NO_LIMITS);
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
	verdict_effect(v, NO_LIMITS);
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
		verdict_effect(v, NO_LIMITS);
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

/* A login where this is so has a session: the proof is before our eyes. */
static bool is_proved(const struct host *host)
{
	return judge_is_own(host) && host->context.kind == CONTEXT_LOGIN;
}

static void fix_pam(const struct host *host, struct verdict *v)
{
	static const char *const fixes[] = {
		[OS_DEBIAN] = "sudo pam-auth-update --force --enable systemd",
		[OS_REDHAT] = "sudo authselect apply-changes",
		[OS_SUSE] = "sudo pam-config --add --systemd",
	};
	enum os_family family = host->os.family;

	if ((size_t)family < ARRAY_SIZE(fixes) && fixes[family])
		verdict_fix(v, "%s", fixes[family]);
	verdict_fix(v, "in that stack: session optional pam_systemd.so");
}

static void judge_stack(
	const struct host *host, struct verdict *v, const char *path, enum fact_state state)
{
	if (state != FACT_ABSENT || v->kind == VERDICT_FAIL)
		return;
	verdict_warn(v, "logins get no session: pam_systemd is not asked");
	verdict_evidence(v, path, "session optional pam_systemd.so", "not in it");
	verdict_effect(v, "no runtime directory, no manager, no bus; " NO_LIMITS);
	if (v->fix_count == 0)
		fix_pam(host, v);
}

static void judge_use_pam(const struct host *host, struct verdict *v)
{
	const struct sshd *sshd = &host->session.sshd;

	if (sshd->use_pam.state != FACT_KNOWN || strcasecmp(sshd->use_pam.value, "no") != 0)
		return;
	verdict_warn(v, "logins over ssh get no session: sshd does not ask PAM");
	verdict_evidence(v, sshd->file, "UsePAM yes", "UsePAM no");
	verdict_effect(v, "no runtime directory, no manager, no bus; " NO_LIMITS);
	verdict_fix(v, "UsePAM yes in that file, and: sudo systemctl reload %s",
		host->os.family == OS_DEBIAN ? "ssh" : "sshd");
}

static void judge_pam(const struct host *host, struct verdict *v)
{
	const struct session *session = &host->session;
	const char *install = os_install_command(&host->os, OS_PACKAGE_PAM_SYSTEMD);

	if (!applies(host, v))
		return;
	/* NixOS names modules by their whole paths */
	if (session->logind_pam.state == FACT_ABSENT && host->os.family != OS_NIXOS &&
		!is_proved(host)) {
		verdict_fail(v, "logins get no session: pam_systemd is not installed");
		verdict_evidence(v, "security/pam_systemd.so", "a module of PAM", "absent");
		verdict_effect(v, "no runtime directory, no manager, no bus; " NO_LIMITS);
		if (install)
			verdict_fix(v, "sudo %s", install);
		return;
	}
	judge_stack(host, v, "/etc/pam.d/sshd", session->pam_sshd);
	judge_stack(host, v, "/etc/pam.d/login", session->pam_login);
	judge_use_pam(host, v);
}

static void judge_logind(const struct host *host, struct verdict *v)
{
	const char *masked = host->session.masked;

	if (!applies(host, v) || !*masked)
		return;
	verdict_fail(v, "a unit that sessions are made of is masked");
	verdict_evidence(v, masked, "absent", "a link to /dev/null");
	verdict_effect(v, "no runtime directory, no manager, no bus; " NO_LIMITS);
	verdict_fix(v, "sudo systemctl unmask %s && sudo systemctl restart user@%u",
		strrchr(masked, '/') + 1, (unsigned)host->user.uid);
}

static void judge_fallback(const struct host *host, struct verdict *v)
{
	const struct session *session = &host->session;

	if (!host->live || !*session->fallback)
		return;
	if (session->fallback_owner != host->user.uid) {
		verdict_warn(v, "somebody else has made '%s'", session->fallback);
		verdict_evidence(v, session->fallback, "absent, or the user's", "owner %u",
			(unsigned)session->fallback_owner);
		verdict_effect(v, "without a session podman refuses to start");
		verdict_fix(v, "sudo rm -r %s", session->fallback);
	} else if (session->fallback_used && session->runtime.state == FACT_KNOWN) {
		verdict_warn(v, "podman has containers that were started without a session");
		verdict_evidence(v, session->fallback, "no containers", "containers");
		verdict_effect(v, "sessions see other containers there than here");
		verdict_fix(
			v, "env -u XDG_RUNTIME_DIR podman stop -a; rm -r %s", session->fallback);
	}
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
		.id = "session.logind",
		.title = "logind makes sessions",
		.see = "systemd-logind.service(8)",
		.scope = CHECK_USER,
		.sections = HOST_SESSION | HOST_CONTEXT | HOST_CGROUP | HOST_USER,
		.needs = NEEDS("user.exists"),
		.judge = judge_logind,
	},
	{
		.id = "session.pam",
		.title = "a login is a session",
		.see = "pam_systemd(8)",
		.scope = CHECK_HOST,
		.sections = HOST_SESSION | HOST_CONTEXT | HOST_CGROUP | HOST_OS | HOST_USER,
		.judge = judge_pam,
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
		.needs = NEEDS("user.exists", "session.logind"),
		.judge = judge_runtime_dir,
	},
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
	{
		.id = "session.tmp",
		.title = "podman keeps no state in /tmp",
		.see = "podman(1)",
		.scope = CHECK_USER,
		.sections = HOST_SESSION | HOST_USER,
		.needs = NEEDS("user.exists"),
		.judge = judge_fallback,
	},
};

const struct check_group session_group = { "session", checks, ARRAY_SIZE(checks) };
