/* SPDX-License-Identifier: Apache-2.0 */
/* Limits per user that many containers meet, whose errors name something else. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "checks/groups.h"
#include "checks/dropin.h"
#include "checks/judge.h"
#include "checks/plan.h"
#include "checks/request.h"
#include "checks/setting.h"

/* Below the kernel's own default somebody lowered it. A container takes about 15 keys of its user;
 * the figures to mend with are kind's. */
static const struct setting keys[] = {
	{ SYSCTL_MAX_KEYS, 200, 20000 },
	{ SYSCTL_MAX_KEY_BYTES, 20000, 500000 },
};

static const struct setting inotify[] = {
	{ SYSCTL_INOTIFY_INSTANCES, 128, 512 },
	{ SYSCTL_INOTIFY_WATCHES, 8192, 524288 },
};

static void judge_settings(const struct host *host, struct verdict *v,
	const struct setting *settings, size_t n, const char *effect)
{
	char wanted[32];

	setting_judge_boot(v, host, settings, n);
	for (size_t i = 0; i < n; i++) {
		const struct fact_number *live = &host->sysctl.keys[settings[i].key].live;

		if (live->state == FACT_UNKNOWN && v->kind == VERDICT_PASS &&
			!setting_is_kernels(host, settings[i].key))
			judge_unknown(v, host, sysctl_path(settings[i].key), live->error);
		if (!setting_is_low(host, &settings[i]))
			continue;
		(void)snprintf(wanted, sizeof(wanted), ">= %lld", (long long)settings[i].least);
		verdict_warn(
			v, "%s is only %lld", sysctl_name(settings[i].key), (long long)live->value);
		setting_say(v, host, settings[i].key, wanted);
	}
	if (v->kind == VERDICT_WARN)
		verdict_effect(v, effect);
}

static void judge_keys(const struct host *host, struct verdict *v)
{
	const struct probe *start = &host->probe.probes[PROBE_START];

	if (start->result == PROBE_FAILED && start->error == EDQUOT) {
		verdict_fail(v, "the user's kernel keys are used up");
		judge_probe_evidence(v, start, "a keyring");
		verdict_evidence(v, "/proc/sys/kernel/keys/maxkeys", NULL, "%lld",
			(long long)host->sysctl.keys[SYSCTL_MAX_KEYS].live.value);
		verdict_effect(v, "no container starts: 'create keyring: Disk quota exceeded'");
		verdict_fix(v, "see whose they are: cat /proc/key-users");
		return;
	}
	judge_settings(host, v, keys, ARRAY_SIZE(keys),
		"after a few containers: 'create keyring: Disk quota exceeded'");
}

static void mend_keys(const struct host *host, const struct request *request, struct plan *plan)
{
	(void)request;
	setting_mend(plan, host, keys, ARRAY_SIZE(keys));
}

static void judge_inotify(const struct host *host, struct verdict *v)
{
	judge_settings(host, v, inotify, ARRAY_SIZE(inotify),
		"after a few containers: 'inotify_init: too many open files', or of watches 'no "
		"space left on device'");
}

static void mend_inotify(const struct host *host, const struct request *request, struct plan *plan)
{
	(void)request;
	setting_mend(plan, host, inotify, ARRAY_SIZE(inotify));
}

/* Below these somebody lowered them: the kernel's own hard limit, and what one container may have. */
enum {
	NOFILE_LEAST = 4096,
	TASKS_GOOD = 4096,
	NOFILE_OF_SYSTEMD = 512 * 1024, /* what systemd as process 1 takes for itself */
};
#define LOGIN_NOFILE "*\thard\tnofile\t"

/* What a drop-in of ours says of @key, or -1. */
static int64_t wish(const char *text, const char *key)
{
	const char *at = strstr(text, key);
	long long value = -1;

	return at && sscanf(at + strlen(key), "=%lld", &value) == 1 ? value : -1;
}

/* What our lines for logins say: "* hard nofile N". */
static int64_t login_wish(const char *text)
{
	long long value = -1;
	const char *at = strstr(text, LOGIN_NOFILE);

	return at && sscanf(at + strlen(LOGIN_NOFILE), "%lld", &value) == 1 ? value : -1;
}

/* Does it take a line for logins to give the manager @nofile? host/manager.h says why. */
static bool is_of_logins(const struct host *host, int64_t nofile)
{
	const struct manager *manager = &host->manager;
	int64_t first = manager->init_nofile.state == FACT_KNOWN ? manager->init_nofile.value
								 : (int64_t)NOFILE_OF_SYSTEMD;

	return host->os.family == OS_DEBIAN && manager->pam_limits && first < nofile &&
	       login_wish(manager->ours_login) < nofile;
}

static bool is_silent(struct verdict *v, const struct host *host, const struct fact_number *limit)
{
	if (!host->live || limit->state == FACT_UNKNOWN)
		judge_unknown(v, host, "user@.service", limit->error);
	else if (limit->state == FACT_ABSENT)
		verdict_pass(v, "the user's manager does not run");
	return v->kind == VERDICT_SKIP || limit->state == FACT_ABSENT;
}

static void fix_by_restart(const struct host *host, struct verdict *v)
{
	verdict_fix(v, "sudo systemctl restart user@%u # ends what the user runs",
		(unsigned)host->user.uid);
}

static void judge_nofile(const struct host *host, struct verdict *v)
{
	const struct fact_number *limit = &host->manager.nofile;
	int64_t wanted = wish(host->manager.ours, "LimitNOFILE");
	char source[48], least[32];

	if (is_silent(v, host, limit))
		return;
	if (limit->value >= NOFILE_LEAST && limit->value >= wanted) {
		if (limit->value < INT64_MAX)
			verdict_pass(v, "%lld", (long long)limit->value);
		return;
	}
	verdict_warn(v, "processes of the user may open only %lld files", (long long)limit->value);
	(void)snprintf(
		source, sizeof(source), "/proc/%lld/limits", (long long)host->manager.pid.value);
	(void)snprintf(
		least, sizeof(least), ">= %lld", (long long)MAX(wanted, (int64_t)NOFILE_LEAST));
	verdict_evidence(v, source, least, "Max open files, hard: %lld", (long long)limit->value);
	verdict_effect(v, "containers that want more fail: 'setrlimit `RLIMIT_NOFILE`: Operation "
			  "not permitted'");
	if (wanted > limit->value) {
		verdict_evidence(v, MANAGER_OURS_PATH, NULL, "%lld from the next start on",
			(long long)wanted);
		if (!is_of_logins(host, wanted)) {
			fix_by_restart(host, v);
			return;
		}
		verdict_evidence(v, "/etc/pam.d/systemd-user", NULL,
			"pam_limits.so: " MANAGER_OURS_LOGIN_PATH " decides");
	}
	verdict_fix(v, "sudo rpod-setup --nofile %lld --only limits.nofile user %s",
		(long long)MAX(wanted, (int64_t)NOFILE_OF_SYSTEMD), host->user.name);
}

static void judge_tasks(const struct host *host, struct verdict *v)
{
	const struct manager *manager = &host->manager;
	bool of_slice = manager->slice_tasks.state == FACT_KNOWN &&
			manager->slice_tasks.value < manager->tasks.value;
	int64_t limit = of_slice ? manager->slice_tasks.value : manager->tasks.value;
	int64_t wanted = wish(manager->ours, "TasksMax");
	char source[128], unit[64] = "";

	if (host->live && manager->pid.state == FACT_KNOWN && manager->tasks.state == FACT_ABSENT) {
		verdict_skip(v, "no limit of tasks is kept: the manager has no pids controller");
		if (host->cgroup.version == CGROUP_V2)
			v->skipped_because = "cgroup.delegation";
	}
	if (v->kind == VERDICT_SKIP || is_silent(v, host, &manager->tasks))
		return;
	if (limit >= JUDGE_TASKS_LEAST && limit >= wanted) {
		if (limit < INT64_MAX)
			verdict_pass(v, "%lld", (long long)limit);
		return;
	}
	if (!of_slice)
		(void)snprintf(unit, sizeof(unit), "/user@%u.service", (unsigned)host->user.uid);
	(void)snprintf(source, sizeof(source), "/sys/fs/cgroup/user.slice/user-%u.slice%s/pids.max",
		(unsigned)host->user.uid, unit);
	verdict_warn(v, "the user may have only %lld tasks", (long long)limit);
	verdict_evidence(v, source, ">= 1024", "%lld", (long long)limit);
	verdict_effect(v, "'fork: retry: Resource temporarily unavailable', in containers too");
	if (wanted > limit)
		verdict_evidence(v, MANAGER_OURS_PATH, NULL, "TasksMax=%lld", (long long)wanted);
	verdict_fix(v, "sudo rpod-setup --tasks %lld --only limits.tasks user %s",
		(long long)(wanted > limit ? wanted : TASKS_GOOD), host->user.name);
}

static bool says(const char *text, const char *key, uint64_t value)
{
	return wish(text, key) == (int64_t)value;
}

static void login_line(struct plan *plan, uint64_t nofile)
{
	char text[160];

	(void)snprintf(text, sizeof(text), DROPIN_HEADER LOGIN_NOFILE "%llu\n",
		(unsigned long long)nofile);
	plan_file(plan, MANAGER_OURS_LOGIN_PATH, 0644, text);
}

static void mend_nofile(const struct host *host, const struct request *request, struct plan *plan)
{
	const struct manager *manager = &host->manager;

	if (request->nofile == 0 || !judge_has_systemd(host))
		return;
	if (!says(manager->ours, "LimitNOFILE", request->nofile)) {
		plan_dropin_line(plan, MANAGER_OURS_PATH, manager->ours, "Service", "LimitNOFILE",
			request->nofile);
		plan_reload(plan);
	}
	if (is_of_logins(host, (int64_t)request->nofile))
		login_line(plan, request->nofile);
	if (host->live && host->user.state == FACT_KNOWN)
		plan_limit(plan, host->user.name, "nofile", request->nofile);
}

/* The slice around the manager has a third of what the machine can: it is raised, never lowered. */
static void mend_tasks(const struct host *host, const struct request *request, struct plan *plan)
{
	const struct manager *manager = &host->manager;
	bool is_enough = host->live && manager->slice_tasks.state == FACT_KNOWN &&
			 manager->slice_tasks.value >= (int64_t)request->tasks;

	if (request->tasks == 0 || !judge_has_systemd(host))
		return;
	if (!says(manager->ours, "TasksMax", request->tasks)) {
		plan_dropin_line(plan, MANAGER_OURS_PATH, manager->ours, "Service", "TasksMax",
			request->tasks);
		plan_reload(plan);
	}
	if (!is_enough && !says(manager->ours_slice, "TasksMax", request->tasks)) {
		plan_dropin_line(plan, MANAGER_OURS_SLICE_PATH, manager->ours_slice, "Slice",
			"TasksMax", request->tasks);
		plan_reload(plan);
	}
	if (host->live && host->user.state == FACT_KNOWN)
		plan_limit(plan, host->user.name, "tasks", request->tasks);
}

static const struct check checks[] = {
	{
		.id = "limits.keys",
		.title = "enough kernel keys per user",
		.see = "keyrings(7)",
		.scope = CHECK_HOST,
		.sections = HOST_SYSCTL,
		.probes = 1u << PROBE_START,
		.judge = judge_keys,
		.mend = mend_keys,
	},
	{
		.id = "limits.inotify",
		.title = "enough inotify instances and watches per user",
		.see = "inotify(7)",
		.scope = CHECK_HOST,
		.sections = HOST_SYSCTL,
		.judge = judge_inotify,
		.mend = mend_inotify,
	},
	{
		.id = "limits.nofile",
		.title = "the user's manager may open enough files",
		.see = "systemd.exec(5)",
		.scope = CHECK_HOST,
		.sections = HOST_MANAGER | HOST_OS | HOST_USER | HOST_CONTEXT | HOST_CGROUP,
		.judge = judge_nofile,
		.mend = mend_nofile,
	},
	{
		.id = "limits.tasks",
		.title = "the user's manager may have enough tasks",
		.see = "systemd.resource-control(5)",
		.scope = CHECK_HOST,
		.sections = HOST_MANAGER | HOST_USER | HOST_CONTEXT | HOST_CGROUP,
		.judge = judge_tasks,
		.mend = mend_tasks,
	},
};

const struct check_group limits_group = { "limits", checks, ARRAY_SIZE(checks) };
