/* SPDX-License-Identifier: Apache-2.0 */
/* What the container may not do: capabilities, system calls, paths, resource limits. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "runtime/engine/assemble.h"

/* The bits of --cap-add's or --cap-drop's words; *ret_all: "all" was among them. */
static int read_caps(const struct text_list *words, const char *option, uint64_t *ret,
	bool *ret_all, struct error *err)
{
	*ret = 0;
	*ret_all = false;
	for (size_t i = 0; i < words->count; i++) {
		int number;

		if (strcasecmp(words->items[i], "all") == 0) {
			*ret_all = true;
			continue;
		}
		number = spec_cap_number(words->items[i]);
		if (number < 0)
			return error_say(err, number,
				"unknown capability '%s' of option '%s'; "
				"capabilities(7) lists them",
				words->items[i], option);
		*ret |= 1ULL << number;
	}
	return 0;
}

int confine_process(
	struct spec_process *process, const struct settings *settings, struct error *err)
{
	uint64_t add, drop, caps = settings->privileged ? spec_all_caps() : spec_default_caps;
	bool add_all, drop_all;
	int r;

	r = read_caps(&settings->cap_add, "--cap-add", &add, &add_all, err);
	if (r >= 0)
		r = read_caps(&settings->cap_drop, "--cap-drop", &drop, &drop_all, err);
	if (r < 0)
		return r;
	if (drop_all)
		caps = 0;
	if (add_all)
		caps = spec_all_caps();
	caps = (caps | add) & ~drop;
	process->caps.bounding = process->caps.effective = process->caps.permitted = caps;
	/* podman: what was added by name reaches a user who is not root too */
	process->caps.inheritable = 0;
	process->caps.ambient = add & caps;
	process->caps.by_user = true;
	process->no_new_privileges = settings->no_new_privileges;
	if (settings->privileged || settings->seccomp)
		process->seccomp = SPEC_SECCOMP_NONE;
	return 0;
}

struct limit_name {
	const char *name;
	int resource;
};

static const struct limit_name limit_names[] = {
	{ "as", RLIMIT_AS },
	{ "core", RLIMIT_CORE },
	{ "cpu", RLIMIT_CPU },
	{ "data", RLIMIT_DATA },
	{ "fsize", RLIMIT_FSIZE },
	{ "locks", RLIMIT_LOCKS },
	{ "memlock", RLIMIT_MEMLOCK },
	{ "msgqueue", RLIMIT_MSGQUEUE },
	{ "nice", RLIMIT_NICE },
	{ "nofile", RLIMIT_NOFILE },
	{ "nproc", RLIMIT_NPROC },
	{ "rss", RLIMIT_RSS },
	{ "rtprio", RLIMIT_RTPRIO },
	{ "rttime", RLIMIT_RTTIME },
	{ "sigpending", RLIMIT_SIGPENDING },
	{ "stack", RLIMIT_STACK },
};

static int read_limit_value(const char *word, rlim_t *ret)
{
	uint64_t value;
	int r;

	if (strcmp(word, "-1") == 0 || strcmp(word, "unlimited") == 0) {
		*ret = RLIM_INFINITY;
		return 0;
	}
	r = parse_u64(word, &value);
	if (r >= 0)
		*ret = (rlim_t)value;
	return r;
}

static int read_limit(const char *word, struct spec_rlimit *ret, struct error *err)
{
	_cleanup_free_ char *copy = strdup(word);
	char *soft = copy ? strchr(copy, '=') : NULL, *hard;

	if (!soft)
		return error_say(err, -EINVAL, "ulimit '%s' must be NAME=SOFT[:HARD]", word);
	*soft++ = '\0';
	hard = strchr(soft, ':');
	if (hard)
		*hard++ = '\0';
	ret->resource = -1;
	for (size_t i = 0; i < ARRAY_SIZE(limit_names); i++)
		if (strcmp(limit_names[i].name, copy) == 0)
			ret->resource = limit_names[i].resource;
	if (ret->resource < 0)
		return error_say(err, -EINVAL, "unknown limit '%s' in ulimit '%s'", copy, word);
	if (read_limit_value(soft, &ret->limit.rlim_cur) < 0 ||
		read_limit_value(hard ? hard : soft, &ret->limit.rlim_max) < 0 ||
		ret->limit.rlim_cur > ret->limit.rlim_max)
		return error_say(err, -EINVAL,
			"bad values in ulimit '%s': numbers or -1, soft not "
			"above hard",
			word);
	return 0;
}

static int set_limits(struct assembly *assembly, const struct settings *settings, struct error *err)
{
	if (settings->ulimits.count > ASSEMBLE_LIMITS)
		return error_say(err, -E2BIG, "more than %d ulimits", ASSEMBLE_LIMITS);
	for (size_t i = 0; i < settings->ulimits.count; i++) {
		int r = read_limit(settings->ulimits.items[i], &assembly->limits[i], err);

		if (r < 0)
			return r;
	}
	assembly->spec.process.rlimits = assembly->limits;
	assembly->spec.process.rlimit_count = settings->ulimits.count;
	return 0;
}

/* Is @path in a list of "path:path" words, or is there "ALL"? */
static bool listed(const struct text_list *words, const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < words->count; i++) {
		const char *at = words->items[i];

		if (strcasecmp(at, "all") == 0)
			return true;
		for (; *at; at += strcspn(at, ":"), at += *at == ':')
			if (strcspn(at, ":") == n && memcmp(at, path, n) == 0)
				return true;
	}
	return false;
}

static void keep_masked(const char **to, const char *const *from, const struct settings *settings)
{
	size_t n = 0;

	for (; !settings->privileged && *from && n + 1 < ASSEMBLE_PATHS; from++)
		if (!listed(&settings->unmasks, *from))
			to[n++] = *from;
	to[n] = NULL;
}

static int add_masks(struct assembly *assembly, const struct text_list *words, struct error *err)
{
	size_t n = 0;

	while (assembly->masked[n])
		n++;
	for (size_t i = 0; i < words->count; i++)
		for (const char *at = words->items[i]; *at; at += *at == ':') {
			int length = (int)strcspn(at, ":");

			if (n + 1 >= ASSEMBLE_PATHS)
				return error_say(err, -E2BIG, "too many paths to mask");
			if (*at != '/')
				return error_say(err, -EINVAL,
					"'%.*s' to be masked is no absolute "
					"path",
					length, at);
			assembly->masked[n++] = assembly_keep(assembly, "%.*s", length, at);
			at += length;
		}
	assembly->masked[n] = NULL;
	return 0;
}

int confine_set(struct assembly *assembly, const struct settings *settings, struct error *err)
{
	int r;

	r = confine_process(&assembly->spec.process, settings, err);
	if (r < 0)
		return r;
	keep_masked(assembly->masked, spec_masked, settings);
	keep_masked(assembly->read_only, spec_read_only_paths, settings);
	r = add_masks(assembly, &settings->masks, err);
	if (r < 0)
		return r;
	assembly->spec.masked = assembly->masked;
	assembly->spec.read_only_paths = assembly->read_only;
	return set_limits(assembly, settings, err);
}
