/* SPDX-License-Identifier: Apache-2.0 */
/* The user's ranges beside those of others, beside accounts, and beside each other. */
#include <inttypes.h>
#include <stdio.h>

#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/meet.h"

#define REFUSED "the kernel refuses the map: no rootless container can start"

enum {
	SOURCE = 160
};

static const char *at_line(char ret[static SOURCE], enum idmap_kind kind, unsigned line)
{
	(void)snprintf(ret, SOURCE, "%s:%u", idmap_path(kind), line);
	return ret;
}

/* usermod(8) takes no range from who has a process running, and none from a line with a uid. */
static void fix_line(const struct host *host, struct verdict *v, enum idmap_kind kind,
	const struct idmap_range *own)
{
	verdict_fix(v, "sudo sed -i '%ud' %s && sudo rpod-setup user %s", own->line,
		idmap_path(kind), host->user.name);
}

static void judge_foreign(const struct host *host, struct verdict *v, enum idmap_kind kind,
	const struct idmap_range *own, const struct idmap_range *other)
{
	char source[SOURCE];

	verdict_fail(v, "ids of this user are also given to '%.60s'", other->owner);
	verdict_evidence(v, at_line(source, kind, own->line), NULL, "%s:%" PRIu64 ":%" PRIu64,
		own->owner, own->start, own->count);
	verdict_evidence(v, at_line(source, kind, other->line), "another range",
		"%s:%" PRIu64 ":%" PRIu64, other->owner, other->start, other->count);
	verdict_effect(v, "containers of one can read and write the files of the other's");
	fix_line(host, v, kind, own);
}

static void judge_real(const struct host *host, struct verdict *v, enum idmap_kind kind,
	const struct idmap_range *own, uint64_t id)
{
	char source[SOURCE];

	verdict_fail(v, "the range holds %s %" PRIu64 ", which is somebody's",
		kind == IDMAP_UID ? "uid" : "gid", id);
	verdict_evidence(v, at_line(source, kind, own->line), NULL, "%s:%" PRIu64 ":%" PRIu64,
		own->owner, own->start, own->count);
	verdict_evidence(v, kind == IDMAP_UID ? "/etc/passwd" : "/etc/group", "not in the range",
		"%" PRIu64, id);
	verdict_effect(v, "containers of this user can be that account");
	fix_line(host, v, kind, own);
}

/* The user's own id: what lies over it is told by idmap.self-overlap. */
static uint64_t own_id(const struct host *host, enum idmap_kind kind)
{
	return kind == IDMAP_UID ? host->user.uid : host->user.gid;
}

static bool holds(const struct idmap_range *range, uint64_t id)
{
	return id >= range->start && id - range->start < range->count;
}

/* The first of somebody else's ids in @own, or NULL. */
static const uint64_t *real_inside(
	const struct host *host, enum idmap_kind kind, const struct idmap_range *own)
{
	const struct idmap_real *real = &host->idmap.real[kind];

	for (size_t i = 0; i < real->count; i++)
		if (holds(own, real->ids[i]) && real->ids[i] != own_id(host, kind))
			return &real->ids[i];
	return NULL;
}

static void judge_overlap(const struct host *host, struct verdict *v)
{
	for (int kind = 0; kind < IDMAP_KIND_COUNT && v->kind != VERDICT_FAIL; kind++) {
		const struct idmap_file *file = &host->idmap.files[kind];
		const struct idmap_range *own, *other;
		const uint64_t *id;

		if (meet_find(file, false, &own, &other))
			judge_foreign(host, v, kind, own, other);
		for (size_t i = 0; i < file->count && v->kind != VERDICT_FAIL; i++) {
			own = &file->ranges[i];
			id = own->ours ? real_inside(host, kind, own) : NULL;
			if (id)
				judge_real(host, v, kind, own, *id);
		}
	}
}

static void judge_pair(struct verdict *v, enum idmap_kind kind, const struct idmap_range *a,
	const struct idmap_range *b)
{
	char source[SOURCE];

	verdict_fail(v, "two lines of this user %s",
		a->start == b->start && a->count == b->count ? "are the same" : "overlap");
	verdict_evidence(v, at_line(source, kind, a->line), NULL, "%s:%" PRIu64 ":%" PRIu64,
		a->owner, a->start, a->count);
	verdict_evidence(v, at_line(source, kind, b->line), "another range, or no line",
		"%s:%" PRIu64 ":%" PRIu64, b->owner, b->start, b->count);
	verdict_effect(v, REFUSED);
	verdict_fix(v, "sudo sed -i '%ud' %s", b->line, idmap_path(kind));
}

static void judge_extents(struct verdict *v, enum idmap_kind kind, const struct idmap_file *file)
{
	size_t own = 0;

	for (size_t i = 0; i < file->count; i++)
		own += file->ranges[i].ours;
	if (own < IDMAP_EXTENTS) /* the user's own id takes one */
		return;
	verdict_fail(v, "this user has %zu ranges: more than a map has places", own);
	verdict_evidence(v, idmap_path(kind), "at most 339 lines", "%zu lines", own);
	verdict_effect(v, REFUSED);
	verdict_fix(v, "give him one long range instead");
}

/* Every map has the user himself as root: his own id cannot be there a second time. */
static void judge_himself(const struct host *host, struct verdict *v, enum idmap_kind kind)
{
	const struct idmap_file *file = &host->idmap.files[kind];
	uint64_t id = own_id(host, kind);
	char source[SOURCE];

	for (size_t i = 0; i < file->count; i++) {
		const struct idmap_range *own = &file->ranges[i];

		if (!own->ours || !holds(own, id))
			continue;
		verdict_fail(v, "the range holds the %s of the user himself",
			kind == IDMAP_UID ? "uid" : "gid");
		verdict_evidence(v, at_line(source, kind, own->line), "a range without it",
			"%s:%" PRIu64 ":%" PRIu64, own->owner, own->start, own->count);
		verdict_evidence(v, "/etc/passwd", NULL, "%s is %" PRIu64, host->user.name, id);
		verdict_effect(v, REFUSED);
		fix_line(host, v, kind, own);
		return;
	}
}

static void judge_self_overlap(const struct host *host, struct verdict *v)
{
	for (int kind = 0; kind < IDMAP_KIND_COUNT && v->kind != VERDICT_FAIL; kind++) {
		const struct idmap_range *a, *b;

		judge_extents(v, kind, &host->idmap.files[kind]);
		if (v->kind != VERDICT_FAIL && meet_find(&host->idmap.files[kind], true, &a, &b))
			judge_pair(v, kind, a, b);
		if (v->kind != VERDICT_FAIL)
			judge_himself(host, v, kind);
	}
}

static const struct check checks[] = {
	{
		.id = "idmap.overlap",
		.title = "the ids are nobody else's",
		.see = "subuid(5)",
		.scope = CHECK_USER,
		.sections = HOST_IDMAP | HOST_USER,
		.needs = NEEDS("user.exists"),
		.judge = judge_overlap,
	},
	{
		.id = "idmap.self-overlap",
		.title = "the user's own ranges are apart",
		.see = "subuid(5)",
		.scope = CHECK_USER,
		.sections = HOST_IDMAP | HOST_USER,
		.needs = NEEDS("user.exists"),
		.judge = judge_self_overlap,
	},
};

const struct check_group idmap_overlap_group = { "idmap", checks, ARRAY_SIZE(checks) };
