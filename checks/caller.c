/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The session we are asked from: the same user gets other answers from ssh, su, cron, a unit. All of
 * it is judged only where the user himself asks; what is true of root's session is not true of his.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"

enum {
	WITH_MACHINE = 248 /* of systemd: --user --machine=USER@.host */
};

static bool is_set(const struct fact_text *variable)
{
	return variable->state == FACT_KNOWN && *variable->value;
}

static bool is_of_another(enum context_kind kind)
{
	return kind == CONTEXT_SU || kind == CONTEXT_CRON || kind == CONTEXT_AT ||
	       kind == CONTEXT_UNIT || kind == CONTEXT_OTHER;
}

/* The user's own manager can be asked from here all the same. */
static bool has_manager(const struct host *host)
{
	const struct fact_text *dir = &host->context.runtime_dir_env;

	return is_set(dir) && strcmp(dir->value, host->session.runtime_dir) == 0 &&
	       host->session.manager.state == FACT_KNOWN && host->session.bus.state == FACT_KNOWN;
}

static void fix_context(const struct host *host, struct verdict *v)
{
	unsigned version = host->cgroup.systemd_version;

	if (version > 0 && version < WITH_MACHINE)
		verdict_fix(v, "log in as the user, over ssh or at the console");
	else
		verdict_fix(v,
			"log in as the user, or: sudo systemd-run --user --machine=%s@.host "
			"--pty sh",
			host->user.name);
	if (host->session.manager.state == FACT_KNOWN)
		verdict_fix(v, "export XDG_RUNTIME_DIR=%s", host->session.runtime_dir);
}

static void judge_context(const struct host *host, struct verdict *v)
{
	const struct context *context = &host->context;
	const char *words = context_kind_words(context->kind);

	if (!host->live || context->kind == CONTEXT_UNKNOWN) {
		judge_unknown(v, host, "/proc/self/cgroup", 0);
	} else if (!judge_is_own(host)) {
		verdict_pass(v, "looked at from %s of uid %u: his own sessions may differ", words,
			(unsigned)context->uid);
	} else if (is_of_another(context->kind) && has_manager(host)) {
		verdict_pass(v, "%s, with the user's own manager", words);
	} else if (is_of_another(context->kind)) {
		verdict_warn(v, "not a session of the user: %s", words);
		verdict_evidence(v, "/proc/self/cgroup", "below the user's own slice", "%.150s",
			context->cgroup.value);
		verdict_effect(v, JUDGE_NO_LIMITS);
		fix_context(host, v);
	} else {
		verdict_pass(v, "%s", words);
	}
}

/* Is this session's, and not said to be somebody else's? */
static bool is_own_session(const struct host *host, struct verdict *v)
{
	if (judge_is_own(host))
		return true;
	if (!host->live)
		judge_unknown(v, host, "the session", 0);
	else
		verdict_skip(v, "this is a session of uid %u, not the user's",
			(unsigned)host->context.uid);
	return false;
}

/* Several may be amiss: the first is the verdict, all are evidence. */
static void amiss(struct verdict *v, const char *why, const char *effect)
{
	if (v->kind == VERDICT_WARN)
		return;
	verdict_warn(v, "%s", why);
	verdict_effect(v, effect);
}

static void judge_user_name(const struct host *host, struct verdict *v)
{
	const struct fact_text *name = &host->context.user_env;

	if (!is_set(name) || strcmp(name->value, host->user.name) == 0)
		return;
	amiss(v, "$USER names somebody else", "podman looks for the ranges of that name");
	verdict_evidence(v, "$USER", host->user.name, "%.150s", name->value);
	verdict_fix(v, "export USER=\"$(id -un)\"");
}

static void judge_home(const struct host *host, struct verdict *v)
{
	const struct fact_text *home = &host->context.home_env;
	size_t n = strlen(host->user.home);

	if (!is_set(home) || (strncmp(home->value, host->user.home, n) == 0 &&
				     strspn(home->value + n, "/") == strlen(home->value + n)))
		return;
	amiss(v, "$HOME is not the account's", "engines look for images and configuration there");
	verdict_evidence(v, "$HOME", "the account's home", "%.150s", home->value);
	verdict_fix(v, "export HOME=%.200s", host->user.home);
}

static void judge_runtime_dir(const struct host *host, struct verdict *v)
{
	const struct fact_text *dir = &host->context.runtime_dir_env;
	enum context_kind kind = host->context.kind;

	if (is_set(dir) && strcmp(dir->value, host->session.runtime_dir) != 0) {
		amiss(v, "$XDG_RUNTIME_DIR is not this user's",
			"engines look for their state in the wrong place");
		verdict_evidence(
			v, "$XDG_RUNTIME_DIR", host->session.runtime_dir, "%.150s", dir->value);
	} else if (!is_set(dir) && host->session.runtime.state == FACT_KNOWN &&
		   (kind == CONTEXT_LOGIN || kind == CONTEXT_MANAGER)) {
		amiss(v, "$XDG_RUNTIME_DIR is not set",
			"engines keep their state below /tmp; " JUDGE_NO_LIMITS);
		verdict_evidence(v, "$XDG_RUNTIME_DIR", host->session.runtime_dir, "not set");
	} else {
		return;
	}
	verdict_fix(v, "export XDG_RUNTIME_DIR=%s", host->session.runtime_dir);
}

/* What dbus-launch(1) starts is a bus that no systemd is on. */
static void judge_bus_address(const struct host *host, struct verdict *v)
{
	const struct fact_text *address = &host->context.bus_env;
	char path[96];

	(void)snprintf(path, sizeof(path), "unix:path=%s/bus", host->session.runtime_dir);
	if (!host->context.systemd || !is_set(address) || text_starts(address->value, path))
		return;
	amiss(v, "$DBUS_SESSION_BUS_ADDRESS is not the bus of the user's systemd",
		"engines find no systemd there; " JUDGE_NO_LIMITS);
	verdict_evidence(v, "$DBUS_SESSION_BUS_ADDRESS", path, "%.150s", address->value);
	verdict_fix(v, "export DBUS_SESSION_BUS_ADDRESS=%s", path);
}

static void judge_environment(const struct host *host, struct verdict *v)
{
	if (!is_own_session(host, v))
		return;
	judge_user_name(host, v);
	judge_home(host, v);
	judge_runtime_dir(host, v);
	judge_bus_address(host, v);
}

static void judge_cwd(const struct host *host, struct verdict *v)
{
	const struct context *context = &host->context;
	const char *path = context->cwd.value;

	if (!is_own_session(host, v))
		return;
	if (context->cwd.state == FACT_UNKNOWN && context->cwd.error == ETIMEDOUT) {
		verdict_warn(v, "the working directory gives no answer");
		verdict_evidence(v, "chdir", "an answer", "hung");
	} else if (context->cwd.state == FACT_UNKNOWN) {
		judge_unknown(v, host, "the working directory", context->cwd.error);
	} else if (context->cwd_error == EACCES) {
		verdict_fail(v, "the user may not go to the working directory");
		verdict_evidence(v, "chdir", "a directory of the user", "'%.120s': %s", path,
			strerror(EACCES));
	} else if (context->cwd_error) {
		verdict_fail(v, "the working directory is gone");
		verdict_evidence(v, "getcwd", "a directory that is there", "%s",
			strerror(context->cwd_error));
	}
	if (v->kind == VERDICT_PASS || v->kind == VERDICT_SKIP)
		return;
	verdict_effect(v, "podman stops: it starts itself anew and goes back there");
	verdict_fix(v, "cd /");
}

/* podman looks for them by name; crontab(5) and env -i leave little of $PATH. */
static void judge_path(const struct host *host, struct verdict *v)
{
	static const enum tool_name helpers[] = { TOOL_NEWUIDMAP, TOOL_NEWGIDMAP };

	if (!is_own_session(host, v))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(helpers); i++) {
		const struct tool *tool = &host->tool.tools[helpers[i]];
		const char *word = tool_word(helpers[i]);

		if (!*tool->path || tool->in_path)
			continue;
		verdict_warn(v, "%s is not found in $PATH", word);
		verdict_evidence(v, tool->path, "its directory in $PATH", "a program");
		verdict_effect(v, "podman and crun do not find it: containers get one id only");
		if (v->fix_count == 0)
			verdict_fix(v, "export PATH=\"$PATH:%.*s\"",
				(int)(strrchr(tool->path, '/') - tool->path), tool->path);
	}
}

static const struct check checks[] = {
	{
		.id = "session.context",
		.title = "this is a session of the user",
		.see = "pam_systemd(8)",
		.scope = CHECK_USER,
		.sections = HOST_CONTEXT | HOST_SESSION | HOST_USER | HOST_CGROUP,
		.needs = NEEDS("user.exists"),
		.judge = judge_context,
	},
	{
		.id = "session.environment",
		.title = "the environment is the user's own",
		.see = "environ(7)",
		.scope = CHECK_USER,
		.sections = HOST_CONTEXT | HOST_SESSION | HOST_USER,
		.needs = NEEDS("user.exists"),
		.judge = judge_environment,
	},
	{
		.id = "session.path",
		.title = "$PATH leads to the programs that map ids",
		.see = "environ(7)",
		.scope = CHECK_USER,
		.sections = HOST_CONTEXT | HOST_TOOL | HOST_USER,
		.needs = NEEDS("user.exists"),
		.judge = judge_path,
	},
	{
		.id = "session.cwd",
		.title = "the user may be where he is",
		.see = "getcwd(3)",
		.scope = CHECK_USER,
		.sections = HOST_CONTEXT | HOST_USER,
		.needs = NEEDS("user.exists"),
		.judge = judge_cwd,
	},
};

const struct check_group caller_group = { "session", checks, ARRAY_SIZE(checks) };
