/* SPDX-License-Identifier: Apache-2.0 */
/* What podman's pause process keeps, against what the files say now. */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"

#define AFRESH "podman system migrate # as the user; it stops his containers"

static bool has_extent(const struct idmap_map *map, const struct idmap_range *range)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->extents[i].outside == range->start &&
			map->extents[i].count == range->count)
			return true;
	return false;
}

/* The user's own id and every range of his, no other. */
static bool is_of_file(const struct idmap_map *map, const struct idmap_file *file)
{
	size_t own = 0;

	for (size_t i = 0; i < file->count; i++) {
		if (!file->ranges[i].ours)
			continue;
		if (!has_extent(map, &file->ranges[i]))
			return false;
		own++;
	}
	return map->count == own + 1;
}

static void say_map(struct verdict *v, const struct host *host, enum idmap_kind kind)
{
	static const char *const names[] = { "uid_map", "gid_map" };
	const struct idmap_map *map = &host->idmap.kept[kind];
	_cleanup_text_ struct text extents = { 0 };
	char source[64];

	for (size_t i = 0; i < map->count && i < 4; i++)
		text_addf(&extents, "%s%" PRIu64 " %" PRIu64 " %" PRIu64, i ? ", " : "",
			map->extents[i].inside, map->extents[i].outside, map->extents[i].count);
	(void)snprintf(source, sizeof(source), "/proc/%" PRId64 "/%s", host->idmap.pause.pid.value,
		names[kind]);
	verdict_evidence(v, source, kind == IDMAP_UID ? "as in /etc/subuid" : "as in /etc/subgid",
		"%s", text_get(&extents));
}

static void judge_map(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_MAP];

	for (int kind = 0; kind < IDMAP_KIND_COUNT; kind++) {
		if (host->idmap.kept[kind].state != FACT_KNOWN ||
			host->idmap.files[kind].state == FACT_UNKNOWN ||
			is_of_file(&host->idmap.kept[kind], &host->idmap.files[kind]))
			continue;
		verdict_warn(v, "podman keeps a map that is older than the files");
		say_map(v, host, kind);
	}
	if (v->kind == VERDICT_WARN) {
		verdict_effect(v, "what was changed in the files does not count yet");
		verdict_fix(v, AFRESH);
	} else if (probe->result == PROBE_FAILED) {
		verdict_pass(v,
			"podman works on in the namespace of process %" PRId64 " until that ends",
			host->idmap.pause.pid.value);
	} else {
		verdict_pass(v, "process %" PRId64 " keeps it", host->idmap.pause.pid.value);
	}
}

/* Who runs in the host's own namespace, or is somebody else, keeps none for this user. */
static bool is_another(const struct host *host)
{
	return host->idmap.pause.uid != host->user.uid ||
	       idmap_is_initial(&host->idmap.kept[IDMAP_UID]);
}

static void judge_pause(const struct host *host, struct verdict *v)
{
	const struct pause *pause = &host->idmap.pause;

	if (pause->pid.state == FACT_UNKNOWN) {
		judge_unknown(v, host, pause->path, pause->pid.error);
	} else if (pause->pid.state == FACT_ABSENT) {
		verdict_pass(v, "podman keeps none");
	} else if (pause->process != FACT_KNOWN) {
		verdict_pass(v, "its process is gone: podman makes another");
	} else if (is_another(host)) {
		verdict_warn(v, "podman's pause.pid names a process that is none of podman's");
		verdict_evidence(v, pause->path, "a process of the user, in a user namespace",
			"%" PRId64 ", of uid %u", pause->pid.value, (unsigned)pause->uid);
		verdict_effect(v, "podman before version 5 joins it, and fails");
		verdict_fix(v, "rm %s && " AFRESH, pause->path);
	} else if (!idmap_is_elsewhere(&host->idmap)) {
		judge_map(host, v);
	}
}

static const struct check checks[] = {
	{
		.id = "idmap.pause",
		.title = "the map that podman keeps is that of the files",
		.see = "podman-system-migrate(1)",
		.scope = CHECK_USER,
		.sections = HOST_IDMAP | HOST_USER,
		.probes = 1u << PROBE_MAP,
		.needs = NEEDS("user.exists"),
		.judge = judge_pause,
	},
};

const struct check_group idmap_pause_group = { "idmap", checks, ARRAY_SIZE(checks) };
