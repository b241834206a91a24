/* SPDX-License-Identifier: Apache-2.0 */
#include "host/context.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/root.h"
#include "host/user.h"

static const char *const kind_words[] = {
	[CONTEXT_UNKNOWN] = "unknown",
	[CONTEXT_LOGIN] = "login session",
	[CONTEXT_MANAGER] = "unit of the user's own manager",
	[CONTEXT_SU] = "session of another user (su, sudo)",
	[CONTEXT_CRON] = "cron job",
	[CONTEXT_AT] = "at job",
	[CONTEXT_UNIT] = "system unit",
	[CONTEXT_OTHER] = "cgroup of no session",
	[CONTEXT_CONTAINER] = "container",
	[CONTEXT_NONE] = "no systemd",
};
_Static_assert(ARRAY_SIZE(kind_words) == CONTEXT_KIND_COUNT, "words for every kind");

const char *context_kind_words(enum context_kind kind)
{
	return (unsigned)kind < CONTEXT_KIND_COUNT ? kind_words[kind] : kind_words[0];
}

static int ask_env(void *arg, struct text *ret)
{
	const char *value = getenv(arg);

	if (!value)
		return -ENOENT;
	text_add(ret, value);
	return 0;
}

void context_read_env(struct root *root, const char *name, struct fact_text *ret)
{
	_cleanup_text_ struct text value = { 0 };
	char key[64];
	int r;

	(void)snprintf(key, sizeof(key), "env %s", name);
	r = root_ask(root, key, ask_env, (void *)(uintptr_t)name, &value);
	*ret = (struct fact_text){ .state = fact_state_of(r) };
	if (ret->state == FACT_UNKNOWN)
		ret->error = -r;
	(void)text_copy(ret->value, sizeof(ret->value), text_get(&value));
}

bool context_parse_status(const struct text *status, const char *name, int64_t *ret)
{
	const char *line;
	size_t at = 0, n, length = strlen(name);

	while ((line = text_line(status->data, status->length, &at, &n)))
		if (n > length && memcmp(line, name, length) == 0 && line[length] == ':') {
			*ret = strtoll(line + length + 1, NULL, 10);
			return true;
		}
	return false;
}

static void status_number(
	const struct text *status, int r, const char *name, struct fact_number *ret)
{
	*ret = (struct fact_number){ .state = fact_state_of(r) };
	if (ret->state == FACT_UNKNOWN)
		ret->error = -r;
	else if (!context_parse_status(status, name, &ret->value))
		ret->state = FACT_ABSENT;
}

static void read_status(struct context *ret, struct root *root)
{
	_cleanup_text_ struct text status = { 0 };
	struct fact_number uid;
	int r = root_read(root, "/proc/self/status", 1 << 16, &status);

	status_number(&status, r, "NoNewPrivs", &ret->no_new_privs);
	status_number(&status, r, "Seccomp", &ret->seccomp);
	status_number(&status, r, "Gid", &ret->gid);
	status_number(&status, r, "Uid", &uid);
	ret->uid = uid.state == FACT_KNOWN ? (uid_t)uid.value : (uid_t)-1;
}

int context_parse_limit(const char *data, size_t length, const char *name, int64_t *ret)
{
	const char *line;
	size_t at = 0, n, skip = strlen(name);

	while ((line = text_line(data, length, &at, &n))) {
		char copy[128], soft[24];

		if (n <= skip || memcmp(line, name, skip) != 0)
			continue;
		(void)snprintf(copy, sizeof(copy), "%.*s", (int)MIN(n, sizeof(copy) - 1), line);
		if (sscanf(copy + MIN(skip, strlen(copy)), "%23s", soft) != 1)
			return -EINVAL;
		*ret = INT64_MAX;
		return strcmp(soft, "unlimited") == 0 || sscanf(soft, "%" SCNd64, ret) == 1
			       ? 0
			       : -EINVAL;
	}
	return -EINVAL;
}

static void read_limit(struct fact_number *ret, const struct text *limits, int r, const char *name)
{
	int64_t value = 0;

	if (r >= 0)
		r = context_parse_limit(limits->data, limits->length, name, &value);
	*ret = (struct fact_number){ .state = fact_state_of(r), .value = value };
	if (ret->state == FACT_UNKNOWN)
		ret->error = -r;
}

/* The limit alone does not say how many are left: they are taken, and given back. */
static int ask_spare(void *arg, struct text *ret)
{
	int fds[CONTEXT_SPARE], r = 0;
	size_t n = 0;

	(void)arg;
	(void)ret;
	while (n < CONTEXT_SPARE && r >= 0) {
		fds[n] = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
		r = fds[n] < 0 ? -errno : 0;
		n += r >= 0;
	}
	while (n > 0)
		(void)close(fds[--n]);
	return r == -EMFILE || r == -ENFILE ? r : 0;
}

static void read_limits(struct context *ret, struct root *root)
{
	_cleanup_text_ struct text limits = { 0 }, unused = { 0 };
	/* asked first: where no file can be opened the next cannot be read */
	int r = root_ask(root, "spare files", ask_spare, NULL, &unused);

	ret->files_error = r == -EMFILE || r == -ENFILE ? -r : 0;
	r = root_read(root, "/proc/self/limits", 1 << 16, &limits);
	read_limit(&ret->processes, &limits, r, "Max processes");
	read_limit(&ret->files, &limits, r, "Max open files");
}

/* From our own cgroup of version 2 up: the first that has all the tasks it may have. */
static void read_full(struct context *ret, struct root *root)
{
	char path[sizeof(ret->cgroup.value)];

	ret->full.state = FACT_ABSENT;
	(void)text_copy(path, sizeof(path), ret->cgroup.value);
	while (*path == '/') {
		struct fact_number current, max;
		char file[PATH_MAX];

		(void)snprintf(file, sizeof(file), "/sys/fs/cgroup%s/pids.current", path);
		root_read_number(root, file, &current);
		(void)snprintf(file, sizeof(file), "/sys/fs/cgroup%s/pids.max", path);
		root_read_number(root, file, &max);
		if (current.state == FACT_KNOWN && max.state == FACT_KNOWN &&
			current.value >= max.value) {
			ret->full.state = FACT_KNOWN;
			(void)text_copy(ret->full.value, sizeof(ret->full.value), path);
			ret->full_max = max;
			return;
		}
		*strrchr(path, '/') = '\0';
	}
}

/* cgroups(7): "0::PATH" is version 2; on version 1 systemd's own tree says where we are. */
void context_parse_cgroup(const char *data, size_t length, char *ret, size_t size)
{
	const char *line;
	size_t at = 0, n;

	*ret = '\0';
	while ((line = text_line(data, length, &at, &n))) {
		const char *path = memchr(line, '/', n);
		bool unified = n > 3 && memcmp(line, "0::", 3) == 0;
		bool named = memmem(line, n, ":name=systemd:", 14) != NULL;

		/* in hybrid mode both are there: the longer path is the one systemd made */
		if (path && (named || unified) && (size_t)(line + n - path) >= strlen(ret))
			(void)snprintf(ret, size, "%.*s",
				(int)MIN((size_t)(line + n - path), size - 1), path);
	}
}

static void read_cgroup(struct context *ret, struct root *root)
{
	_cleanup_text_ struct text data = { 0 };
	int r = root_read(root, "/proc/self/cgroup", 1 << 16, &data);

	ret->cgroup.state = fact_state_of(r);
	if (ret->cgroup.state == FACT_UNKNOWN)
		ret->cgroup.error = -r;
	context_parse_cgroup(data.data, data.length, ret->cgroup.value, sizeof(ret->cgroup.value));
}

static bool is_there(struct root *root, const char *path)
{
	struct fact_file file;

	root_stat(root, path, &file);
	return file.state == FACT_KNOWN;
}

static void name_container(struct fact_text *ret, const char *name)
{
	*ret = (struct fact_text){ .state = FACT_KNOWN };
	(void)text_copy(ret->value, sizeof(ret->value), name);
}

/* What managers put into their containers: https://systemd.io/CONTAINER_INTERFACE, the files of
 * docker and podman, and what a process inherits from the first one. */
static const struct {
	const char *path, *name; /* no name: its first line is */
} marks[] = {
	{ "/run/systemd/container", NULL },
	{ "/run/host/container-manager", NULL },
	{ "/.dockerenv", "docker" },
	{ "/run/.containerenv", "podman" },
	{ "/proc/sys/fs/binfmt_misc/WSLInterop", "wsl" },
	{ "/proc/vz", "openvz" },
};

/* $container is what a manager says; a value nobody's manager has is somebody's own. */
static bool read_container_env(struct fact_text *ret, struct root *root)
{
	static const char *const names[] = { "docker", "lxc", "lxc-libvirt", "oci", "podman", "rkt",
		"systemd-nspawn", "wsl" };
	struct fact_text said;

	context_read_env(root, "container", &said);
	for (size_t i = 0; i < ARRAY_SIZE(names) && said.state == FACT_KNOWN; i++)
		if (strcmp(said.value, names[i]) == 0) {
			name_container(ret, names[i]);
			return true;
		}
	context_read_env(root, "KUBERNETES_SERVICE_HOST", &said);
	if (said.state == FACT_KNOWN && *said.value)
		name_container(ret, "kubernetes");
	return said.state == FACT_KNOWN && *said.value;
}

void context_read_container(struct fact_text *ret, struct root *root)
{
	struct fact_text kernel;

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		if (!marks[i].name)
			root_read_text(root, marks[i].path, ret);
		else if (is_there(root, marks[i].path))
			name_container(ret, marks[i].name);
		if (ret->state == FACT_KNOWN && *ret->value)
			return;
	}
	root_read_text(root, "/proc/sys/kernel/osrelease", &kernel);
	if (strstr(kernel.value, "icrosoft"))
		name_container(ret, "wsl");
	else if (!read_container_env(ret, root))
		*ret = (struct fact_text){ .state = FACT_ABSENT };
}

static const struct {
	const char *unit;
	enum context_kind kind;
} services[] = {
	{ "/cron.service", CONTEXT_CRON },
	{ "/crond.service", CONTEXT_CRON },
	{ "/cronie.service", CONTEXT_CRON },
	{ "/anacron.service", CONTEXT_CRON },
	{ "/atd.service", CONTEXT_AT },
	{ ".service", CONTEXT_UNIT },
};

static enum context_kind kind_of(const struct context *c, uid_t uid)
{
	const char *path = c->cgroup.value;
	char manager[96], session[96];

	if (!c->systemd)
		return c->container.state == FACT_KNOWN ? CONTEXT_CONTAINER : CONTEXT_NONE;
	(void)snprintf(manager, sizeof(manager), "/user-%u.slice/user@%u.service", (unsigned)uid,
		(unsigned)uid);
	(void)snprintf(session, sizeof(session), "/user-%u.slice/session-", (unsigned)uid);
	if (strstr(path, manager))
		return CONTEXT_MANAGER;
	if (strstr(path, session))
		return CONTEXT_LOGIN;
	if (strstr(path, ".slice/session-") || strstr(path, ".slice/user@"))
		return CONTEXT_SU;
	for (size_t i = 0; i < ARRAY_SIZE(services); i++)
		if (strstr(path, services[i].unit))
			return services[i].kind;
	*strrchr(session, '/') = '\0';
	/* a cgroup namespace shows its root as "/", whatever that is; his slice is his */
	return strlen(path) > 1 && !strstr(path, session) ? CONTEXT_OTHER : CONTEXT_UNKNOWN;
}

void context_read(struct context *ret, struct root *root, const struct user *user)
{
	*ret = (struct context){ 0 };
	read_status(ret, root);
	read_limits(ret, root);
	read_cgroup(ret, root);
	read_full(ret, root);
	context_read_container(&ret->container, root);
	context_read_caller(ret, root);
	ret->systemd = is_there(root, "/run/systemd/system");
	ret->kind = kind_of(ret, user->uid);
}
