/* SPDX-License-Identifier: Apache-2.0 */
#include "host/manager.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "host/limits.h"
#include "host/pam.h"
#include "host/root.h"
#include "host/user.h"

bool manager_parse_nofile(const char *data, size_t length, int64_t *ret)
{
	struct limit limit;

	limits_parse(data, length, LIMIT_NOFILE, &limit);
	if (limit.hard.state != FACT_KNOWN)
		return false;
	*ret = limit.hard.value;
	return true;
}

/* The first process of its own scope is the manager; one that has only begun may have made none yet.
 * systemd's hierarchy is elsewhere on version 1. */
static void read_pid(struct fact_number *ret, struct root *root, unsigned uid)
{
	static const char *const tops[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/systemd" };
	static const char *const scopes[] = { "/init.scope", "" };

	*ret = (struct fact_number){ .state = FACT_ABSENT };
	for (size_t i = 0; i < 4 && ret->state == FACT_ABSENT; i++) {
		char path[PATH_MAX], line[24];
		int r;

		(void)snprintf(path, sizeof(path),
			"%s/user.slice/user-%u.slice/user@%u.service%s/cgroup.procs", tops[i % 2],
			uid, uid, scopes[i / 2]);
		r = root_read_line(root, path, line, sizeof(line));
		*ret = (struct fact_number){ .state = fact_state_of(r) };
		if (ret->state == FACT_UNKNOWN)
			ret->error = -r;
		else if (r >= 0 && sscanf(line, "%" SCNd64, &ret->value) != 1)
			ret->state = FACT_ABSENT;
	}
}

/* proc_pid_stat(5): the 22nd word is when it began, in ticks since the boot; the name in parentheses
 * may hold anything. */
static void read_age(struct fact_number *ret, struct root *root, int64_t pid)
{
	char path[64], stat[512], uptime[64];
	unsigned long long began, now;
	long ticks = sysconf(_SC_CLK_TCK);
	const char *at;

	*ret = (struct fact_number){ 0 };
	(void)snprintf(path, sizeof(path), "/proc/%" PRId64 "/stat", pid);
	if (root_read_line(root, path, stat, sizeof(stat)) < 0 ||
		root_read_line(root, "/proc/uptime", uptime, sizeof(uptime)) < 0)
		return;
	at = strrchr(stat, ')');
	for (int word = 2; at && word < 22; word++)
		at = strchr(at + 1, ' ');
	if (at && ticks > 0 && sscanf(at, "%llu", &began) == 1 && sscanf(uptime, "%llu", &now) == 1)
		*ret = (struct fact_number){ .state = FACT_KNOWN,
			.value = (int64_t)now - (int64_t)(began / (unsigned long long)ticks) };
}

static void read_nofile(struct fact_number *ret, struct root *root, int64_t pid)
{
	_cleanup_text_ struct text limits = { 0 };
	char path[64];
	int r;

	(void)snprintf(path, sizeof(path), "/proc/%" PRId64 "/limits", pid);
	r = root_read(root, path, 1 << 16, &limits);
	if (r == -ENOENT) /* hidepid= hides it, or it has ended since */
		r = -ESRCH;
	*ret = (struct fact_number){ .state = fact_state_of(r) };
	if (r >= 0 && !manager_parse_nofile(limits.data, limits.length, &ret->value))
		r = -EINVAL;
	if (fact_state_of(r) == FACT_UNKNOWN)
		*ret = (struct fact_number){ .error = -r };
}

/* "oom 3" in memory.events.local: of this cgroup, not of those below it. */
static void read_met(struct fact_number *ret, struct root *root, const char *path)
{
	_cleanup_text_ struct text events = { 0 };
	int r = root_read(root, path, 1 << 12, &events);
	const char *at = r >= 0 ? strstr(text_get(&events), "oom ") : NULL;

	*ret = (struct fact_number){ .state = fact_state_of(r) };
	if (ret->state == FACT_UNKNOWN)
		ret->error = -r;
	else if (r >= 0 && (!at || sscanf(at, "oom %" SCNd64, &ret->value) != 1))
		ret->state = FACT_ABSENT;
}

static void read_memory(struct manager_memory *ret, struct root *root, const char *node)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/memory.max", node);
	root_read_number(root, path, &ret->max);
	(void)snprintf(path, sizeof(path), "%s/memory.high", node);
	root_read_number(root, path, &ret->high);
	(void)snprintf(path, sizeof(path), "%s/memory.events.local", node);
	read_met(&ret->met, root, path);
}

static void read_ours(struct root *root, const char *path, char ret[MANAGER_OURS])
{
	_cleanup_text_ struct text text = { 0 };

	if (root_read(root, path, MANAGER_OURS - 1, &text) >= 0)
		(void)text_copy(ret, MANAGER_OURS, text_get(&text));
}

static void read_node(struct fact_number *ret_tasks, struct manager_memory *ret, struct root *root,
	const char *node)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/pids.max", node);
	root_read_number(root, path, ret_tasks);
	read_memory(ret, root, node);
}

void manager_read(struct manager *ret, struct root *root, const struct user *user)
{
	unsigned uid = (unsigned)user->uid;
	char node[128];

	*ret = (struct manager){ 0 };
	read_ours(root, MANAGER_OURS_PATH, ret->ours);
	read_ours(root, MANAGER_OURS_SLICE_PATH, ret->ours_slice);
	read_ours(root, MANAGER_OURS_LOGIN_PATH, ret->ours_login);
	ret->pam_limits = pam_session_has(root, "systemd-user", "pam_limits.so");
	read_nofile(&ret->init_nofile, root, 1);
	if (user->state != FACT_KNOWN) {
		ret->pid.state = ret->nofile.state = ret->age.state = FACT_ABSENT;
		ret->tasks.state = ret->slice_tasks.state = FACT_ABSENT;
		return;
	}
	read_pid(&ret->pid, root, uid);
	ret->nofile = ret->age = ret->pid;
	if (ret->pid.state == FACT_KNOWN) {
		read_nofile(&ret->nofile, root, ret->pid.value);
		read_age(&ret->age, root, ret->pid.value);
	}
	(void)snprintf(node, sizeof(node),
		"/sys/fs/cgroup/user.slice/user-%u.slice/user@%u.service", uid, uid);
	read_node(&ret->tasks, &ret->memory, root, node);
	*strrchr(node, '/') = '\0';
	read_node(&ret->slice_tasks, &ret->slice_memory, root, node);
}
