/* SPDX-License-Identifier: Apache-2.0 */
/*
 * newuidmap and newgidmap as a container start uses them: a child waits in a new user namespace,
 * the tools write its maps, and what the kernel then shows is the answer.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/spawn.h"
#include "host/probe-try.h"

const char *probe_map_lacks(const struct host *host)
{
	if (idmap_own_count(&host->idmap.files[IDMAP_UID]) == 0 ||
		idmap_own_count(&host->idmap.files[IDMAP_GID]) == 0)
		return "no ranges";
	if (!*host->tool.tools[TOOL_NEWUIDMAP].path || !*host->tool.tools[TOOL_NEWGIDMAP].path)
		return "no newuidmap or newgidmap";
	return NULL;
}

/* "TOOL PID 0 ID 1 1 START COUNT ...": ourselves as 0, then our ranges one behind the other. */
static int make_command(const char *tool, pid_t pid, unsigned id, const struct idmap_file *file,
	struct text_list *ret)
{
	uint64_t inside = 1;
	int r = text_list_add(ret, tool);

	r = r < 0 ? r : text_list_addf(ret, "%d", (int)pid);
	r = r < 0 ? r : text_list_addf(ret, "0");
	r = r < 0 ? r : text_list_addf(ret, "%u", id);
	r = r < 0 ? r : text_list_addf(ret, "1");
	for (size_t i = 0; i < file->count && r >= 0; i++) {
		const struct idmap_range *range = &file->ranges[i];

		if (!range->ours)
			continue;
		r = text_list_addf(ret, "%llu", (unsigned long long)inside);
		r = r < 0 ? r : text_list_addf(ret, "%llu", (unsigned long long)range->start);
		r = r < 0 ? r : text_list_addf(ret, "%llu", (unsigned long long)range->count);
		inside += range->count;
	}
	return r;
}

static int run_tool(const struct probe_try *t, enum tool_name tool, pid_t pid, unsigned id,
	enum idmap_kind kind)
{
	_cleanup_text_list_ struct text_list argv = { 0 };
	_cleanup_text_ struct text output = { 0 };
	struct spawn spawn = { .in_group = true, .output = &output };
	int r;

	probe_step(t, tool_word(tool));
	r = make_command(
		t->host->tool.tools[tool].path, pid, id, &t->host->idmap.files[kind], &argv);
	if (r < 0)
		return r;
	spawn.argv = (const char *const *)argv.items;
	r = spawn_run(&spawn, NULL);
	if (r == 0)
		return 0;
	probe_text(t, "%s", text_get(&output));
	/* a tool says in words what failed; its status says nothing */
	return r < 0 ? r : -EPERM;
}

/* The map on one line, extents parted by commas. */
static int tell_map(const struct probe_try *t, pid_t pid)
{
	_cleanup_text_ struct text data = { 0 }, joined = { 0 };
	struct idmap_map map;
	char path[64];
	int r;

	probe_step(t, "read uid_map");
	(void)snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	r = io_read_file_at(AT_FDCWD, path, 1 << 16, &data);
	if (r < 0)
		return r;
	r = idmap_parse_map(&map, data.data, data.length);
	if (r < 0)
		return r;
	for (size_t i = 0; i < map.count; i++)
		text_addf(&joined, "%s%llu %llu %llu", i ? ", " : "",
			(unsigned long long)map.extents[i].inside,
			(unsigned long long)map.extents[i].outside,
			(unsigned long long)map.extents[i].count);
	probe_text(t, "%s", text_get(&joined));
	return 0;
}

/* In the child: say when the namespace is there (or what its errno was), then wait to be killed. */
static void NORETURN be_target(int ready)
{
	char failed = (char)(unshare(CLONE_NEWUSER) < 0 ? errno : 0);

	if (write(ready, &failed, 1) == 1 && !failed)
		(void)pause();
	_exit(0);
}

static int map_target(const struct probe_try *t, pid_t pid, int ready)
{
	char failed = 0;
	int r;

	if (read(ready, &failed, 1) != 1)
		return -EIO;
	if (failed)
		return -failed;
	r = run_tool(t, TOOL_NEWUIDMAP, pid, getuid(), IDMAP_UID);
	if (r >= 0)
		r = run_tool(t, TOOL_NEWGIDMAP, pid, getgid(), IDMAP_GID);
	return r < 0 ? r : tell_map(t, pid);
}

int probe_map(const struct probe_try *t)
{
	_cleanup_close_ int in = -1, out = -1;
	int fds[2], r;
	pid_t pid;

	probe_step(t, "unshare");
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	in = fds[0];
	out = fds[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		be_target(out);
	r = map_target(t, pid, in);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	return r;
}
