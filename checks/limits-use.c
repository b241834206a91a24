/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is counted, beside how much there may be. Errors at a ceiling name something else: a quota of
 * no disk, files that are not open, a fork that would work in a moment.
 */
#include <stdio.h>
#include <string.h>

#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"
#include "checks/request.h"
#include "checks/setting.h"

/* -- near a ceiling ---------------------------------------------------------------------------- */

enum {
	SESSION_TASKS = 256 /* a lower ulimit -u is told by limits.session */
};

static const struct ceiling {
	const char *what, *source;
	size_t used, most; /* struct fact_number in struct host */
	int64_t room;      /* what the next containers take */
	int64_t least; /* a ceiling below it was lowered, however little is used; 0: any will do */
	int setting;   /* enum sysctl_key that raises it, -1: none */
	int64_t good;  /* what to raise it to */
	const char *effect;
} ceilings[] = {
#define OF(field) offsetof(struct host, field)
#define NPROC     OF(limits.session[LIMIT_NPROC].soft)
	{ "kernel keys of the user", "/proc/key-users", OF(limits.keys), OF(limits.keys_max), 15, 0,
		SYSCTL_MAX_KEYS, 20000, "'create keyring: Disk quota exceeded'" },
	{ "bytes of kernel keys of the user", "/proc/key-users", OF(limits.bytes),
		OF(limits.bytes_max), 1000, 0, SYSCTL_MAX_KEY_BYTES, 500000,
		"'create keyring: Disk quota exceeded'" },
	{ "inotify instances of the user", "/proc/sys/fs/inotify/max_user_instances",
		OF(limits.inotify), OF(sysctl.keys[SYSCTL_INOTIFY_INSTANCES].live), 4, 0,
		SYSCTL_INOTIFY_INSTANCES, 512, "'inotify_init: too many open files'" },
	{ "tasks of the user (ulimit -u)", "/proc/self/limits", OF(limits.user_tasks), NPROC, 64, 0,
		-1, 0, "'fork: retry: Resource temporarily unavailable'" },
	{ "tasks of the user's slice", "pids.max of user-UID.slice", OF(limits.slice_tasks),
		OF(manager.slice_tasks), 64, 0, -1, 0,
		"'fork: retry: Resource temporarily unavailable'" },
	{ "process ids of the machine", "/proc/sys/kernel/pid_max", OF(limits.tasks),
		OF(limits.pid_max), 256, 4096, -1, 32768,
		"'fork: retry: Resource temporarily unavailable'" },
	{ "threads of the machine", "/proc/sys/kernel/threads-max", OF(limits.tasks),
		OF(limits.threads_max), 256, 1024, -1, 16384,
		"'fork: retry: Resource temporarily unavailable'" },
	{ "open files of the machine", "/proc/sys/fs/file-max", OF(limits.files),
		OF(limits.files_max), 1024, 8192, -1, 65536, "'too many open files in system'" },
};

static const struct fact_number *number_at(const struct host *host, size_t offset)
{
	return (const void *)((const char *)host + offset);
}

/* Of another user's session nothing is known. */
static bool is_ours(const struct host *host)
{
	return host->user.state == FACT_KNOWN && host->context.uid == host->user.uid;
}

/* What is low whatever is used is told by the check of the setting. */
static bool is_told_elsewhere(const struct host *host, const struct ceiling *c)
{
	static const struct setting lowered[] = {
		{ SYSCTL_MAX_KEYS, 200, 0 },
		{ SYSCTL_MAX_KEY_BYTES, 20000, 0 },
		{ SYSCTL_INOTIFY_INSTANCES, 128, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lowered); i++)
		if (c->setting == (int)lowered[i].key && setting_is_low(host, &lowered[i]))
			return true;
	return c->most == NPROC ? host->limits.session[LIMIT_NPROC].hard.value < SESSION_TASKS
				: c->most == OF(manager.slice_tasks) &&
					  host->manager.slice_tasks.value < JUDGE_TASKS_LEAST;
}

static bool is_near(const struct host *host, const struct ceiling *c)
{
	const struct fact_number *used = number_at(host, c->used);
	const struct fact_number *most = number_at(host, c->most);

	if (most->state != FACT_KNOWN || is_told_elsewhere(host, c) ||
		(c->most == NPROC && !is_ours(host)))
		return false;
	if (most->value < c->least)
		return true;
	return used->state == FACT_KNOWN && used->value > most->value - c->room;
}

static void say_lowered(struct verdict *v, const struct ceiling *c)
{
	const char *name = c->source + strlen("/proc/sys/");

	verdict_fix(v, "sudo sysctl -w %s=%lld", name, (long long)c->good);
	verdict_fix(v, "see who lowered it: grep -rs %s /etc/sysctl.conf /etc/sysctl.d",
		strrchr(name, '/') + 1);
}

static void judge_room(const struct host *host, struct verdict *v)
{
	if (!host->live) {
		judge_unknown(v, host, "the ceilings", 0);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(ceilings); i++) {
		const struct ceiling *c = &ceilings[i];
		const struct fact_number *used = number_at(host, c->used);
		long long most = (long long)number_at(host, c->most)->value;
		char wanted[48];

		if (!is_near(host, c))
			continue;
		if (v->kind == VERDICT_PASS) {
			verdict_warn(v, "the %s are nearly used up", c->what);
			verdict_effect(v, c->effect);
		}
		(void)snprintf(wanted, sizeof(wanted), "%lld free",
			(long long)(most < c->least ? c->least : c->room));
		if (used->state == FACT_KNOWN)
			verdict_evidence(
				v, c->source, wanted, "%lld of %lld", (long long)used->value, most);
		else
			verdict_evidence(v, c->source, wanted, "%lld at most", most);
		if (c->setting < 0 && most < c->least)
			say_lowered(v, c);
		else if (c->setting < 0)
			verdict_fix(
				v, "see who has them: ps -eLo user= | sort | uniq -c | sort -n");
	}
}

static void mend_room(const struct host *host, const struct request *request, struct plan *plan)
{
	(void)request;
	for (size_t i = 0; i < ARRAY_SIZE(ceilings); i++) {
		const struct ceiling *c = &ceilings[i];

		if (c->setting >= 0 && host->live && is_near(host, c) &&
			host->sysctl.keys[c->setting].live.value < c->good)
			plan_sysctl(plan, sysctl_name(c->setting), (uint64_t)c->good);
	}
}

/* -- this session ------------------------------------------------------------------------------ */

static const struct {
	enum limit_name name;
	int64_t least;
	const char *effect;
} least[] = {
	{ LIMIT_NOFILE, 1024, "programs end with 'too many open files'" },
	{ LIMIT_NPROC, SESSION_TASKS, "'fork: retry: Resource temporarily unavailable'" },
	{ LIMIT_MEMLOCK, 65536, "'mlock: cannot allocate memory', no io_uring, no BPF" },
};

static void judge_umask(const struct host *host, struct verdict *v)
{
	const struct fact_number *mask = &host->limits.umask;

	if (mask->state != FACT_KNOWN || !(mask->value & 0700))
		return;
	if (v->kind == VERDICT_PASS) {
		verdict_warn(v, "the umask takes rights from the user himself");
		verdict_effect(v, "files and directories are made that he cannot use");
	}
	verdict_evidence(
		v, "/proc/self/status", "0022 or 0077", "Umask %04o", (unsigned)mask->value);
	verdict_fix(v, "umask 0022; in a unit: UMask=0022");
}

static void judge_session(const struct host *host, struct verdict *v)
{
	if (!is_ours(host)) {
		verdict_pass(v, "this is no session of the user");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(least); i++) {
		const struct fact_number *hard = &host->limits.session[least[i].name].hard;
		char source[64], wanted[32];

		if (hard->state != FACT_KNOWN || hard->value >= least[i].least)
			continue;
		if (v->kind == VERDICT_PASS) {
			verdict_warn(v, "this session has a low limit: '%s'",
				limits_title(least[i].name));
			verdict_effect(v, least[i].effect);
			verdict_fix(v, "raise it where it was lowered: ulimit in a profile, "
				       "/etc/security/limits.conf, Limit...= of the unit");
		}
		(void)snprintf(source, sizeof(source), "/proc/self/limits, %s",
			limits_title(least[i].name));
		(void)snprintf(wanted, sizeof(wanted), ">= %lld", (long long)least[i].least);
		verdict_evidence(v, source, wanted, "%lld", (long long)hard->value);
	}
	judge_umask(host, v);
}

/* -- asked for more than there is -------------------------------------------------------------- */

/* "nofile=1024:4096", "nproc=-1". False: it asks for nothing of @word. */
static bool asks(const char *ulimits, const char *word, int64_t *ret_hard)
{
	size_t n = strlen(word);

	while (*(ulimits += strspn(ulimits, " "))) {
		size_t length = strcspn(ulimits, " ");
		long long soft = -1, hard = -1;
		int got = 0;

		if (length > n && strncmp(ulimits, word, n) == 0 && ulimits[n] == '=')
			got = sscanf(ulimits + n + 1, "%lld:%lld", &soft, &hard);
		if (got > 0) {
			hard = got == 2 ? hard : soft;
			*ret_hard = hard < 0 ? INT64_MAX : hard;
			return true;
		}
		ulimits += length;
	}
	return false;
}

/* What a container of his may have: of his session, else of his manager. */
static const struct fact_number *hard_of(const struct host *host, enum limit_name name)
{
	static const struct fact_number unknown = { 0 };

	if (is_ours(host))
		return &host->limits.session[name].hard;
	return name == LIMIT_NOFILE ? &host->manager.nofile : &unknown;
}

static void say_more(
	const struct host *host, struct verdict *v, enum limit_name name, int64_t asked)
{
	const struct fact_number *hard = hard_of(host, name);
	char wanted[48];

	verdict_fail(v, "containers.conf asks for a higher limit than the user has");
	if (hard->value == INT64_MAX)
		return;
	(void)snprintf(wanted, sizeof(wanted), "<= %lld", (long long)hard->value);
	if (asked == INT64_MAX)
		verdict_evidence(v, host->config.ulimits_file, wanted,
			"default_ulimits %s: no limit", limits_word(name));
	else
		verdict_evidence(v, host->config.ulimits_file, wanted, "default_ulimits %s: %lld",
			limits_word(name), (long long)asked);
	verdict_effect(v, "every container fails: 'setrlimit: Operation not permitted'");
	verdict_fix(v, "ask for less in '%.200s'", host->config.ulimits_file);
}

static void judge_oom(const struct host *host, struct verdict *v)
{
	const struct fact_text *asked = &host->config.oom_score_adj;
	const struct fact_number *own = &host->limits.oom_score_adj;
	int wanted;

	if (!is_ours(host) || asked->state != FACT_KNOWN || own->state != FACT_KNOWN ||
		sscanf(asked->value, "%d", &wanted) != 1 || wanted >= own->value)
		return;
	verdict_warn(v, "containers.conf asks for a lower oom_score_adj than the session has");
	verdict_evidence(v, host->config.oom_score_adj_file, NULL, "oom_score_adj = %d", wanted);
	verdict_evidence(v, "/proc/self/oom_score_adj", NULL, "%lld", (long long)own->value);
	verdict_effect(v, "the runtime fails over it, or podman raises it and says so");
	verdict_fix(v, "set %lld or more in '%.180s'", (long long)own->value,
		host->config.oom_score_adj_file);
}

static void judge_asked(const struct host *host, struct verdict *v)
{
	if (!engine_is_installed(host)) {
		verdict_pass(v, "neither podman nor buildah is installed");
		return;
	}
	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		const struct fact_number *hard = hard_of(host, i);
		int64_t asked;

		if (hard->state == FACT_KNOWN &&
			asks(host->config.ulimits, limits_word(i), &asked) && asked > hard->value)
			say_more(host, v, i, asked);
	}
	if (v->kind == VERDICT_PASS)
		judge_oom(host, v);
}

static const struct check checks[] = {
	{
		.id = "limits.room",
		.title = "nothing that is counted is near its limit",
		.see = "proc(5)",
		.scope = CHECK_HOST,
		.sections = HOST_LIMITS | HOST_SYSCTL | HOST_USER | HOST_CONTEXT | HOST_MANAGER,
		.judge = judge_room,
		.mend = mend_room,
	},
	{
		.id = "limits.session",
		.title = "this session's limits and umask are no obstacle",
		.see = "getrlimit(2)",
		.scope = CHECK_USER,
		.sections = HOST_LIMITS | HOST_USER | HOST_CONTEXT,
		.needs = NEEDS("user.exists"),
		.judge = judge_session,
	},
	{
		.id = "limits.asked",
		.title = "containers.conf asks for no more than there is",
		.see = "containers.conf(5)",
		.scope = CHECK_ENGINE,
		.sections = HOST_LIMITS | HOST_USER | HOST_CONTEXT | HOST_CONFIG | HOST_MANAGER |
			    HOST_TOOL,
		.needs = NEEDS("user.exists"),
		.judge = judge_asked,
	},
};

const struct check_group limits_use_group = { "limits", checks, ARRAY_SIZE(checks) };
