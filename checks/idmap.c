/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of the ranges: do they lie in the namespace we live in, and which map comes out. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"

static const struct idmap_range *range_outside(
	const struct idmap_file *file, const struct idmap_map *map)
{
	for (size_t i = 0; i < file->count; i++)
		if (file->ranges[i].ours &&
			!idmap_holds(map, file->ranges[i].start, file->ranges[i].count))
			return &file->ranges[i];
	return NULL;
}

static void judge_outer_of(
	struct verdict *v, const struct idmap *idmap, enum idmap_kind kind, const char *user)
{
	static const char *const maps[] = { "/proc/self/uid_map", "/proc/self/gid_map" };
	const struct idmap_map *map = &idmap->outer[kind];
	const struct idmap_range *range = range_outside(&idmap->files[kind], map);
	char source[160];

	if (!range || v->kind == VERDICT_FAIL)
		return;
	verdict_fail(v, "we are in a user namespace that lacks the user's ids");
	(void)snprintf(source, sizeof(source), "%s:%u", idmap_path(kind), range->line);
	verdict_evidence(v, source, NULL, "%s:%" PRIu64 ":%" PRIu64, range->owner, range->start,
		range->count);
	for (size_t i = 0; i < map->count && i < 3; i++)
		verdict_evidence(v, maps[kind], i == 0 ? "the range inside" : NULL,
			"%" PRIu64 " %" PRIu64 " %" PRIu64, map->extents[i].inside,
			map->extents[i].outside, map->extents[i].count);
	verdict_effect(v, "newuidmap is refused: containers cannot have users of their own");
	verdict_fix(v, "give the container or namespace around us more ids (Incus: "
		       "security.idmap.size=200000; LXC: lxc.idmap)");
	verdict_fix(v, "a range inside: sudo sed -i '%ud' %s && sudo rpod-setup user %s",
		range->line, idmap_path(kind), user);
}

static void judge_setgroups(const struct host *host, struct verdict *v)
{
	const struct fact_text *setgroups = &host->context.setgroups;

	if (setgroups->state == FACT_UNKNOWN)
		judge_unknown(v, host, "/proc/self/setgroups", setgroups->error);
	if (setgroups->state != FACT_KNOWN || strcmp(setgroups->value, "deny") != 0)
		return;
	verdict_warn(v, "no process of this user namespace may set its groups");
	verdict_evidence(v, "/proc/self/setgroups", "allow", "deny");
	verdict_effect(v, "programs in containers that change their user fail");
	verdict_fix(v, "have newgidmap write the map of the namespace around us");
}

static void judge_outer(const struct host *host, struct verdict *v)
{
	const struct idmap_map *maps = host->idmap.outer;

	if (maps[IDMAP_UID].state != FACT_KNOWN || maps[IDMAP_GID].state != FACT_KNOWN) {
		judge_unknown(v, host, "/proc/self/uid_map", 0);
		return;
	}
	if (idmap_is_initial(&maps[IDMAP_UID]) && idmap_is_initial(&maps[IDMAP_GID]))
		return;
	for (int kind = 0; kind < IDMAP_KIND_COUNT; kind++)
		judge_outer_of(v, &host->idmap, (enum idmap_kind)kind, host->user.name);
	if (v->kind == VERDICT_PASS)
		verdict_pass(v, "in a user namespace that has them");
}

/* The map that was made, as its probe tells it: "0 1000 1, 1 100000 65536". */
static uint64_t ids_in_map(const char *text)
{
	unsigned long long inside, outside, count;
	uint64_t n = 0;

	while (sscanf(text, " %llu %llu %llu", &inside, &outside, &count) == 3) {
		n += count;
		text += strcspn(text, ",");
		text += *text == ',';
	}
	return n;
}

/* A profile may let the helper do nothing, not even load its libraries. */
static void explain_denial(const struct host *host, struct verdict *v)
{
	const struct fact_text *denial = &host->lsm.denial;

	if (denial->state != FACT_KNOWN)
		return;
	verdict_evidence(v, "dmesg", "no denial", "%.150s", denial->value);
	if (text_starts(denial->value, "apparmor="))
		verdict_fix(v, "let that profile allow it (a file below /etc/apparmor.d), and load "
			       "it: sudo apparmor_parser -r FILE");
	else
		verdict_fix(v, "sudo setsebool -P user_t_run_containers 1");
}

static void judge_map(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_MAP];
	uint64_t ids = ids_in_map(probe->text);

	if (judge_probe_is_silent(v, host, PROBE_MAP))
		return;
	if (probe->result == PROBE_FAILED) {
		verdict_fail(v, "the id map cannot be written");
		judge_probe_evidence(v, probe, "a map with the user's ranges");
		verdict_effect(v, "containers cannot have users of their own");
		explain_denial(host, v);
	} else if (ids == 1) {
		verdict_warn(v, "containers get one id only");
		verdict_evidence(v, "/proc/self/uid_map", "two extents", "%.150s", probe->text);
		verdict_effect(v, "most images do not unpack, no other user in them");
	} else {
		verdict_pass(v, "%" PRIu64 " ids in a new namespace", ids);
	}
}

static const struct check checks[] = {
	{
		.id = "idmap.setgroups",
		.title = "groups can be set",
		.see = "user_namespaces(7)",
		.scope = CHECK_HOST,
		.sections = HOST_IDMAP | HOST_CONTEXT,
		.needs = NEEDS("idmap.root"),
		.judge = judge_setgroups,
	},
	{
		.id = "idmap.outer",
		.title = "the ids exist where we live",
		.see = "user_namespaces(7)",
		.scope = CHECK_USER,
		.sections = HOST_IDMAP | HOST_USER,
		.needs = NEEDS("user.exists", "idmap.root"),
		.judge = judge_outer,
	},
	{
		.id = "idmap.map",
		.title = "a process of the user gets them",
		.see = "newuidmap(1)",
		.scope = CHECK_USER,
		.sections = HOST_USER | HOST_LSM,
		.probes = 1u << PROBE_MAP,
		.needs = NEEDS("user.exists", "userns.probe", "idmap.newuidmap", "idmap.newgidmap",
			"idmap.no-new-privs", "idmap.group", "idmap.subuid", "idmap.subgid",
			"idmap.self-overlap", "idmap.outer"),
		.judge = judge_map,
	},
};

const struct check_group idmap_group = { "idmap", checks, ARRAY_SIZE(checks) };
