/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"

static const char *const plain_env[] = { "PATH=" SPAWN_PATH, "LC_ALL=C.UTF-8", NULL };

enum {
	OUTPUT_LIMIT = 1 << 20, /* what a chatty tool may make us keep */
	LONGEST_NAP_MS = 20,
};

int spawn_find(const char *name, char *ret, size_t size)
{
	char tried[PATH_MAX];
	const char *at = SPAWN_PATH;
	int found = -ENOENT;

	while (*at) {
		size_t length = strcspn(at, ":");

		(void)snprintf(tried, sizeof(tried), "%.*s/%s", (int)length, at, name);
		if (access(tried, X_OK) == 0)
			return text_copy(ret, size, tried) ? 0 : -ENAMETOOLONG;
		if (errno == EACCES)
			found = -EACCES;
		at += length;
		at += *at == ':';
	}
	return found;
}

/* In the child: never returns, tells errno through @fault. */
static void NORETURN become(const struct spawn *s, const char *path, int in, int out, int fault)
{
	sigset_t none;

	if (!s->in_group)
		(void)setpgid(0, 0);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (dup2(in, STDIN_FILENO) >= 0 &&
		(out < 0 || (dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0)))
		(void)execve(
			path, (char *const *)s->argv, (char *const *)(s->env ? s->env : plain_env));
	(void)!write(fault, &errno, sizeof(errno));
	_exit(127);
}

static int open_input(const struct spawn *s)
{
	_cleanup_close_ int end = -1;
	int pipe_fds[2];
	int r;

	if (!s->input)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -1;
	end = pipe_fds[1];
	/* what we hand to tools fits a pipe; more is a mistake of ours */
	r = io_write_all(end, s->input, MIN(strlen(s->input), (size_t)PIPE_BUF));
	if (r < 0 || strlen(s->input) > PIPE_BUF) {
		(void)close(pipe_fds[0]);
		errno = r < 0 ? -r : E2BIG;
		return -1;
	}
	return pipe_fds[0];
}

/* Milliseconds left, -1 without a limit. */
static int time_left(uint64_t deadline)
{
	uint64_t now = io_now_ms();

	if (!deadline)
		return -1;
	return now >= deadline ? 0 : (int)MIN(deadline - now, (uint64_t)INT_MAX);
}

static int drain(int fd, struct text *output, uint64_t deadline)
{
	char block[4096];

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int left = time_left(deadline);
		ssize_t n;

		if (left == 0)
			return -ETIMEDOUT;
		if (poll(&p, 1, left) < 0 && errno != EINTR)
			return -errno;
		if (!p.revents)
			continue;
		n = read(fd, block, sizeof(block));
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && output->length < OUTPUT_LIMIT)
			text_add_bytes(output, block, (size_t)n);
	}
}

/* pidfd_open(2) would wake us at once, but the oldest hosts (4.18) have none: short naps at first. */
static int reap(pid_t pid, uint64_t deadline)
{
	int status, nap = 1;

	for (;;) {
		pid_t done = waitpid(pid, &status, deadline ? WNOHANG : 0);

		if (done < 0 && errno != EINTR)
			return -errno;
		if (done == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (deadline && time_left(deadline) == 0)
			return -ETIMEDOUT;
		if (deadline)
			(void)poll(NULL, 0, MIN(nap, time_left(deadline)));
		nap = MIN(nap * 2, LONGEST_NAP_MS);
	}
}

/* The last line of what a tool printed: that is where tools say what is wrong. */
static void last_line(const struct text *output, char *ret, size_t size)
{
	const char *line, *last = NULL;
	size_t at = 0, length = 0, last_length = 0;

	while (output && (line = text_line(output->data, output->length, &at, &length)))
		if (length > 0) {
			last = line;
			last_length = length;
		}
	(void)snprintf(ret, size, "%.*s", (int)MIN(last_length, size - 1), last ? last : "");
}

static int tell(const struct spawn *s, int r, struct error *err)
{
	char words[400];

	if (r == 0)
		return 0;
	if (r < 0)
		return error_set(err, r, "cannot run '%s'", s->argv[0]);
	last_line(s->output, words, sizeof(words));
	(void)error_say(err, -EIO, "'%s' failed with status %d%s%s", s->argv[0], r,
		*words ? ": " : "", words);
	return r;
}

int spawn_run(const struct spawn *s, struct error *err)
{
	_cleanup_close_ int in = -1, out_r = -1, out_w = -1, fault_r = -1, fault_w = -1;
	uint64_t deadline = s->timeout_ms ? io_now_ms() + s->timeout_ms : 0;
	char path[PATH_MAX];
	int fds[2], failed = 0, r = 0;
	pid_t pid;

	if (s->argv[0][0] == '/')
		(void)text_copy(path, sizeof(path), s->argv[0]);
	else
		r = spawn_find(s->argv[0], path, sizeof(path));
	if (r < 0)
		return tell(s, r, err);
	in = open_input(s);
	if (in < 0 || pipe2(fds, O_CLOEXEC) < 0)
		return tell(s, -errno, err);
	fault_r = fds[0];
	fault_w = fds[1];
	if (s->output) {
		if (pipe2(fds, O_CLOEXEC) < 0)
			return tell(s, -errno, err);
		out_r = fds[0];
		out_w = fds[1];
	}
	pid = fork();
	if (pid < 0)
		return tell(s, -errno, err);
	if (pid == 0)
		become(s, path, in, out_w, fault_w);
	cleanup_close(&out_w);
	cleanup_close(&fault_w);
	out_w = fault_w = -1;
	if (read(fault_r, &failed, sizeof(failed)) == sizeof(failed)) {
		(void)waitpid(pid, NULL, 0);
		return tell(s, -failed, err);
	}
	if (s->output)
		r = drain(out_r, s->output, deadline);
	if (r >= 0)
		r = reap(pid, deadline);
	if (r < 0) {
		(void)kill(s->in_group ? pid : -pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
	return tell(s, r, err);
}
