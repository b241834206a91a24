/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One direction of one stream: what can be read from one descriptor is written to another and to
 * the log. It never blocks: a write is tried when poll(2) allows it and is no larger than what a
 * pipe takes whole, because descriptors that are not ours may not be made non-blocking.
 */
#pragma once

#include <limits.h>
#include <poll.h>
#include <stdbool.h>

#include "runtime/engine/log.h"

struct relay {
	int from;      /* -1: this relay has ended, or never began */
	int to;        /* -1: only the log hears it */
	bool close_to; /* at the end of @from: the other side is to see it too */
	bool own_from; /* close it at its end */
	struct log *log;
	enum log_stream stream;
	size_t start, length; /* what is read and not yet written */
	char buffer[PIPE_BUF];
};

#define RELAY_NONE                                                                                 \
	{                                                                                          \
		.from = -1, .to = -1                                                               \
	}

/* What to wait for; fd -1 when there is nothing. */
struct pollfd relay_poll(const struct relay *relay);
/* Move what can be moved, as @revents says. */
void relay_move(struct relay *relay, short revents);
void relay_end(struct relay *relay);
bool relay_ended(const struct relay *relay);
