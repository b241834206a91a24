/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pasta started as rpod starts it, on a network namespace that goes away with it. It runs in a new
 * user namespace and in the network it is to copy; the namespace it is to fill is made by a child.
 * All three processes are in a pid namespace of their own: with its first one nothing is left.
 *
 * The name it gets the namespace by is one that AppArmor's profiles for it allow: Debian's let every
 * program open /dev/full.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/spawn.h"
#include "host/probe-try.h"

#define NETNS_PATH "/dev/full"

enum {
	WORDS_LIMIT = 4096
};

/* Show the namespace under its name, say so, and stay. */
static void NORETURN hold_namespace(int said)
{
	int r = 0;

	if (unshare(CLONE_NEWNET) < 0 ||
		mount("/proc/thread-self/ns/net", NETNS_PATH, NULL, MS_BIND, NULL) < 0)
		r = errno;
	(void)!write(said, &r, sizeof(r));
	for (;;)
		(void)pause();
}

static int make_namespace(void)
{
	_cleanup_close_ int near = -1, far = -1;
	int ends[2], error = EIO;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	near = ends[0];
	far = ends[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		hold_namespace(far);
	cleanup_close(&far);
	far = -1;
	if (read(near, &error, sizeof(error)) != (ssize_t)sizeof(error))
		return -EIO;
	return -error;
}

static void NORETURN run(const char *path, int words)
{
	static const char *const argv[] = { "pasta", "--config-net", "--quiet", "--no-map-gw",
		"--no-netns-quit", "-t", "none", "-u", "none", "-T", "none", "-U", "none",
		"--runas=0:0", "--netns-only", "--netns=" NETNS_PATH, NULL };
	static const char *const env[] = { "PATH=" SPAWN_PATH, "LC_ALL=C.UTF-8", NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)signal(SIGPIPE, SIG_DFL);
	if (null >= 0 && dup2(null, 0) >= 0 && dup2(words, 1) >= 0 && dup2(words, 2) >= 0)
		(void)execve(path, (char *const *)argv, (char *const *)env);
	(void)dprintf(words, "%s: %s\n", path, strerror(errno));
	_exit(127);
}

/* What it says last is why it ended. */
static void tell_last_line(const struct probe_try *t, int words)
{
	_cleanup_text_ struct text said = { 0 };
	char *newline;

	/* the one that serves the network may hold the other end */
	(void)fcntl(words, F_SETFL, O_NONBLOCK);
	(void)!io_read_all(words, WORDS_LIMIT, &said);
	while (said.length > 0 && said.data[said.length - 1] == '\n')
		said.data[--said.length] = '\0';
	newline = said.length ? strrchr(said.data, '\n') : NULL;
	probe_text(t, "%s", newline ? newline + 1 : text_get(&said));
}

static int start_pasta(const struct probe_try *t)
{
	_cleanup_close_ int near = -1, far = -1;
	int ends[2], status = 0, r;
	pid_t pid;

	probe_step(t, "make a network namespace");
	r = make_namespace();
	if (r < 0)
		return r;
	probe_step(t, "start pasta");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	near = ends[0];
	far = ends[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		run(t->host->tool.tools[TOOL_PASTA].path, far);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	tell_last_line(t, near);
	if (WIFSIGNALED(status))
		probe_text(t, "killed by signal %d", WTERMSIG(status));
	return -EIO;
}

int probe_pasta(const struct probe_try *t)
{
	return probe_enter_as_init(t, 0, start_pasta);
}

/* Without a route some versions end at once, and that is no fault of theirs. */
const char *probe_pasta_lacks(const struct host *host)
{
	if (host->tool.tools[TOOL_PASTA].file.state != FACT_KNOWN)
		return "no pasta";
	if (host->platform.route4.state != FACT_KNOWN && host->platform.route6.state != FACT_KNOWN)
		return "no default route";
	return NULL;
}
