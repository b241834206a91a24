/* SPDX-License-Identifier: Apache-2.0 */
#include "host/manager.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

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

/* The first process of its own scope is the manager; systemd's hierarchy is elsewhere on version 1. */
static void read_pid(struct fact_number *ret, struct root *root, unsigned uid)
{
	static const char *const tops[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/systemd" };

	*ret = (struct fact_number){ .state = FACT_ABSENT };
	for (size_t i = 0; i < ARRAY_SIZE(tops) && ret->state == FACT_ABSENT; i++) {
		char path[PATH_MAX], line[24];
		int r;

		(void)snprintf(path, sizeof(path),
			"%s/user.slice/user-%u.slice/user@%u.service/init.scope/cgroup.procs",
			tops[i], uid, uid);
		r = root_read_line(root, path, line, sizeof(line));
		*ret = (struct fact_number){ .state = fact_state_of(r) };
		if (ret->state == FACT_UNKNOWN)
			ret->error = -r;
		else if (r >= 0 && sscanf(line, "%" SCNd64, &ret->value) != 1)
			ret->state = FACT_ABSENT;
	}
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

static void read_ours(struct root *root, const char *path, char ret[MANAGER_OURS])
{
	_cleanup_text_ struct text text = { 0 };

	if (root_read(root, path, MANAGER_OURS - 1, &text) >= 0)
		(void)text_copy(ret, MANAGER_OURS, text_get(&text));
}

void manager_read(struct manager *ret, struct root *root, const struct user *user)
{
	unsigned uid = (unsigned)user->uid;
	char path[PATH_MAX];

	*ret = (struct manager){ 0 };
	read_ours(root, MANAGER_OURS_PATH, ret->ours);
	read_ours(root, MANAGER_OURS_SLICE_PATH, ret->ours_slice);
	read_ours(root, MANAGER_OURS_LOGIN_PATH, ret->ours_login);
	ret->pam_limits = pam_session_has(root, "systemd-user", "pam_limits.so");
	read_nofile(&ret->init_nofile, root, 1);
	if (user->state != FACT_KNOWN) {
		ret->pid.state = ret->nofile.state = FACT_ABSENT;
		ret->tasks.state = ret->slice_tasks.state = FACT_ABSENT;
		return;
	}
	read_pid(&ret->pid, root, uid);
	ret->nofile = ret->pid;
	if (ret->pid.state == FACT_KNOWN)
		read_nofile(&ret->nofile, root, ret->pid.value);
	(void)snprintf(path, sizeof(path),
		"/sys/fs/cgroup/user.slice/user-%u.slice/user@%u.service/pids.max", uid, uid);
	root_read_number(root, path, &ret->tasks);
	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/user.slice/user-%u.slice/pids.max", uid);
	root_read_number(root, path, &ret->slice_tasks);
}
