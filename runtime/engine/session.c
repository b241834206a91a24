/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/engine/session.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/linux.h"
#include "runtime/oci/terminal.h"

static const int proxied[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM,
	SIGCONT };

bool session_sees_terminal(bool interactive)
{
	return (interactive && isatty(0)) || isatty(1) || isatty(2);
}

/* Blocked, not ignored: what is ignored would stay ignored in the container. */
static int hold_signals(struct session *s, struct error *err)
{
	sigset_t mask;

	(void)sigemptyset(&mask);
	if (s->how.proxy || s->how.detached)
		for (size_t i = 0; i < ARRAY_SIZE(proxied); i++)
			(void)sigaddset(&mask, proxied[i]);
	(void)sigaddset(&mask, SIGWINCH);
	s->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s->signal_fd < 0)
		return error_set(err, -errno, "cannot receive signals");
	(void)sigaddset(&mask, SIGPIPE); /* told by write(2) */
	if (s->how.tty)
		(void)sigaddset(&mask, SIGTTOU);
	(void)sigprocmask(SIG_BLOCK, &mask, NULL);
	return 0;
}

static int make_pipe(int *ret_ours, int *ret_child, bool child_reads, struct error *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_set(err, -errno, "cannot make a pipe");
	*ret_ours = ends[child_reads];
	*ret_child = ends[!child_reads];
	return 0;
}

static int open_input(struct session *s, struct error *err)
{
	int ours = -1, r;

	if (!s->how.interactive)
		return 0;
	r = make_pipe(&ours, &s->child[0], true, err);
	if (r < 0)
		return r;
	if (s->how.detached) {
		s->keep = ours;
		return 0;
	}
	(void)fcntl(ours, F_SETFL, O_NONBLOCK);
	s->relays[0] = (struct relay){ .from = 0, .to = ours, .close_to = true };
	return 0;
}

static int open_outputs(struct session *s, struct error *err)
{
	for (int i = 1; i <= 2; i++) {
		int ours = -1, r;

		if (s->how.detached && (!s->how.log || s->how.log->fd < 0))
			continue;
		r = make_pipe(&ours, &s->child[i], false, err);
		if (r < 0)
			return r;
		s->relays[i] = (struct relay){ .from = ours,
			.to = s->how.detached ? -1 : i,
			.own_from = true,
			.log = s->how.log,
			.stream = i == 1 ? LOG_STDOUT : LOG_STDERR };
	}
	return 0;
}

int session_open(struct session *ret, const struct session_how *how, struct error *err)
{
	int r;

	*ret = (struct session)SESSION_NONE;
	ret->how = *how;
	r = hold_signals(ret, err);
	if (r < 0)
		return r;
	if (how->tty)
		return 0;
	if (how->pass_through) {
		ret->child[0] = how->interactive ? 0 : -1;
		ret->child[1] = 1;
		ret->child[2] = 2;
		return 0;
	}
	r = open_input(ret, err);
	if (r >= 0)
		r = open_outputs(ret, err);
	if (r < 0)
		session_close(ret);
	return r;
}

/* The command may ask for the size at once: it is known before it runs. */
void session_size(const struct session *session, struct spec_process *process)
{
	struct winsize size;

	if (!session->how.tty || session->how.detached || ioctl(0, TIOCGWINSZ, &size) < 0)
		return;
	process->rows = size.ws_row;
	process->columns = size.ws_col;
}

static void take_terminal(struct session *s)
{
	s->relays[1] = (struct relay){ .from = s->terminal,
		.to = s->how.detached ? -1 : 1,
		.log = s->how.log,
		.stream = LOG_STDOUT };
	if (s->how.detached)
		return;
	if (s->how.interactive)
		s->relays[0] = (struct relay){ .from = 0, .to = s->terminal };
	s->raw = s->how.interactive && isatty(0) && terminal_raw(0, &s->saved) >= 0;
}

void session_begin(struct session *session, struct process *process)
{
	for (int i = 0; i < 3; i++)
		if (!session->how.pass_through)
			cleanup_close(&session->child[i]);
	session->pidfd = process->pidfd;
	session->terminal = take_fd(&process->terminal);
	if (session->how.tty && session->terminal >= 0)
		take_terminal(session);
}

static void send_signal(struct session *s, int signal)
{
	(void)syscall(SYS_pidfd_send_signal, s->pidfd, signal, NULL, 0);
}

/* A detached container's monitor is asked to end by its service manager: the container ends. */
static void ask_to_stop(struct session *s)
{
	if (s->kill_at)
		return;
	send_signal(s, s->how.stop_signal);
	s->kill_at = io_now_ms() + (uint64_t)s->how.stop_timeout * 1000;
}

static void take_signals(struct session *s)
{
	struct signalfd_siginfo info;

	while (read(s->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		int signal = (int)info.ssi_signo;

		if (signal == SIGWINCH) {
			if (s->terminal >= 0 && !s->how.detached)
				terminal_copy_size(0, s->terminal);
		} else if (!s->how.detached) {
			send_signal(s, signal);
		} else if (signal == SIGTERM) {
			ask_to_stop(s);
		}
	}
}

static int patience(struct session *s)
{
	uint64_t now;

	if (!s->kill_at)
		return -1;
	now = io_now_ms();
	if (now < s->kill_at)
		return (int)MIN(s->kill_at - now, (uint64_t)INT_MAX);
	send_signal(s, SIGKILL);
	return -1;
}

static int reap(struct session *s, int *ret_status)
{
	siginfo_t info = { 0 };

	while (waitid(P_PIDFD, (id_t)s->pidfd, &info, WEXITED) < 0)
		if (errno != EINTR)
			return -errno;
	*ret_status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	return 0;
}

/* Ended and everything delivered: nobody waits for what was to go in. */
static bool is_over(const struct session *s, bool ended)
{
	return ended && relay_ended(&s->relays[1]) && relay_ended(&s->relays[2]);
}

int session_run(struct session *session, int *ret_status, struct error *err)
{
	struct pollfd fds[SESSION_RELAYS + 2];
	bool ended = false;
	int r;

	while (!is_over(session, ended)) {
		for (int i = 0; i < SESSION_RELAYS; i++)
			fds[i] = relay_poll(&session->relays[i]);
		fds[SESSION_RELAYS] = (struct pollfd){ session->signal_fd, POLLIN, 0 };
		fds[SESSION_RELAYS + 1] = (struct pollfd){ ended ? -1 : session->pidfd, POLLIN, 0 };
		if (poll(fds, ARRAY_SIZE(fds), patience(session)) < 0 && errno != EINTR)
			return error_set(err, -errno, "cannot wait for the container");
		for (int i = 0; i < SESSION_RELAYS; i++)
			relay_move(&session->relays[i], fds[i].revents);
		if (fds[SESSION_RELAYS].revents)
			take_signals(session);
		if (fds[SESSION_RELAYS + 1].revents) {
			ended = true;
			session->kill_at = 0;
			relay_end(&session->relays[0]);
		}
	}
	r = reap(session, ret_status);
	return r < 0 ? error_set(err, r, "cannot tell how the container ended") : 0;
}

void session_close(struct session *session)
{
	if (session->raw)
		terminal_restore(0, &session->saved);
	session->raw = false;
	for (int i = 0; i < SESSION_RELAYS; i++)
		relay_end(&session->relays[i]);
	for (int i = 0; i < 3; i++)
		if (!session->how.pass_through)
			cleanup_close(&session->child[i]);
	cleanup_close(&session->keep);
	cleanup_close(&session->terminal);
	cleanup_close(&session->signal_fd);
	session->keep = session->terminal = session->signal_fd = -1;
}
