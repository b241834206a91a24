/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill-points N COMMAND... - run a command and kill it, with all it has started, right after its
 * N-th system call that changed something below a directory. Exit status 137 when it was killed
 * (and a line on standard error that names the call), else the command's own: then it makes fewer
 * than N such calls.
 *
 * A filter (seccomp(2)) stops the processes at the calls of the table alone, so the rest runs at
 * its own speed; ptrace(2) follows every fork and exec, so that what useradd does counts too. A call
 * that failed changed nothing and is no point; nor is one on a pipe or a terminal, nor an fsync,
 * which a kill cannot tell from none.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macro.h"

enum {
	TRACEES = 64,
	KILLED = 137,
	BROKEN = 125
};

enum argument {
	BY_PATH, /* changes what a path names */
	BY_FD,   /* changes what the descriptor in argument @at is open on */
	OPEN,    /* with flags in argument @at: creates or empties a file, or does nothing */
	OPEN_HOW /* struct open_how in argument @at */
};

static const struct call {
	const char *name;
	long number;
	enum argument what;
	unsigned at;
} calls[] = {
#define CALL(name, ...)                                                                            \
	{                                                                                          \
#name, SYS_##name, __VA_ARGS__                                                     \
	}
	CALL(openat, OPEN, 2),
	CALL(openat2, OPEN_HOW, 2),
	CALL(write, BY_FD, 0),
	CALL(writev, BY_FD, 0),
	CALL(pwrite64, BY_FD, 0),
	CALL(pwritev, BY_FD, 0),
	CALL(pwritev2, BY_FD, 0),
	CALL(sendfile, BY_FD, 0),
	CALL(splice, BY_FD, 2),
	CALL(copy_file_range, BY_FD, 2),
	CALL(ftruncate, BY_FD, 0),
	CALL(fallocate, BY_FD, 0),
	CALL(fchmod, BY_FD, 0),
	CALL(fchown, BY_FD, 0),
	CALL(fsetxattr, BY_FD, 0),
	CALL(fremovexattr, BY_FD, 0),
	CALL(truncate, BY_PATH, 0),
	CALL(renameat, BY_PATH, 0),
	CALL(renameat2, BY_PATH, 0),
	CALL(linkat, BY_PATH, 0),
	CALL(unlinkat, BY_PATH, 0),
	CALL(symlinkat, BY_PATH, 0),
	CALL(mkdirat, BY_PATH, 0),
	CALL(mknodat, BY_PATH, 0),
	CALL(fchmodat, BY_PATH, 0),
	CALL(fchownat, BY_PATH, 0),
	CALL(setxattr, BY_PATH, 0),
	CALL(lsetxattr, BY_PATH, 0),
	CALL(removexattr, BY_PATH, 0),
	CALL(lremovexattr, BY_PATH, 0),
	CALL(mount, BY_PATH, 0),
	CALL(umount2, BY_PATH, 0),
#ifdef SYS_open /* what newer machines never had */
	CALL(open, OPEN, 1),
	CALL(creat, BY_PATH, 0),
	CALL(rename, BY_PATH, 0),
	CALL(link, BY_PATH, 0),
	CALL(unlink, BY_PATH, 0),
	CALL(symlink, BY_PATH, 0),
	CALL(mkdir, BY_PATH, 0),
	CALL(rmdir, BY_PATH, 0),
	CALL(mknod, BY_PATH, 0),
	CALL(chmod, BY_PATH, 0),
	CALL(chown, BY_PATH, 0),
	CALL(lchown, BY_PATH, 0),
#endif
#undef CALL
};

struct tracee {
	pid_t pid;
	const struct call *call; /* in it; NULL: in none that counts */
};

static struct tracee tracees[TRACEES];

static void NORETURN broken(const char *what)
{
	(void)fprintf(stderr, "kill-points: cannot %s: %s\n", what, strerror(errno));
	exit(BROKEN);
}

static struct tracee *tracee_of(pid_t pid)
{
	for (size_t i = 0; i < ARRAY_SIZE(tracees); i++)
		if (tracees[i].pid == pid)
			return &tracees[i];
	for (size_t i = 0; i < ARRAY_SIZE(tracees); i++)
		if (tracees[i].pid == 0) {
			tracees[i] = (struct tracee){ .pid = pid };
			return &tracees[i];
		}
	errno = ENOSPC;
	broken("follow so many processes");
}

/* Two instructions a call, after one that loads the number. */
static void stop_at_calls(void)
{
	struct sock_filter filter[2 * ARRAY_SIZE(calls) + 2];
	struct sock_fprog program = { .len = ARRAY_SIZE(filter), .filter = filter };
	size_t n = 0;

	filter[n++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		filter[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i].number, 0, 1);
		filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	}
	filter[n] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	/* without no_new_privs: that takes root, and lets set-user-ID programs be what they are */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		broken("set a filter");
}

static void NORETURN become(char *argv[])
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || raise(SIGSTOP) != 0)
		broken("be traced");
	stop_at_calls();
	(void)execvp(argv[0], argv);
	broken("run the command");
}

static bool is_of_a_tree(pid_t pid, uint64_t fd)
{
	char path[64], target[4096];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, (int)fd);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return false;
	target[n] = '\0';
	return target[0] == '/' && strncmp(target, "/dev/", 5) != 0;
}

/* Does the call, about to be made, change something if it succeeds? */
static bool changes(pid_t pid, const struct call *call, const uint64_t args[6])
{
	uint64_t flags = args[call->at];
	struct open_how how = { 0 };
	struct iovec here = { &how, sizeof(how) };
	struct iovec there = { (void *)(uintptr_t)flags,
		sizeof(how) }; // NOLINT(performance-no-int-to-ptr)

	switch (call->what) {
	case BY_PATH:
		return true;
	case BY_FD:
		return is_of_a_tree(pid, args[call->at]);
	case OPEN_HOW:
		if (process_vm_readv(pid, &here, 1, &there, 1, 0) < 0)
			broken("read what is opened");
		flags = how.flags;
		break;
	case OPEN:
		break;
	}
	return flags & (O_CREAT | O_TRUNC);
}

static const struct call *find(uint64_t number)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if ((uint64_t)calls[i].number == number)
			return &calls[i];
	return NULL;
}

static void kill_all(void)
{
	int status;
	pid_t pid;

	for (size_t i = 0; i < ARRAY_SIZE(tracees); i++)
		if (tracees[i].pid > 0)
			(void)kill(tracees[i].pid, SIGKILL);
	/* one that was being forked stops for the first time only now */
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR)
		if (pid > 0 && WIFSTOPPED(status))
			(void)kill(pid, SIGKILL);
}

static struct __ptrace_syscall_info info_of(pid_t pid)
{
	struct __ptrace_syscall_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0 && errno != ESRCH)
		broken("see the call");
	return info;
}

/* The stop of one process; true when a call that changed something has just returned. */
static bool step(struct tracee *t, int status, enum __ptrace_request *ret_how, int *ret_signal)
{
	struct __ptrace_syscall_info info;
	const struct call *call = t->call;
	int event = status >> 16;

	*ret_how = PTRACE_CONT;
	*ret_signal = 0;
	if (event == PTRACE_EVENT_SECCOMP) {
		info = info_of(t->pid);
		call = find(info.seccomp.nr);
		t->call = call && changes(t->pid, call, (const uint64_t *)info.seccomp.args) ? call
											     : NULL;
		if (t->call)
			*ret_how = PTRACE_SYSCALL; /* to its end */
	} else if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
		info = info_of(t->pid);
		return call && info.op == PTRACE_SYSCALL_INFO_EXIT && !info.exit.is_error;
	} else if (event == 0 && WSTOPSIG(status) != SIGSTOP) {
		*ret_signal = WSTOPSIG(status); /* SIGSTOP is how a new one begins */
	}
	return false;
}

static int follow(pid_t first, unsigned long wanted)
{
	unsigned long made = 0;
	int status, result = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		struct tracee *t = pid > 0 ? tracee_of(pid) : NULL;
		enum __ptrace_request how;
		int signal;

		if (!t)
			continue;
		if (!WIFSTOPPED(status)) {
			if (pid == first)
				result = WIFEXITED(status) ? WEXITSTATUS(status)
							   : 128 + WTERMSIG(status);
			*t = (struct tracee){ 0 };
			continue;
		}
		if (step(t, status, &how, &signal) && ++made == wanted) {
			(void)fprintf(stderr, "kill-points: killed after call %lu, %s\n", made,
				t->call->name);
			kill_all();
			return KILLED;
		}
		if (ptrace(how, pid, NULL, (void *)(intptr_t)signal) < 0 &&
			errno != ESRCH) // NOLINT
			broken("go on");
	}
	(void)fprintf(stderr, "kill-points: %lu calls\n", made);
	return result;
}

int main(int argc, char *argv[])
{
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK |
		       PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
		       PTRACE_O_EXITKILL;
	char *end = NULL;
	unsigned long wanted = argc > 2 ? strtoul(argv[1], &end, 10) : 0;
	int status;
	pid_t pid;

	if (argc < 3 || *end) {
		(void)fprintf(stderr, "usage: kill-points N COMMAND... (N 0: only count)\n");
		return 64;
	}
	/* orphans are reaped here: a lock's holder that is a zombie still counts as alive */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		broken("reap orphans");
	pid = fork();
	if (pid == 0)
		become(argv + 2);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
		ptrace(PTRACE_SETOPTIONS, pid, NULL, options) < 0 ||
		ptrace(PTRACE_CONT, pid, NULL, NULL) < 0)
		broken("trace the command");
	tracee_of(pid)->call = NULL;
	return follow(pid, wanted);
}
