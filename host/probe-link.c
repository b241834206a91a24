/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What networks of several containers are made of, tried in a network namespace of our own: the
 * kernel loads each module for who asks for it there, or says that it has none. rtnetlink(7);
 * nfnetlink wants its messages between the two ends of a batch.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/engine.h"
#include "host/probe-try.h"

enum {
	ROOM = 512
};

/* Messages one after the other. Nothing here comes near the room. */
struct request {
	char data[ROOM] __attribute__((aligned(NLMSG_ALIGNTO)));
	size_t length;
};

/* Netlink's own structs are aligned to four bytes, as this is. */
static void *add(struct request *to, const void *bytes, size_t n)
{
	void *place = to->data + to->length;

	memcpy(place, bytes, n);
	to->length += NLMSG_ALIGN(n);
	return place;
}

static struct nlmsghdr *begin(struct request *to, int type, int flags)
{
	struct nlmsghdr head = { .nlmsg_type = (uint16_t)type,
		.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
		.nlmsg_seq = 1 };

	return add(to, &head, sizeof(head));
}

static void end(struct request *to, struct nlmsghdr *head)
{
	head->nlmsg_len = (uint32_t)(to->data + to->length - (char *)head);
}

static struct nlattr *begin_attribute(struct request *to, unsigned type)
{
	struct nlattr head = { .nla_type = (uint16_t)type };

	return add(to, &head, sizeof(head));
}

static void add_words(struct request *to, unsigned type, const char *words)
{
	struct nlattr *attribute = begin_attribute(to, type);
	size_t n = strlen(words) + 1;

	(void)add(to, words, n);
	attribute->nla_len = (uint16_t)(sizeof(*attribute) + n);
}

/* The first answer that is an error, or the acknowledgement. */
static int await(int fd)
{
	char answer[ROOM] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t n = recv(fd, answer, sizeof(answer), 0);
	const struct nlmsghdr *head = (const struct nlmsghdr *)answer;

	if (n < 0)
		return -errno;
	if ((size_t)n < NLMSG_LENGTH(sizeof(struct nlmsgerr)) || head->nlmsg_type != NLMSG_ERROR)
		return -EBADMSG;
	return ((const struct nlmsgerr *)NLMSG_DATA(head))->error;
}

static int ask(int protocol, const struct request *request)
{
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0 || send(fd, request->data, request->length, 0) < 0)
		return -errno;
	return await(fd);
}

static int make_link(const char *kind)
{
	struct request request = { .length = 0 };
	struct ifinfomsg link = { .ifi_family = AF_UNSPEC };
	struct nlmsghdr *head = begin(&request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK);
	struct nlattr *info;

	(void)add(&request, &link, sizeof(link));
	info = begin_attribute(&request, IFLA_LINKINFO);
	add_words(&request, IFLA_INFO_KIND, kind);
	info->nla_len = (uint16_t)(request.data + request.length - (char *)info);
	end(&request, head);
	return ask(NETLINK_ROUTE, &request);
}

static void mark_batch(struct request *to, int type)
{
	struct nfgenmsg mark = { .res_id = htons(NFNL_SUBSYS_NFTABLES) };
	struct nlmsghdr *head = begin(to, type, 0);

	(void)add(to, &mark, sizeof(mark));
	end(to, head);
}

static int make_table(void)
{
	struct request request = { .length = 0 };
	struct nfgenmsg family = { .nfgen_family = AF_INET };
	struct nlmsghdr *head;

	mark_batch(&request, NFNL_MSG_BATCH_BEGIN);
	head = begin(
		&request, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE, NLM_F_CREATE | NLM_F_ACK);
	(void)add(&request, &family, sizeof(family));
	add_words(&request, NFTA_TABLE_NAME, "rpod");
	end(&request, head);
	mark_batch(&request, NFNL_MSG_BATCH_END);
	return ask(NETLINK_NETFILTER, &request);
}

int probe_link(const struct probe_try *t)
{
	int r = probe_enter(t, CLONE_NEWUSER | CLONE_NEWNET);

	if (r < 0)
		return r;
	probe_step(t, "make a bridge");
	r = make_link("bridge");
	if (r < 0)
		return r;
	probe_step(t, "make a veth pair");
	r = make_link("veth");
	if (r < 0)
		return r;
	probe_step(t, "make a table of nf_tables");
	return make_table();
}

/* Only who makes such networks is to have their modules loaded. */
const char *probe_link_lacks(const struct host *host)
{
	return engine_is_installed(host) ? NULL : "no engine that makes bridges";
}
