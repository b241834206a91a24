/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between a process in a container and whoever started it: streams, terminal, signals, its end.
 * The same for `run`, `start`, `exec` and the monitor of a detached container.
 *
 *	session_open(&s, how)		pipes are made, signals held back; s.child is for the spec,
 *	session_size(&s, &process)	as is the terminal's size
 *	... the process is made ...
 *	session_begin(&s, &process)	the child's ends are closed, the terminal is taken over
 *	session_run(&s, &status)	until it ended and everything it wrote is delivered
 *	session_close(&s)		the caller's terminal is as before; signals stay
 *				held back, lest one that came late ends the program now
 */
#pragma once

#include <stdint.h>
#include <termios.h>

#include "base/error.h"
#include "runtime/engine/relay.h"
#include "runtime/oci/process.h"

struct session_how {
	bool interactive;  /* -i: standard input goes in */
	bool tty;          /* -t */
	bool detached;     /* nobody listens: the log only */
	bool pass_through; /* the process gets our own streams: nothing to relay, nothing to log */
	bool proxy;        /* signals to us are signals to it */
	int stop_signal;   /* detached: what our SIGTERM means to it; SIGKILL follows */
	int64_t stop_timeout;
	struct log *log; /* may be NULL */
};

enum {
	SESSION_RELAYS = 3
};

struct session {
	struct session_how how;
	int child[3]; /* standard streams of the process; -1: /dev/null */
	struct relay relays[SESSION_RELAYS];
	int signal_fd;
	int keep; /* the writing end of a detached -i: the process waits and sees no end */
	int pidfd, terminal;
	bool raw;
	struct termios saved;
	uint64_t kill_at; /* io_now_ms() when patience ends; 0: not stopping */
};

/* For one that was not opened: closing it does nothing. */
#define SESSION_NONE                                                                               \
	{                                                                                          \
		.child = { -1, -1, -1 }, .relays = { RELAY_NONE, RELAY_NONE, RELAY_NONE },         \
		.signal_fd = -1, .keep = -1, .pidfd = -1, .terminal = -1                           \
	}

int session_open(struct session *ret, const struct session_how *how, struct error *err) MUST_CHECK;
/* The size of the caller's terminal, where there is one. */
void session_size(const struct session *session, struct spec_process *process);
void session_begin(struct session *session, struct process *process);
/* The exit status as a shell counts: 0..255, 128 + signal. */
int session_run(struct session *session, int *ret_status, struct error *err) MUST_CHECK;
void session_close(struct session *session);

/* Does the caller have a terminal at one of its standard streams? */
bool session_sees_terminal(bool interactive);
