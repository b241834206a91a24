/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's session: without a manager and a bus of his own, containers run but nothing enforces
 * their limits, and nobody says so. Lingering comes first: where the user does not linger, an absent
 * runtime directory only means that he is not logged in.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"

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

static void judge_linger(const struct host *host, struct verdict *v)
{
	const struct fact_file *linger = &host->session.linger;

	if (!judge_needs_systemd(host, v))
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

	if (!judge_has_sessions(host, v))
		return;
	if (dir->state == FACT_UNKNOWN) {
		judge_unknown(v, host, session->runtime_dir, dir->error);
	} else if (dir->state == FACT_ABSENT && !judge_lingers(host) && !is_named(host)) {
		verdict_skip(v, "the user is not logged in and does not linger");
	} else if (dir->state == FACT_ABSENT) {
		verdict_fail(v, "the runtime directory is missing");
		verdict_evidence(v, session->runtime_dir, "a directory of the user", "absent");
		if (is_named(host))
			verdict_evidence(v, "$XDG_RUNTIME_DIR", NULL, "%.150s",
				host->context.runtime_dir_env.value);
		verdict_effect(v, "engines cannot keep their state; " JUDGE_NO_LIMITS);
		if (!judge_lingers(host)) /* logind takes it away with the last session */
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
	verdict_effect(v, "no runtime directory, no manager, no bus; " JUDGE_NO_LIMITS);
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
	verdict_effect(v, "no runtime directory, no manager, no bus; " JUDGE_NO_LIMITS);
	verdict_fix(v, "UsePAM yes in that file, and: sudo systemctl reload %s",
		host->os.family == OS_DEBIAN ? "ssh" : "sshd");
}

static void judge_pam(const struct host *host, struct verdict *v)
{
	const struct session *session = &host->session;
	const char *install = os_install_command(&host->os, OS_PACKAGE_PAM_SYSTEMD);

	if (!judge_needs_systemd(host, v))
		return;
	/* NixOS names modules by their whole paths */
	if (session->logind_pam.state == FACT_ABSENT && host->os.family != OS_NIXOS &&
		!is_proved(host)) {
		verdict_fail(v, "logins get no session: pam_systemd is not installed");
		verdict_evidence(v, "security/pam_systemd.so", "a module of PAM", "absent");
		verdict_effect(v, "no runtime directory, no manager, no bus; " JUDGE_NO_LIMITS);
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

	if (!judge_needs_systemd(host, v) || !*masked)
		return;
	verdict_fail(v, "a unit that sessions are made of is masked");
	verdict_evidence(v, masked, "absent", "a link to /dev/null");
	verdict_effect(v, "no runtime directory, no manager, no bus; " JUDGE_NO_LIMITS);
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
