/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pid namespace is entered only by children, and user, mount and the other namespaces by the
 * process itself, who would not find back: so a helper joins them all by one setns() on the
 * container's pidfd, clones the process as its sibling (CLONE_PARENT: the caller is the parent
 * and can wait for it), says who it is, and ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runtime/oci/become.h"
#include "runtime/oci/channel.h"
#include "runtime/oci/clone.h"
#include "runtime/oci/process.h"
#include "runtime/oci/talk.h"
#include "runtime/oci/terminal.h"
#include "runtime/oci/who.h"
#include "runtime/oci/within.h"

enum {
	EXIT_OURS = 125
};

static int join(int pidfd, struct error *err)
{
	int all = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
		  CLONE_NEWCGROUP;

	/* EINVAL: we live in its user namespace already, which cannot be joined again */
	if (setns(pidfd, all | CLONE_NEWUSER) == 0 || (errno == EINVAL && setns(pidfd, all) == 0))
		return 0;
	return error_set(err, -errno, "cannot join the container's namespaces");
}

static int open_terminal(int root, int channel, int *ret_slave, struct error *err)
{
	_cleanup_close_ int master =
		within_open(root, "/dev/pts/ptmx", O_RDWR | O_NOCTTY, WITHIN_NO_LINKS);
	struct statfs fs;
	int r = master < 0 ? master : 0;

	/* the container runs: what stands there may be its own work */
	if (r == 0 && (fstatfs(master, &fs) < 0 || fs.f_type != DEVPTS_SUPER_MAGIC))
		r = -ENXIO;
	if (r == 0)
		r = *ret_slave = terminal_slave(master);
	if (r >= 0)
		r = channel_send_fd(channel, CHANNEL_TERMINAL, master, 0);
	return r < 0 ? error_set(err, r, "cannot open a terminal in the container") : 0;
}

static int become(const struct spec_process *p, int channel, struct error *err)
{
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct who who;
	int slave = -1, r;

	if (root < 0)
		return error_set(err, -errno, "cannot open the container's root");
	r = who_find(&who, root, p, err);
	if (r == 0 && p->terminal)
		r = open_terminal(root, channel, &slave, err);
	if (r < 0)
		return r;
	r = channel_send(channel, CHANNEL_READY);
	if (r == 0)
		r = channel_expect(channel, CHANNEL_START);
	if (r < 0)
		return error_set(err, r, "the caller went away");
	r = become_io(p, slave, &who, err);
	if (r == 0)
		r = become_user(p, &who, err);
	return r < 0 ? r : become_command(p, &who, err);
}

static void NORETURN run(const struct spec_process *p, int channel)
{
	struct error err = { 0 };

	(void)become(p, channel, &err);
	(void)channel_send_error(channel, &err);
	_exit(err.exit_status ? err.exit_status : EXIT_OURS);
}

static int help(const struct spec_process *p, int container, int channel, struct error *err)
{
	_cleanup_close_ int pidfd = -1;
	sigset_t none;
	pid_t pid;
	int r;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	for (int number = 1; number < SIGRTMIN; number++)
		(void)signal(number, SIG_DFL);
	/* limits, labels and the keyring are inherited; the host's /proc is here only */
	r = become_early(p, err);
	if (r < 0)
		return r;
	/* processes of the container shall not look into us (CVE-2016-9962) */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	r = join(container, err);
	if (r < 0)
		return r;
	pid = clone_process(CLONE_PARENT, -1, &pidfd);
	if (pid == 0)
		run(p, channel);
	if (pid < 0)
		return error_set(err, pid, "cannot make a process in the container");
	r = channel_send_fd(channel, CHANNEL_PID, pidfd, pid);
	return r < 0 ? error_set(err, r, "the caller went away") : 0;
}

static void NORETURN helper(const struct spec_process *p, int container, int channel)
{
	struct error err = { 0 };

	if (help(p, container, channel, &err) < 0)
		(void)channel_send_error(channel, &err);
	_exit(0);
}

/* The helper's word; what the process says may come before it. */
static int hear_pid(struct process *p, struct error *err)
{
	while (p->pid == 0) {
		struct channel_message message;
		int r = channel_receive(p->channel, &message);

		if (r < 0 || message.word == CHANNEL_EOF)
			return error_set(err, r < 0 ? r : -ECHILD, "cannot enter the container");
		if (message.word == CHANNEL_ERROR) {
			*err = message.error;
			return err->code < 0 ? err->code : -EPROTO;
		}
		if (message.word == CHANNEL_PID) {
			p->pid = message.pid;
			p->pidfd = message.fd;
		} else if (message.word == CHANNEL_TERMINAL)
			p->terminal = message.fd;
		else if (message.word == CHANNEL_READY)
			p->ready = true;
	}
	return 0;
}

static int start(struct process *p, int container, const struct spec_process *sp,
	const struct cgroup_place *place, struct error *err)
{
	int ends[2];
	pid_t pid;
	int r = channel_open(ends);

	if (r < 0)
		return error_set(err, r, "cannot make a channel");
	p->channel = ends[0];
	pid = fork();
	if (pid == 0) {
		(void)close(ends[0]);
		helper(sp, container, ends[1]);
	}
	(void)close(ends[1]);
	r = pid < 0 ? error_set(err, -errno, "cannot fork") : hear_pid(p, err);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (r == 0 && place)
		r = cgroup_enter(place, p->pid, err);
	if (r < 0)
		return r;
	(void)!channel_send(p->channel, CHANNEL_START); /* EPIPE: it has failed, and told why */
	return talk_until_exec(p, err);
}

int process_exec(struct process *ret, pid_t pid, uint64_t start_time, const struct spec_process *sp,
	const struct cgroup_place *place, struct error *err)
{
	_cleanup_close_ int container = process_open(pid, start_time);
	int r;

	*ret = (struct process)PROCESS_NONE;
	if (container < 0)
		return error_say(err, container, "the container is not running");
	r = start(ret, container, sp, place, err);
	if (r == 0)
		return 0;
	if (err && err->exit_status == 0)
		err->exit_status = EXIT_OURS;
	process_done(ret);
	return r;
}
