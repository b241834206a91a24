/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/engine/relay.h"

#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"

struct pollfd relay_poll(const struct relay *relay)
{
	if (relay->length > 0)
		return (struct pollfd){ .fd = relay->to, .events = POLLOUT };
	return (struct pollfd){ .fd = relay->from, .events = POLLIN };
}

bool relay_ended(const struct relay *relay)
{
	return relay->from < 0 && relay->length == 0;
}

void relay_end(struct relay *relay)
{
	if (relay->own_from)
		cleanup_close(&relay->from);
	if (relay->close_to)
		cleanup_close(&relay->to);
	relay->from = relay->to = -1;
	relay->length = 0;
}

/* EIO is how a terminal's master says that nobody has the other side open any more. */
static void read_some(struct relay *relay)
{
	ssize_t n = read(relay->from, relay->buffer, sizeof(relay->buffer));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		relay_end(relay);
		return;
	}
	if (relay->log)
		(void)log_write(relay->log, relay->stream, relay->buffer, (size_t)n);
	relay->start = 0;
	relay->length = relay->to >= 0 ? (size_t)n : 0;
}

/* A reader who went away does not stop the container: it is logged and drained. */
static void write_some(struct relay *relay)
{
	ssize_t n = write(relay->to, relay->buffer + relay->start, relay->length);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n < 0) {
		if (relay->close_to) {
			relay_end(relay);
			return;
		}
		relay->to = -1;
		relay->length = 0;
		return;
	}
	relay->start += (size_t)n;
	relay->length -= (size_t)n;
}

void relay_move(struct relay *relay, short revents)
{
	if (!revents || relay->from < 0)
		return;
	if (relay->length > 0)
		write_some(relay);
	else
		read_some(relay);
}
