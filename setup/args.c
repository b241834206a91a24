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
		CHECKS("idmap.subuid", "idmap.subgid", "idmap.overlap", "idmap.self-overlap") },
	{ "modules", false, CHECKS("device", "kernel.modules", "kernel.features") },
	{ "delegate", true, CHECKS("cgroup.delegation") },
	{ "linger", true, CHECKS("session.linger") },
	{ "selinux", true, CHECKS("selinux") },
	{ "config", true, CHECKS("config") },
	{ "ports", false, CHECKS("net.ports") },
};
const size_t subject_count = ARRAY_SIZE(subjects);

enum {
	SUBIDS_MIN = 65536,
	SUBIDS_MAX = 1 << 30,
	PORTS_MAX = 65535
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

int args_finish(struct args *args, struct error *err)
{
	args->request.subid_count = args->subids ? args->subids : request_default.subid_count;
	args->request.controllers = request_default.controllers;
	if (args->subids && (args->subids < SUBIDS_MIN || args->subids > SUBIDS_MAX)) {
		(void)error_say(err, -ERANGE, "--subids %llu: a user needs from %d to %d ids",
			(unsigned long long)args->subids, SUBIDS_MIN, SUBIDS_MAX);
		return usage(err);
	}
	if (args->request.home && args->request.home[0] != '/') {
		(void)error_say(
			err, -EINVAL, "--home '%s' is no absolute path", args->request.home);
		return usage(err);
	}
	if (args->request.shell && args->request.shell[0] != '/') {
		(void)error_say(
			err, -EINVAL, "--shell '%s' is no absolute path", args->request.shell);
		return usage(err);
	}
	if (args->request.uid == UINT32_MAX) {
		(void)error_say(err, -ERANGE, "--uid 4294967295 means no user to the kernel");
		return usage(err);
	}
	if (args->controllers && finish_controllers(args, err) < 0)
		return -EINVAL;
	if (finish_features(args, err) < 0 || finish_weaken(args, err) < 0 ||
		finish_ports(args, err) < 0)
		return -EINVAL;
	if (known_checks(&args->only, err) < 0)
		return -EINVAL;
	return known_checks(&args->skip, err);
}
