/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/args.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/cli.h"
#include "checks/check.h"
#include "checks/feature.h"

#define CHECKS(...) ((const char *const[]){ __VA_ARGS__, NULL })

const struct subject subjects[] = {
	{ "user", true, NULL },
	{ "host", false, NULL },
	{ "cgroup2", false, CHECKS("cgroup.v2", "cgroup.controllers") },
	{ "sysctl", false, CHECKS("userns", "limits", "net.ports", "net.ping") },
	{ "subids", true,
		CHECKS("idmap.source", "idmap.subuid", "idmap.subgid", "idmap.overlap",
			"idmap.self-overlap") },
	{ "modules", false, CHECKS("device", "kernel.modules", "kernel.features") },
	{ "delegate", true, CHECKS("cgroup.delegation") },
	{ "linger", true, CHECKS("session.linger") },
	{ "selinux", true, CHECKS("selinux") },
	{ "apparmor", false, CHECKS("userns.apparmor") },
	{ "config", true, CHECKS("config") },
	{ "ports", false, CHECKS("net.ports", "net.ping", "net.firewall") },
	{ "packages", false, CHECKS("packages") },
};
const size_t subject_count = ARRAY_SIZE(subjects);

enum {
	SUBIDS_MIN = 65536,
	SUBIDS_MAX = 1 << 30,
	PORTS_MAX = 65535,
	LIMIT_MAX = 1 << 30
};

static int usage(struct error *err)
{
	return error_exit(err, CLI_USAGE);
}

/* "cpu,io memory" -> "cpu io memory", every word a controller of cgroup v2. */
static int finish_controllers(struct args *args, struct error *err)
{
	static const char known[] = "cpu cpuset io memory pids hugetlb rdma misc";
	static char list[128];
	char word[16];
	size_t n;

	args->request.controllers = request_default.controllers;
	if (!args->controllers)
		return 0;
	list[0] = '\0';
	for (const char *at = args->controllers; *at; at += n) {
		size_t used = strlen(list);

		at += strspn(at, ", ");
		n = strcspn(at, ", ");
		(void)snprintf(word, sizeof(word), "%.*s", (int)n, at);
		if (n == 0)
			break;
		if (n >= sizeof(word) || !text_has_word(known, word)) {
			(void)error_say(err, -EINVAL, "'%.*s' is no controller; known are: %s",
				(int)n, at, known);
			return usage(err);
		}
		if (!text_has_word(list, word))
			(void)snprintf(
				list + used, sizeof(list) - used, "%s%s", used ? " " : "", word);
	}
	args->request.controllers = list;
	return 0;
}

static int known_checks(const struct text_list *patterns, struct error *err)
{
	for (size_t i = 0; i < patterns->count; i++) {
		bool found = false;

		for (size_t c = 0; c < check_count() && !found; c++)
			found = check_matches(check_at(c), patterns->items[i]);
		if (!found) {
			(void)error_say(err, -EINVAL,
				"there is no check '%s'; 'rpod-doctor list' names "
				"them",
				patterns->items[i]);
			return usage(err);
		}
	}
	return 0;
}

static int finish_features(struct args *args, struct error *err)
{
	size_t n;

	for (const char *at = args->features; at && *at; at += n) {
		int found;

		at += strspn(at, ", ");
		n = strcspn(at, ", ");
		found = feature_find(at, n);
		if (n > 0 && found < 0) {
			(void)error_say(err, -EINVAL, "'%.*s' is no feature; known are: %s %s %s",
				(int)n, at, feature_word(FEATURE_BRIDGE),
				feature_word(FEATURE_FUSE), feature_word(FEATURE_VXLAN));
			return usage(err);
		}
		if (n > 0)
			args->request.features |= 1u << found;
	}
	return 0;
}

static int finish_open_port(struct args *args, const char *given, struct error *err)
{
	size_t n = strcspn(given, "/");
	const char *protocol = given[n] ? given + n + 1 : "tcp";
	char number[8];
	uint64_t port = 0;

	(void)snprintf(number, sizeof(number), "%.*s", (int)MIN(n, sizeof(number) - 1), given);
	if (n >= sizeof(number) || parse_u64(number, &port) < 0 || port == 0 || port > PORTS_MAX ||
		(strcmp(protocol, "tcp") != 0 && strcmp(protocol, "udp") != 0)) {
		(void)error_say(err, -EINVAL,
			"--open-port '%s' is no port: say 1 to %d, with /udp where it is no tcp",
			given, PORTS_MAX);
		return usage(err);
	}
	return text_list_addf(&args->opened, "%llu/%s", (unsigned long long)port, protocol);
}

static int finish_open_ports(struct args *args, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < args->open_ports.count; i++)
		r = finish_open_port(args, args->open_ports.items[i], err);
	args->request.open_ports = &args->opened;
	return r;
}

static int finish_weaken(struct args *args, struct error *err)
{
	static const char *const words[] = { "apparmor-userns", "low-ports" };

	for (size_t i = 0; i < args->weaken.count; i++) {
		const char *word = args->weaken.items[i];
		size_t bit = 0;

		while (bit < ARRAY_SIZE(words) && strcmp(words[bit], word) != 0)
			bit++;
		if (bit == ARRAY_SIZE(words)) {
			(void)error_say(err, -EINVAL,
				"--allow-weaken '%s' is no guard; known are: %s %s", word, words[0],
				words[1]);
			return usage(err);
		}
		args->request.weaken |= 1u << bit;
	}
	return 0;
}

/* From 0 on everybody may stand in for any service: that is a guard lowered, not a port opened. */
static int finish_ports(struct args *args, struct error *err)
{
	uint64_t from = args->ports_from;

	if (from == ARGS_NOT_GIVEN)
		return 0;
	if (from > PORTS_MAX) {
		(void)error_say(err, -ERANGE, "--ports-from %llu: ports go to %d",
			(unsigned long long)from, PORTS_MAX);
		return usage(err);
	}
	if (from == 0 && !(args->request.weaken & REQUEST_LOW_PORTS)) {
		(void)error_say(err, -EINVAL,
			"--ports-from 0 lets every user take the port of any service; name the "
			"lowest port you need, or add '--allow-weaken low-ports'");
		return usage(err);
	}
	args->request.ports_from = from;
	args->request.ports_all = from == 0;
	return 0;
}

static int finish_subids(struct args *args, struct error *err)
{
	args->request.subid_count = args->subids ? args->subids : request_default.subid_count;
	if (args->subids == 0 || (args->subids >= SUBIDS_MIN && args->subids <= SUBIDS_MAX))
		return 0;
	(void)error_say(err, -ERANGE, "--subids %llu: a user needs from %d to %d ids",
		(unsigned long long)args->subids, SUBIDS_MIN, SUBIDS_MAX);
	return usage(err);
}

static int finish_user(struct args *args, struct error *err)
{
	const struct {
		const char *option, *path;
	} paths[] = { { "--home", args->request.home }, { "--shell", args->request.shell } };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (!paths[i].path || paths[i].path[0] == '/')
			continue;
		(void)error_say(err, -EINVAL, "%s '%s' is no absolute path", paths[i].option,
			paths[i].path);
		return usage(err);
	}
	if (args->uid_given && args->request.uid == 0) {
		(void)error_say(err, -ERANGE, "--uid 0 is root, who needs no preparation");
		return usage(err);
	}
	if (args->request.uid != UINT32_MAX)
		return 0;
	(void)error_say(err, -ERANGE, "--uid 4294967295 means no user to the kernel");
	return usage(err);
}

/* It is written to storage.conf(5) in quotes, and to SELinux's tables as a word. */
static int check_storage(const char *path, struct error *err)
{
	const char *bad = NULL;

	if (path[0] != '/' || !path[1])
		return error_say(err, -EINVAL, "--storage '%s' is no absolute path", path);
	for (const char *at = path; *at && !bad; at++)
		if (!isgraph((unsigned char)*at) || strchr("\"\\$:", *at))
			bad = at;
	if (bad || strstr(path, "//") || strstr(path, "/./") || strstr(path, "/../") ||
		text_ends(path, "/") || text_ends(path, "/.") || text_ends(path, "/.."))
		return error_say(err, -EINVAL,
			"--storage '%s': wanted is a plain path, without '.', '..', a '/' at its "
			"end, "
			"blanks, quotes and the like",
			path);
	return 0;
}

static int finish_storage(struct args *args, struct error *err)
{
	if (!args->request.storage || check_storage(args->request.storage, err) >= 0)
		return 0;
	return usage(err);
}

static int finish_limits(struct args *args, struct error *err)
{
	const struct {
		const char *option;
		uint64_t value, least;
	} limits[] = {
		/* fewer, and systemd itself cannot work there */
		{ "--nofile", args->request.nofile, 1024 },
		{ "--tasks", args->request.tasks, 128 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		if (limits[i].value == 0 ||
			(limits[i].value >= limits[i].least && limits[i].value <= LIMIT_MAX))
			continue;
		(void)error_say(err, -ERANGE, "%s %llu: a number from %llu to %d", limits[i].option,
			(unsigned long long)limits[i].value, (unsigned long long)limits[i].least,
			LIMIT_MAX);
		return usage(err);
	}
	return 0;
}

static int finish_checks(struct args *args, struct error *err)
{
	int r = known_checks(&args->only, err);

	return r < 0 ? r : known_checks(&args->skip, err);
}

int args_finish(struct args *args, struct error *err)
{
	static int (*const steps[])(struct args *, struct error *) = {
		finish_subids,
		finish_user,
		finish_controllers,
		finish_features,
		finish_weaken,
		finish_ports, /* asks what may be weakened */
		finish_open_ports,
		finish_limits,
		finish_storage,
		finish_checks,
	};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(steps); i++)
		r = steps[i](args, err);
	return r;
}
