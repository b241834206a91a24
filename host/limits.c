/* SPDX-License-Identifier: Apache-2.0 */
#include "host/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "host/helper.h"
#include "host/root.h"
#include "host/user.h"

enum {
	LIMIT_MS = 500
};

static const struct {
	const char *title, *word;
} names[] = {
	[LIMIT_NOFILE] = { "Max open files", "nofile" },
	[LIMIT_NPROC] = { "Max processes", "nproc" },
	[LIMIT_MEMLOCK] = { "Max locked memory", "memlock" },
};
_Static_assert(ARRAY_SIZE(names) == LIMIT_COUNT, "names for every limit");

const char *limits_title(enum limit_name name)
{
	return (unsigned)name < LIMIT_COUNT ? names[name].title : NULL;
}

const char *limits_word(enum limit_name name)
{
	return (unsigned)name < LIMIT_COUNT ? names[name].word : NULL;
}

static struct fact_number known(int64_t value)
{
	return (struct fact_number){ .state = FACT_KNOWN, .value = value };
}

bool limits_parse_keys(const char *data, size_t length, uid_t uid, struct limits *ret)
{
	const char *line;
	size_t at = 0, n;

	while ((line = text_line(data, length, &at, &n))) {
		int64_t keys, keys_max, bytes, bytes_max;
		char copy[128];
		unsigned who;

		(void)snprintf(copy, sizeof(copy), "%.*s", (int)MIN(n, sizeof(copy) - 1), line);
		/* keyrings(7): uid, usage, nkeys/nikeys, qnkeys/maxkeys, qnbytes/maxbytes */
		if (sscanf(copy, " %u: %*d %*d/%*d %" SCNd64 "/%" SCNd64 " %" SCNd64 "/%" SCNd64,
			    &who, &keys, &keys_max, &bytes, &bytes_max) != 5 ||
			who != uid)
			continue;
		ret->keys = known(keys);
		ret->keys_max = known(keys_max);
		ret->bytes = known(bytes);
		ret->bytes_max = known(bytes_max);
		return true;
	}
	return false;
}

static struct fact_number one(const char *word)
{
	int64_t value;

	if (strcmp(word, "unlimited") == 0)
		return known(INT64_MAX);
	return sscanf(word, "%" SCNd64, &value) == 1 ? known(value) : (struct fact_number){ 0 };
}

void limits_parse(const char *data, size_t length, enum limit_name name, struct limit *ret)
{
	size_t at = 0, n, skip = strlen(names[name].title);
	const char *line;

	*ret = (struct limit){ 0 };
	while ((line = text_line(data, length, &at, &n))) {
		char copy[128], soft[24], hard[24];

		(void)snprintf(copy, sizeof(copy), "%.*s", (int)MIN(n, sizeof(copy) - 1), line);
		if (!text_starts(copy, names[name].title) ||
			sscanf(copy + skip, "%23s %23s", soft, hard) != 2)
			continue;
		ret->soft = one(soft);
		ret->hard = one(hard);
		return;
	}
}

static void read_keys(struct limits *ret, struct root *root, uid_t uid)
{
	_cleanup_text_ struct text data = { 0 };
	int r = root_read(root, "/proc/key-users", 1 << 16, &data);
	enum fact_state state = r < 0 ? fact_state_of(r) : FACT_ABSENT;

	if (r >= 0 && limits_parse_keys(data.data, data.length, uid, ret))
		return;
	ret->keys = ret->keys_max = (struct fact_number){ .state = state };
	ret->bytes = ret->bytes_max = ret->keys;
}

static void read_session(struct limits *ret, struct root *root)
{
	_cleanup_text_ struct text limits = { 0 }, status = { 0 };
	const char *line;
	unsigned mask;
	size_t at = 0, n;

	if (root_read(root, "/proc/self/limits", 1 << 16, &limits) >= 0)
		for (size_t i = 0; i < LIMIT_COUNT; i++)
			limits_parse(limits.data, limits.length, i, &ret->session[i]);
	root_read_number(root, "/proc/self/oom_score_adj", &ret->oom_score_adj);
	if (root_read(root, "/proc/self/status", 1 << 16, &status) < 0)
		return;
	while ((line = text_line(status.data, status.length, &at, &n)))
		if (text_starts(line, "Umask:") && sscanf(line, "Umask: %o", &mask) == 1)
			ret->umask = known(mask);
}

/* "0.00 0.01 0.05 1/123 4567": the number behind the slash. */
static void read_tasks(struct limits *ret, struct root *root)
{
	char line[128];
	int64_t all;

	root_read_number(root, "/proc/sys/kernel/pid_max", &ret->pid_max);
	root_read_number(root, "/proc/sys/kernel/threads-max", &ret->threads_max);
	if (root_read_line(root, "/proc/loadavg", line, sizeof(line)) == 0 &&
		sscanf(line, "%*s %*s %*s %*d/%" SCNd64, &all) == 1)
		ret->tasks = known(all);
}

/* "1234 0 9223372036854775807": in use, free, at most. */
static void read_files(struct limits *ret, struct root *root)
{
	char line[128];
	int64_t used, most;

	if (root_read_line(root, "/proc/sys/fs/file-nr", line, sizeof(line)) < 0 ||
		sscanf(line, "%" SCNd64 " %*d %" SCNd64, &used, &most) != 2)
		return;
	ret->files = known(used);
	ret->files_max = known(most);
}

/* -- what is counted by looking at every process of the user, in a child ----------------------- */

static int64_t count_inotify(int process)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *entry;
	int64_t count = 0;
	int fd = openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (fd >= 0 && !dir)
		(void)close(fd);
	while (dir && (entry = readdir(dir))) {
		char target[32];
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		target[n < 0 ? 0 : n] = '\0';
		count += strcmp(target, "anon_inode:inotify") == 0;
	}
	return count;
}

static void count_process(const char *name, uid_t uid, int64_t *inotify, int64_t *tasks)
{
	_cleanup_close_ int process = -1;
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%.20s", name);
	process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (process < 0 || fstat(process, &st) < 0 || st.st_uid != uid)
		return;
	*inotify += count_inotify(process);
	/* a directory for each thread, beside "." and ".." */
	if (fstatat(process, "task", &st, 0) == 0)
		*tasks += (int64_t)st.st_nlink - 2;
}

static int count(void *arg, int out)
{
	const struct user *user = arg;
	_cleanup_closedir_ DIR *dir = opendir("/proc");
	int64_t inotify = 0, tasks = 0;
	struct dirent *entry;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			count_process(entry->d_name, user->uid, &inotify, &tasks);
	return dprintf(out, "%" PRId64 " %" PRId64 "\n", inotify, tasks) < 0 ? -errno : 0;
}

static int ask(void *arg, struct text *ret)
{
	return helper_run(count, arg, LIMIT_MS, ret);
}

static void read_counted(struct limits *ret, struct root *root, const struct user *user)
{
	_cleanup_text_ struct text said = { 0 };
	struct user copy = *user;
	int64_t inotify, tasks;
	char key[96];

	(void)snprintf(key, sizeof(key), "processes %.64s", user->name);
	if (root_ask(root, key, ask, &copy, &said) < 0 ||
		sscanf(text_get(&said), "%" SCNd64 " %" SCNd64, &inotify, &tasks) != 2)
		return;
	ret->inotify = known(inotify);
	ret->user_tasks = known(tasks);
}

void limits_read(struct limits *ret, struct root *root, const struct user *user)
{
	char path[PATH_MAX];

	*ret = (struct limits){ 0 };
	read_session(ret, root);
	read_tasks(ret, root);
	read_files(ret, root);
	if (user->state != FACT_KNOWN)
		return;
	read_keys(ret, root, user->uid);
	read_counted(ret, root, user);
	(void)snprintf(path, sizeof(path), "/sys/fs/cgroup/user.slice/user-%u.slice/pids.current",
		(unsigned)user->uid);
	root_read_number(root, path, &ret->slice_tasks);
}
