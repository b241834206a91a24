/* SPDX-License-Identifier: Apache-2.0 */
/* --network and -p: which namespace, and what pasta is to do in it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "runtime/engine/assemble.h"

/* "80" or "8000-8010" */
static int parse_range(const char *word, uint32_t *ret_first, uint32_t *ret_last)
{
	char first[8];
	const char *dash = strchr(word, '-');
	size_t n = dash ? (size_t)(dash - word) : strlen(word);

	if (n >= sizeof(first))
		return -ERANGE;
	memcpy(first, word, n);
	first[n] = '\0';
	if (parse_u32(first, ret_first) < 0 || parse_u32(dash ? dash + 1 : first, ret_last) < 0)
		return -EINVAL;
	if (*ret_first < 1 || *ret_last > 65535 || *ret_last < *ret_first)
		return -ERANGE;
	return 0;
}

static void print_range(char *ret, size_t size, uint32_t first, uint32_t last)
{
	if (first == last)
		(void)snprintf(ret, size, "%u", (unsigned)first);
	else
		(void)snprintf(ret, size, "%u-%u", (unsigned)first, (unsigned)last);
}

static int parse_protocol(char *word, struct net_port *ret)
{
	char *slash = strchr(word, '/');

	(void)text_copy(ret->flag, sizeof(ret->flag), "-t");
	if (!slash)
		return 0;
	*slash = '\0';
	if (strcmp(slash + 1, "udp") == 0)
		(void)text_copy(ret->flag, sizeof(ret->flag), "-u");
	else if (strcmp(slash + 1, "tcp") != 0)
		return -EPROTONOSUPPORT;
	return 0;
}

/* Cut "ADDRESS:" or "[ADDRESS]:" off; *ret_address "" where there is none. */
static int parse_address(char **word, char *ret_address, size_t size)
{
	char *last = strrchr(*word, ':');
	unsigned char binary[16];
	char *host = NULL;

	ret_address[0] = '\0';
	for (char *c = *word; last && c < last; c++)
		if (*c == ':')
			host = c;
	if (!host)
		return 0;
	*host = '\0';
	if (**word == '[' && host[-1] == ']') {
		host[-1] = '\0';
		++*word;
	}
	if (**word && inet_pton(AF_INET, *word, binary) != 1 &&
		inet_pton(AF_INET6, *word, binary) != 1)
		return -EINVAL;
	if (!text_copy(ret_address, size, *word))
		return -EINVAL;
	*word = host + 1;
	return 0;
}

static int say_bad_port(const char *word, struct error *err)
{
	return error_say(err, -EINVAL,
		"bad port '%s': [IP:]HOSTPORT:CONTAINERPORT[/tcp|udp], ports "
		"from 1 to 65535 or ranges of the same length",
		word);
}

int net_parse_port(const char *word, struct net_port *ret, struct error *err)
{
	char copy[96], address[48], host[16], inside[16];
	uint32_t host_first, host_last, first, last;
	char *at = copy, *colon;

	*ret = (struct net_port){ 0 };
	if (!text_copy(copy, sizeof(copy), word) || parse_protocol(copy, ret) < 0 ||
		parse_address(&at, address, sizeof(address)) < 0)
		return say_bad_port(word, err);
	colon = strchr(at, ':');
	if (colon)
		*colon = '\0';
	if (parse_range(colon ? colon + 1 : at, &first, &last) < 0 ||
		parse_range(at, &host_first, &host_last) < 0 ||
		last - first != host_last - host_first)
		return say_bad_port(word, err);
	print_range(host, sizeof(host), host_first, host_last);
	print_range(inside, sizeof(inside), first, last);
	(void)snprintf(ret->value, sizeof(ret->value), "%s%s%s:%s", address, *address ? "/" : "",
		host, inside);
	(void)snprintf(ret->host, sizeof(ret->host), "%s:%s", *address ? address : "0.0.0.0", host);
	(void)snprintf(ret->inside, sizeof(ret->inside), "%s/%s", inside,
		ret->flag[1] == 'u' ? "udp" : "tcp");
	(void)snprintf(ret->shown, sizeof(ret->shown), "%s->%s", ret->host, ret->inside);
	return 0;
}

static int share(
	struct assembly *assembly, const char *name, const struct place *place, struct error *err)
{
	_cleanup_container_ struct container other = { .dir_fd = -1, .run_fd = -1, .state_fd = -1 };
	struct state state;
	char path[32];
	int r;

	r = container_open(&other, place, name, err);
	if (r < 0)
		return r;
	state_read(&other, 0, &state);
	if (state.kind != STATE_RUNNING)
		return error_say(
			err, -ESRCH, "cannot share the network of '%s': it is not running", name);
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)state.pid);
	assembly->network_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (assembly->network_fd < 0)
		return error_set(err, -errno, "cannot open the network of '%s'", name);
	assembly->spec.namespaces[SPEC_NS_NET] =
		(struct spec_namespace){ SPEC_NS_JOIN, assembly->network_fd };
	return 0;
}

static const char *const no_words[] = { NULL };

static int add_words(struct text_list *list, const char *const *words, struct error *err)
{
	for (; *words; words++)
		if (text_list_add(list, *words) < 0)
			return error_set(err, -ENOMEM, "cannot set up the network");
	return 0;
}

/* "pasta:--option,value": podman's way to hand options through. */
static int add_custom(struct text_list *list, const char *options, struct error *err)
{
	_cleanup_free_ char *copy = strdup(options);
	char *rest = NULL;

	for (char *word = copy ? strtok_r(copy, ",", &rest) : NULL; word;
		word = strtok_r(NULL, ",", &rest))
		if (text_list_add(list, word) < 0)
			return error_set(err, -ENOMEM, "cannot set up the network");
	return 0;
}

static int set_pasta(struct assembly *assembly, const struct settings *settings,
	const struct container *container, const struct place *place, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < settings->publish.count; i++) {
		struct net_port port;

		r = net_parse_port(settings->publish.items[i], &port, err);
		if (r >= 0)
			r = add_words(&assembly->pasta,
				(const char *[]){ port.flag, port.value, NULL }, err);
	}
	if (r >= 0 && text_starts(settings->network, "pasta:"))
		r = add_custom(&assembly->pasta, settings->network + strlen("pasta:"), err);
	assembly->spec.pasta.dir = place->run;
	assembly->spec.pasta.pid_file = assembly_keep(assembly, "%s/pasta.pid", container->id);
	/* a list without words is a list: pasta runs, and forwards nothing */
	assembly->spec.pasta.options =
		assembly->pasta.items ? (const char *const *)assembly->pasta.items : no_words;
	return r;
}

int net_set(struct assembly *assembly, const struct settings *settings, const struct place *place,
	const struct container *container, struct error *err)
{
	const char *network = settings->network;
	bool pasta = strcmp(network, "pasta") == 0 || text_starts(network, "pasta:");

	if (settings->publish.count > 0 && !pasta)
		return error_say(err, -EINVAL,
			"cannot publish ports with '--network %s'; pasta can", network);
	if (pasta)
		return set_pasta(assembly, settings, container, place, err);
	if (text_starts(network, "container:"))
		return share(assembly, network + strlen("container:"), place, err);
	if (strcmp(network, "host") == 0)
		assembly->spec.namespaces[SPEC_NS_NET].mode = SPEC_NS_HOST;
	else if (strcmp(network, "none") != 0)
		return error_say(err, -EINVAL,
			"unknown network '%s'; there are none, host, pasta and "
			"container:NAME",
			network);
	return 0;
}
