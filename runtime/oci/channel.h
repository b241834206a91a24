/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversation between the caller and the container's first process while it is made: a
 * SOCK_SEQPACKET pair, closed on exec. One letter, or an error unchanged, or a letter with a
 * descriptor. The child's end closing without a word after CHANNEL_START means exec succeeded.
 */
#pragma once

#include <sys/types.h>

#include "base/error.h"

enum channel_word {
	CHANNEL_EOF = 0,
	CHANNEL_MAPPED = 'u',   /* caller: the id map is written */
	CHANNEL_PLACED = 'c',   /* caller: you are in your cgroup */
	CHANNEL_START = 's',    /* caller: run the command */
	CHANNEL_READY = 'r',    /* child: all is made */
	CHANNEL_TERMINAL = 't', /* child: the pty's master comes along */
	CHANNEL_FUSE = 'f',     /* child: fuse-overlayfs, please; caller: its tree comes along */
	CHANNEL_PID = 'p',      /* exec's helper: the process and its pidfd */
	CHANNEL_ERROR = 'e',
};

int channel_open(int ret[2]) MUST_CHECK;
int channel_send(int fd, enum channel_word word) MUST_CHECK;
int channel_send_fd(int fd, enum channel_word word, int passed, pid_t pid) MUST_CHECK;
int channel_send_error(int fd, const struct error *err);

struct channel_message {
	enum channel_word word;
	int fd;    /* -1: none came */
	pid_t pid; /* CHANNEL_PID */
	struct error error;
};

/* The next message. 0, also at the end (CHANNEL_EOF), or a negative errno. */
int channel_receive(int fd, struct channel_message *ret) MUST_CHECK;
/* Wait for @word (or an error) from the caller, with what comes along; -EPIPE when it went away.
 * Other words are kept for the call that expects them. */
int channel_await(int fd, enum channel_word word, struct channel_message *ret) MUST_CHECK;
/* The same for a word alone. */
int channel_expect(int fd, enum channel_word word) MUST_CHECK;
