/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command has our standard input and output as they are, terminal and all; what it writes to
 * standard error passes through us. Nothing is explained when it succeeds.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "doctor/args.h"
#include "doctor/explain.h"
#include "doctor/explained.h"

enum {
	CANNOT_RUN = 126,
	NOT_FOUND = 127,
	SIGNALLED = 128
};

static void NORETURN child(char *argv[], int to)
{
	if (dup2(to, STDERR_FILENO) >= 0)
		(void)execvp(argv[0], argv);
	_exit(errno == ENOENT ? NOT_FOUND : CANNOT_RUN);
}

/* All it says, passed on as it comes, and kept for the explainer. */
static int pass_on(struct explainer *e, int from)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(from, chunk, sizeof(chunk))) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		(void)!io_write_all(STDERR_FILENO, chunk, (size_t)n);
		if (explain_bytes(e, chunk, (size_t)n) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : SIGNALLED + WTERMSIG(status);
}

static int run(struct explainer *e, char *argv[], struct error *err)
{
	_cleanup_close_ int from = -1, to = -1;
	int fds[2], r, status;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set(err, -errno, "cannot run '%s'", argv[0]);
	from = fds[0];
	to = fds[1];
	/* a key that interrupts is for the command; we tell what it said */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGQUIT, SIG_IGN);
	(void)fflush(NULL);
	pid = fork();
	if (pid < 0)
		return error_set(err, -errno, "cannot run '%s'", argv[0]);
	if (pid == 0) {
		(void)signal(SIGINT, SIG_DFL);
		(void)signal(SIGQUIT, SIG_DFL);
		child(argv, to);
	}
	cleanup_close(&to);
	to = -1;
	r = pass_on(e, from);
	status = wait_for(pid);
	return r < 0 ? error_set(err, r, "cannot keep what '%s' said", argv[0]) : status;
}

int command_run(const struct args *args, char *argv[], struct error *err)
{
	_cleanup_explainer_ struct explainer *e = NULL;
	struct out out;
	int r = explainer_new(&e), status;

	if (r < 0 || out_open(&out, stderr, args->color) < 0)
		return error_set(err, -ENOMEM, "cannot explain what '%s' says", argv[0]);
	status = run(e, argv, err);
	if (status < 0 || status == 0)
		return status;
	if (status == NOT_FOUND && explain_lines(e) == 0) {
		(void)error_say(err, -ENOENT, "cannot run '%s': there is no such command", argv[0]);
		return error_exit(err, NOT_FOUND);
	}
	r = explained_print(args, e, &out, err);
	return r < 0 ? r : status;
}
