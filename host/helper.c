/* SPDX-License-Identifier: Apache-2.0 */
#include "host/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"

enum {
	CHILDREN = 32,          /* polled at once */
	LEAST_MS = 100,         /* to look at all, when the others have used up the time */
	OUTPUT_LIMIT = 4 << 20, /* half a million ids of a directory service */
};

static void NORETURN be_child(helper_look *look, void *arg, int out, pid_t parent)
{
	sigset_t none;

	/* a group of its own: what the child starts is killed with it */
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(ESRCH);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	_exit(-look(arg, out) & 0xff);
}

static struct {
	uint64_t end; /* 0: none */
	bool hung;
} budget;

void helper_budget(unsigned ms)
{
	budget.end = ms ? io_now_ms() + ms : 0;
	budget.hung = false;
}

bool helper_has_hung(void)
{
	return budget.hung;
}

static uint64_t deadline_from(uint64_t now, unsigned limit_ms)
{
	if (!budget.end || !budget.hung)
		return now + limit_ms;
	return MIN(now + limit_ms, MAX(budget.end, now + LEAST_MS));
}

int helper_start(struct helper *ret, helper_look *look, void *arg, unsigned limit_ms)
{
	_cleanup_close_ int in = -1, out = -1;
	pid_t self = getpid(), pid;
	int fds[2];

	*ret = (struct helper){ .fd = -1 };
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	in = fds[0];
	out = fds[1];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		be_child(look, arg, out, self);
	/* both sides set the group: whoever comes first */
	(void)setpgid(pid, pid);
	ret->pid = pid;
	ret->fd = take_fd(&in);
	ret->started = io_now_ms();
	ret->deadline = deadline_from(ret->started, limit_ms);
	return 0;
}

static int status_result(int status)
{
	if (WIFEXITED(status))
		return -WEXITSTATUS(status);
	return WTERMSIG(status) == SIGSYS ? -EPERM : -EINTR;
}

/* The output is at its end (or is no longer waited for): take the status, without ever hanging. */
static void finish(struct helper *c, bool hung)
{
	pid_t done;
	int status;

	cleanup_close(&c->fd);
	c->fd = -1;
	while ((done = waitpid(c->pid, &status, WNOHANG)) == 0 && !hung &&
		io_now_ms() < c->deadline)
		(void)poll(NULL, 0, 1);
	/* also when it ended well: it may have left something behind in its group */
	(void)kill(-c->pid, SIGKILL);
	if (done == 0) {
		(void)kill(c->pid, SIGKILL);
		/* a process in the kernel's hands (dead NFS) is not waited for: init will reap it */
		(void)waitpid(c->pid, NULL, WNOHANG);
		hung = true;
	}
	c->ms = (unsigned)(io_now_ms() - c->started);
	budget.hung = budget.hung || (hung && !c->may_be_slow && io_now_ms() >= c->deadline);
	c->result = hung ? -ETIMEDOUT : done < 0 ? -errno : status_result(status);
	c->pid = 0;
}

static void take_output(struct helper *c)
{
	char block[4096];
	ssize_t n = read(c->fd, block, sizeof(block));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		finish(c, false);
	} else if (c->output.length + (size_t)n <= OUTPUT_LIMIT) {
		text_add_bytes(&c->output, block, (size_t)n);
	} else {
		finish(c, true);
		c->result = -EFBIG;
	}
}

/* Fill @polled with those that still run; returns how many, and the time until the first limit. */
static size_t gather(
	struct helper *children, size_t count, struct pollfd *polled, size_t *which, int *ret_wait)
{
	uint64_t now = io_now_ms(), first = UINT64_MAX;
	size_t n = 0;

	for (size_t i = 0; i < count && n < CHILDREN; i++) {
		if (children[i].pid <= 0)
			continue;
		if (children[i].deadline <= now) {
			finish(&children[i], true);
			continue;
		}
		first = MIN(first, children[i].deadline);
		which[n] = i;
		polled[n++] = (struct pollfd){ .fd = children[i].fd, .events = POLLIN };
	}
	*ret_wait = n > 0 ? (int)(first - now) : 0;
	return n;
}

void helper_wait(struct helper *children, size_t count)
{
	struct pollfd polled[CHILDREN];
	size_t which[CHILDREN], n;
	int wait;

	while ((n = gather(children, count, polled, which, &wait)) > 0) {
		if (poll(polled, n, wait) < 0)
			continue;
		for (size_t i = 0; i < n; i++)
			if (polled[i].revents)
				take_output(&children[which[i]]);
	}
}

int helper_become(uid_t uid, gid_t gid)
{
	if (geteuid() == uid)
		return 0;
	if (geteuid() != 0)
		return -EPERM;
	if (setgroups(1, &gid) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -errno;
	/* a process that changed its identity has a /proc/self of root's, and could not write its own
	 * uid_map: prctl(2), PR_SET_DUMPABLE */
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 ? -errno : 0;
}

int helper_run(helper_look *look, void *arg, unsigned limit_ms, struct text *ret)
{
	struct helper child;
	int r = helper_start(&child, look, arg, limit_ms);

	if (r < 0)
		return r;
	helper_wait(&child, 1);
	text_add_bytes(ret, text_get(&child.output), child.output.length);
	text_done(&child.output);
	return child.result;
}
