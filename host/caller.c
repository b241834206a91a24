/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What follows from the process that asks: its environment, its working directory, its labels, and
 * who above it took privileges or system calls away. It is the caller's, which is not always the
 * user's: judges compare context.uid first.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "host/answers.h"
#include "host/context.h"
#include "host/helper.h"
#include "host/root.h"

enum {
	CWD_LIMIT_MS = 500, /* it may be on a dead file server */
	ANCESTORS = 32
};

/* "ERRNO PATH". podman starts itself anew and goes back by the path, every part of it. */
static int look_at_cwd(void *arg, int out)
{
	_cleanup_text_ struct text line = { 0 };
	char path[PATH_MAX];
	int r = 0;

	(void)arg;
	if (!getcwd(path, sizeof(path))) {
		r = -errno;
		*path = '\0';
	} else if (chdir(path) < 0) {
		r = -errno;
	}
	answers_print_result(r, &line);
	text_addf(&line, " %s", path);
	return io_write_all(out, text_get(&line), line.length);
}

static int ask_cwd(void *arg, struct text *ret)
{
	return helper_run(look_at_cwd, arg, CWD_LIMIT_MS, ret);
}

static void read_cwd(struct context *ret, struct root *root)
{
	_cleanup_text_ struct text line = { 0 };
	char word[24] = "";
	int r = root_ask(root, "cwd", ask_cwd, NULL, &line), error = 0;
	const char *path;

	if (r >= 0 && (sscanf(text_get(&line), "%23s", word) != 1 ||
			      answers_parse_result(word, &error) < 0))
		r = -EINVAL;
	ret->cwd = (struct fact_text){ .state = fact_state_of(r) };
	if (ret->cwd.state == FACT_UNKNOWN)
		ret->cwd.error = -r;
	if (r < 0)
		return;
	path = strchr(text_get(&line), ' ');
	(void)text_copy(ret->cwd.value, sizeof(ret->cwd.value), path ? path + 1 : "");
	ret->cwd_error = -error;
}

static void describe(
	struct root *root, const struct text *status, int64_t pid, char *ret, size_t size)
{
	_cleanup_text_ struct text data = { 0 };
	char path[64], cgroup[128], name[32] = "?";

	(void)snprintf(path, sizeof(path), "/proc/%" PRId64 "/cgroup", pid);
	if (root_read(root, path, 1 << 16, &data) < 0)
		text_add(&data, "");
	context_parse_cgroup(data.data, data.length, cgroup, sizeof(cgroup));
	(void)sscanf(text_get(status), "Name: %31[^\n]", name);
	(void)snprintf(ret, size, "%s (%" PRId64 ")%s%s", name, pid, *cgroup ? " in " : "", cgroup);
}

/* The outermost of the unbroken line of ancestors whose @field is as ours. */
static void read_ancestor(
	struct fact_text *ret, struct root *root, const char *field, const struct fact_number *ours)
{
	int64_t pid = 0, value;
	char path[64] = "/proc/self/status";

	*ret = (struct fact_text){ .state = FACT_ABSENT };
	if (ours->state != FACT_KNOWN || ours->value == 0)
		return;
	for (int i = 0; i < ANCESTORS; i++) {
		_cleanup_text_ struct text status = { 0 };

		if (root_read(root, path, 1 << 16, &status) < 0 ||
			!context_parse_status(&status, field, &value) || value != ours->value)
			return;
		if (pid > 0) {
			describe(root, &status, pid, ret->value, sizeof(ret->value));
			ret->state = FACT_KNOWN;
		}
		if (!context_parse_status(&status, "PPid", &pid) || pid <= 0)
			return;
		(void)snprintf(path, sizeof(path), "/proc/%" PRId64 "/status", pid);
	}
}

void context_read_caller(struct context *ret, struct root *root)
{
	context_read_env(root, "USER", &ret->user_env);
	context_read_env(root, "HOME", &ret->home_env);
	context_read_env(root, "XDG_RUNTIME_DIR", &ret->runtime_dir_env);
	context_read_env(root, "DBUS_SESSION_BUS_ADDRESS", &ret->bus_env);
	root_read_text(root, "/proc/self/attr/apparmor/current", &ret->apparmor);
	root_read_text(root, "/proc/self/attr/current", &ret->label);
	root_read_text(root, "/proc/self/setgroups", &ret->setgroups);
	read_ancestor(&ret->unprivileged_by, root, "NoNewPrivs", &ret->no_new_privs);
	read_ancestor(&ret->filtered_by, root, "Seccomp", &ret->seccomp);
	read_cwd(ret, root);
}
