/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci/userns-map.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/spawn.h"

enum {
	FILE_LIMIT = 16 << 20,
	WORDS_LIMIT = 4096
};

static int parse_line(
	const char *line, size_t n, const char *user, const char *number, struct userns_range *ret)
{
	char copy[256], *start, *count;

	if (n >= sizeof(copy) || memchr(line, '\0', n))
		return -EINVAL;
	memcpy(copy, line, n);
	copy[n] = '\0';
	start = strchr(copy, ':');
	count = start ? strchr(start + 1, ':') : NULL;
	if (!count)
		return -EINVAL;
	*start++ = '\0';
	*count++ = '\0';
	if (strcmp(copy, user) != 0 && strcmp(copy, number) != 0)
		return -ENOENT;
	if (parse_id(start, &ret->start) < 0 || parse_id(count, &ret->count) < 0 ||
		ret->count == 0 || ret->start > UINT32_MAX - ret->count)
		return -EINVAL;
	return 0;
}

int userns_parse(const char *data, size_t length, const char *user, uid_t uid,
	struct userns_range *ret, size_t room)
{
	const char *line;
	size_t at = 0, n, found = 0;
	char number[16];

	(void)snprintf(number, sizeof(number), "%u", uid);
	while ((line = text_line(data, length, &at, &n))) {
		struct userns_range range;

		if (parse_line(line, n, user, number, &range) < 0)
			continue;
		if (found == room)
			return -E2BIG;
		ret[found++] = range;
	}
	return (int)found;
}

static int read_ranges(
	const char *path, const char *user, uid_t uid, struct userns_range *ret, struct error *err)
{
	_cleanup_text_ struct text text = { 0 };
	int r = io_read_file_at(AT_FDCWD, path, FILE_LIMIT, &text);

	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = userns_parse(text_get(&text), text.length, user, uid, ret, USERNS_RANGES);
	return r < 0 ? error_set(err, r, "cannot read '%s'", path) : r;
}

int userns_read_ranges(struct userns_ranges *ret, uid_t uid, struct error *err)
{
	const struct passwd *passwd = getpwuid(uid);
	char name[256] = "";

	if (passwd)
		(void)text_copy(name, sizeof(name), passwd->pw_name);
	*ret = (struct userns_ranges){ 0 };
	ret->uid_count = read_ranges("/etc/subuid", name, uid, ret->uid, err);
	if (ret->uid_count < 0)
		return ret->uid_count;
	ret->gid_count = read_ranges("/etc/subgid", name, uid, ret->gid, err);
	return ret->gid_count < 0 ? ret->gid_count : 0;
}

struct tool {
	const char *name, *check;
	char path[256];
	struct text_list args;
	pid_t pid;
	int words;
};

static int tool_arguments(
	struct tool *t, pid_t pid, uint32_t own, const struct userns_range *ranges, int count)
{
	uint32_t inside = 1;
	int r = text_list_add(&t->args, t->name);

	if (r == 0)
		r = text_list_addf(&t->args, "%d", (int)pid);
	for (int i = -1; r == 0 && i < count; i++) {
		struct userns_range range = i < 0 ? (struct userns_range){ own, 1 } : ranges[i];

		r = text_list_addf(&t->args, "%u", i < 0 ? 0 : inside);
		if (r == 0)
			r = text_list_addf(&t->args, "%u", range.start);
		if (r == 0)
			r = text_list_addf(&t->args, "%u", range.count);
		inside += i < 0 ? 0 : range.count;
	}
	return r;
}

static int tool_begin(struct tool *t, struct error *err)
{
	static const char *const env[] = { "PATH=" SPAWN_PATH, "LC_ALL=C.UTF-8", NULL };
	int ends[2];
	int r = spawn_find(t->name, t->path, sizeof(t->path));

	if (r < 0) {
		(void)error_set(err, r,
			"cannot find %s, which maps subordinate ids; install uidmap "
			"(shadow-utils)",
			t->name);
		return error_see(err, t->check);
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, -errno, "cannot start '%s'", t->path);
	t->words = ends[0];
	t->pid = fork();
	if (t->pid == 0) {
		if (dup2(ends[1], 1) >= 0 && dup2(ends[1], 2) >= 0)
			(void)execve(t->path, t->args.items, (char *const *)env);
		(void)dprintf(ends[1], "%s", strerror(errno));
		_exit(127);
	}
	(void)close(ends[1]);
	return t->pid < 0 ? error_set(err, -errno, "cannot start '%s'", t->path) : 0;
}

static int tool_finish(struct tool *t, struct error *err)
{
	_cleanup_text_ struct text said = { 0 };
	int status = -1;

	if (t->pid <= 0)
		return 0;
	if (io_read_all(t->words, WORDS_LIMIT, &said) == 0 && said.data)
		said.data[strcspn(said.data, "\n")] = '\0';
	while (waitpid(t->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status == 0)
		return 0;
	(void)error_say(err, -EPERM, "cannot map ids: %s",
		said.length ? text_get(&said) : "the tool said nothing");
	return error_see(err, t->check);
}

static void tool_done(struct tool *t)
{
	text_list_done(&t->args);
	if (t->words >= 0)
		(void)close(t->words);
}

int userns_write_map(
	pid_t pid, uid_t uid, gid_t gid, const struct userns_ranges *ranges, struct error *err)
{
	struct tool u = { .name = "newuidmap", .check = "idmap.newuidmap", .words = -1 };
	struct tool g = { .name = "newgidmap", .check = "idmap.newgidmap", .words = -1 };
	struct error ignored = { 0 };
	int r, second;

	r = tool_arguments(&u, pid, uid, ranges->uid, ranges->uid_count);
	if (r == 0)
		r = tool_arguments(&g, pid, gid, ranges->gid, ranges->gid_count);
	if (r < 0)
		r = error_set(err, r, "cannot map ids");
	if (r == 0)
		r = tool_begin(&u, err);
	if (r == 0)
		r = tool_begin(&g, err);
	second = tool_finish(&g, r == 0 ? err : &ignored);
	if (r == 0)
		r = tool_finish(&u, err);
	else
		(void)!tool_finish(&u, &ignored);
	tool_done(&u);
	tool_done(&g);
	return r < 0 ? r : second;
}

static int write_proc(pid_t pid, const char *name, const char *text)
{
	_cleanup_close_ int fd = -1;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : io_write_all(fd, text, strlen(text));
}

int userns_write_single(pid_t pid, uid_t uid, gid_t gid, struct error *err)
{
	char line[64];
	int r;

	(void)snprintf(line, sizeof(line), "0 %u 1\n", uid);
	r = write_proc(pid, "uid_map", line);
	/* before the map, or the kernel refuses it: user_namespaces(7) */
	if (r == 0)
		r = write_proc(pid, "setgroups", "deny");
	(void)snprintf(line, sizeof(line), "0 %u 1\n", gid);
	if (r == 0)
		r = write_proc(pid, "gid_map", line);
	if (r == 0)
		return 0;
	(void)error_set(err, r, "cannot map the user's own id");
	return error_see(err, "userns.probe");
}
