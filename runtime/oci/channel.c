/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci/channel.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"

/* What stands in a packet; an error follows only where the word is CHANNEL_ERROR. */
struct packet {
	char word;
	pid_t pid;
};

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

int channel_open(int ret[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0 ? -errno : 0;
}

static int send_packet(int fd, struct packet packet, const struct error *error, int passed)
{
	union control control = { 0 };
	struct iovec parts[] = {
		{ &packet, sizeof(packet) },
		{ (void *)error, sizeof(*error) },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = error ? 2 : 1 };
	ssize_t n;

	if (passed >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control.room);
		*CMSG_FIRSTHDR(&message) = (struct cmsghdr){
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(sizeof(int)),
		};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &passed, sizeof(passed));
	}
	do
		n = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int channel_send(int fd, enum channel_word word)
{
	return send_packet(fd, (struct packet){ .word = (char)word }, NULL, -1);
}

int channel_send_fd(int fd, enum channel_word word, int passed, pid_t pid)
{
	return send_packet(fd, (struct packet){ .word = (char)word, .pid = pid }, NULL, passed);
}

int channel_send_error(int fd, const struct error *err)
{
	return send_packet(fd, (struct packet){ .word = CHANNEL_ERROR }, err, -1);
}

static int passed_fd(struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
		header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

int channel_receive(int fd, struct channel_message *ret)
{
	union control control = { 0 };
	struct packet packet = { 0 };
	struct iovec parts[] = {
		{ &packet, sizeof(packet) },
		{ &ret->error, sizeof(ret->error) },
	};
	struct msghdr message = {
		.msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = &control,
		.msg_controllen = sizeof(control.room),
	};
	ssize_t n;

	*ret = (struct channel_message){ .fd = -1 };
	/* ECONNRESET, told once: the other end closed with our words unread. Its own words may
	 * still be there, and come with the next call (unix_dgram_recvmsg) */
	do
		n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return -errno;
	if (n <= 0)
		return 0;
	ret->fd = passed_fd(&message);
	ret->pid = packet.pid;
	ret->word = (enum channel_word)packet.word;
	if (ret->word != CHANNEL_ERROR)
		return 0;
	if ((size_t)n != sizeof(packet) + sizeof(ret->error))
		return -EPROTO;
	ret->error.text[sizeof(ret->error.text) - 1] = '\0';
	ret->error.see[sizeof(ret->error.see) - 1] = '\0';
	return 0;
}

/* The caller speaks ahead: a word that is not awaited yet is kept until it is. */
static char kept[8];

static bool take_kept(enum channel_word word)
{
	for (size_t i = 0; i < sizeof(kept); i++)
		if (kept[i] == (char)word) {
			kept[i] = 0;
			return true;
		}
	return false;
}

static int keep(enum channel_word word)
{
	for (size_t i = 0; i < sizeof(kept); i++)
		if (!kept[i]) {
			kept[i] = (char)word;
			return 0;
		}
	return -EPROTO;
}

int channel_await(int fd, enum channel_word word, struct channel_message *ret)
{
	int r = 0;

	while (r == 0) {
		r = channel_receive(fd, ret);
		if (r < 0 || ret->word == word || ret->word == CHANNEL_ERROR)
			return r;
		if (ret->fd >= 0)
			(void)close(take_fd(&ret->fd));
		r = ret->word == CHANNEL_EOF ? -EPIPE : keep(ret->word);
	}
	return r;
}

int channel_expect(int fd, enum channel_word word)
{
	struct channel_message message;
	int r;

	if (take_kept(word))
		return 0;
	r = channel_await(fd, word, &message);
	if (r == 0 && message.fd >= 0)
		(void)close(message.fd);
	return r == 0 && message.word == CHANNEL_ERROR ? -EPIPE : r;
}
