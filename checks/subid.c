/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that a new range must keep away from is sorted by its first id once; the search then walks
 * along it and takes the first gap that is wide enough.
 */
#include "checks/subid.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "host/idmap.h"

enum {
	SUBID_UNIT = 65536,
	SUBID_LEAST = 1024
};

/* Ids others give out: systemd's UIDS-GIDS.md. 60001-65534 (homed, dynamic users, nobody) lie below
 * SUBID_UNIT, which is kept free as a whole. */
static const struct {
	uint64_t first, last;
} taken[] = {
	{ 524288, 1879048191 },     /* systemd-nspawn containers */
	{ 2147352576, 2147418111 }, /* foreign images */
	{ 4294967295, 4294967295 }, /* (uid_t)-1 */
};

struct obstacle {
	uint64_t first, end; /* [first, end) */
	bool polite;         /* of systemd's: kept away from while there is room elsewhere */
};

struct obstacles {
	struct obstacle *list;
	size_t count;
};

static void obstacles_done(struct obstacles *all)
{
	free(all->list);
}
#define _cleanup_obstacles_ CLEANUP(obstacles_done)

static int by_first(const void *a, const void *b)
{
	const struct obstacle *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static void add(struct obstacles *all, uint64_t first, uint64_t end, bool polite)
{
	all->list[all->count++] = (struct obstacle){ first, end, polite };
}

static int collect(const struct idmap *idmap, struct obstacles *ret)
{
	size_t room = ARRAY_SIZE(taken);

	for (int kind = 0; kind < IDMAP_KIND_COUNT; kind++)
		room += idmap->files[kind].count + idmap->real[kind].count;
	ret->list = calloc(room, sizeof(*ret->list));
	if (!ret->list)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		add(ret, taken[i].first, taken[i].last + 1, true);
	for (int kind = 0; kind < IDMAP_KIND_COUNT; kind++) {
		const struct idmap_range *ranges = idmap->files[kind].ranges;

		for (size_t i = 0; i < idmap->files[kind].count; i++)
			add(ret, ranges[i].start, ranges[i].start + ranges[i].count, false);
		for (size_t i = 0; i < idmap->real[kind].count; i++)
			add(ret, idmap->real[kind].ids[i], idmap->real[kind].ids[i] + 1, false);
	}
	qsort(ret->list, ret->count, sizeof(*ret->list), by_first);
	return 0;
}

/* The lowest free start in [first, last], or -ENOSPC. */
static int search(const struct obstacles *all, bool polite, uint64_t first, uint64_t last,
	uint64_t count, uint64_t *ret)
{
	uint64_t start = first;

	for (size_t i = 0; i < all->count; i++) {
		const struct obstacle *o = &all->list[i];

		if (o->polite && !polite)
			continue;
		if (o->first >= start && o->first - start >= count)
			break;
		start = MAX(start, o->end);
	}
	if (start > last || last - start + 1 < count)
		return -ENOSPC;
	*ret = start;
	return 0;
}

static bool is_small(const struct idmap_map *map)
{
	return map->state == FACT_KNOWN && !idmap_is_initial(map);
}

/* Inside login.defs' bounds of both kinds, and inside the extents of our own map if that is one. */
static int search_inside(const struct idmap *idmap, const struct obstacles *all, bool polite,
	uint64_t first, uint64_t last, uint64_t count, uint64_t *ret)
{
	const struct idmap_map *uids = &idmap->outer[IDMAP_UID], *gids = &idmap->outer[IDMAP_GID];

	if (!is_small(uids))
		return search(all, polite, first, last, count, ret);
	for (size_t i = 0; i < uids->count; i++) {
		uint64_t low = MAX(first, uids->extents[i].inside);
		uint64_t high = uids->extents[i].inside + uids->extents[i].count;

		if (high > low && search(all, polite, low, MIN(last, high - 1), count, ret) == 0 &&
			(gids->state != FACT_KNOWN || idmap_holds(gids, *ret, count)))
			return 0;
	}
	return -ENOSPC;
}

/*
 * Where login.defs allows. Between its usual bounds all but the first six ranges lie in what systemd
 * may give to nspawn's containers: that is taken when nothing else is left, as useradd(8) does.
 */
static int search_host(
	const struct idmap *idmap, const struct obstacles *all, struct subid_grant *ret)
{
	const struct idmap_defs *defs = &idmap->defs;
	uint64_t first = MAX(MAX(defs->min[0], defs->min[1]), SUBID_UNIT);
	uint64_t last = MIN(defs->max[0], defs->max[1]);

	if (search_inside(idmap, all, true, first, last, ret->count, &ret->start) == 0)
		return 0;
	return search_inside(idmap, all, false, first, last, ret->count, &ret->start);
}

/* Above the ordinary users' ids and below nobody, where a guest's few ids end: halves until one
 * fits. */
static int search_guest(const struct idmap *idmap, const struct obstacles *all, uint64_t count,
	struct subid_grant *ret)
{
	enum {
		GUEST_FIRST = 2000,
		GUEST_LAST = 60000
	};

	if (!is_small(&idmap->outer[IDMAP_UID]))
		return -ENOSPC;
	for (uint64_t n = MIN(count, SUBID_UNIT / 2); n >= SUBID_LEAST; n /= 2)
		if (search_inside(idmap, all, true, GUEST_FIRST, GUEST_LAST, n, &ret->start) == 0) {
			ret->count = n;
			return 0;
		}
	return -ENOSPC;
}

static bool is_free(const struct obstacles *all, uint64_t start, uint64_t count)
{
	uint64_t found;

	return search(all, false, start, start + count - 1, count, &found) == 0;
}

/* A range of ours in one file that the other lacks and has room for. */
static int find_twin(const struct idmap *idmap, struct subid_grant *ret)
{
	for (int kind = 0; kind < IDMAP_KIND_COUNT; kind++) {
		_cleanup_obstacles_ struct obstacles other = { NULL, 0 };
		const struct idmap_file *file = &idmap->files[kind];
		struct idmap there = { 0 };

		there.files[1 - kind] = idmap->files[1 - kind];
		there.real[1 - kind] = idmap->real[1 - kind];
		if (collect(&there, &other) < 0)
			return -ENOMEM;
		for (size_t i = 0; i < file->count; i++) {
			const struct idmap_range *r = &file->ranges[i];

			if (!r->ours || !is_free(&other, r->start, r->count))
				continue;
			*ret = (struct subid_grant){ r->start, r->count };
			return 1;
		}
	}
	return 0;
}

int subid_grant(const struct idmap *idmap, uint64_t wanted, struct subid_grant *ret)
{
	const struct idmap_file *files = idmap->files;
	uint64_t own[] = { idmap_own_count(&files[IDMAP_UID]), idmap_own_count(&files[IDMAP_GID]) };
	uint64_t least = MIN(own[0], own[1]);
	_cleanup_obstacles_ struct obstacles all = { NULL, 0 };
	struct subid_grant grant = { 0 };

	if (files[0].state == FACT_UNKNOWN || files[1].state == FACT_UNKNOWN ||
		files[0].bad_count > 0 || files[1].bad_count > 0 || idmap->real[0].error ||
		idmap->real[1].error)
		return -EINVAL;
	if (least >= wanted) {
		*ret = grant;
		return 0;
	}
	if (own[0] != own[1] && MAX(own[0], own[1]) >= wanted && find_twin(idmap, ret) == 1 &&
		least + ret->count >= wanted)
		return 0;
	/* whole units, so that later grants stay aligned; less only where less was asked for */
	grant.count = wanted - least;
	if (wanted >= SUBID_UNIT)
		grant.count = (grant.count + SUBID_UNIT - 1) / SUBID_UNIT * SUBID_UNIT;
	if (collect(idmap, &all) < 0)
		return -ENOMEM;
	if (search_host(idmap, &all, &grant) < 0 &&
		(least > 0 || search_guest(idmap, &all, grant.count, &grant) < 0))
		return -ENOSPC;
	*ret = grant;
	return 0;
}

int subid_grant_by_rule(
	const struct idmap *idmap, uint64_t uid, uint64_t wanted, struct subid_grant *ret)
{
	const struct idmap_defs *defs = &idmap->defs;
	_cleanup_obstacles_ struct obstacles all = { NULL, 0 };
	struct subid_grant grant = { 0 };
	int r = subid_grant(idmap, wanted, &grant);

	if (r < 0 || grant.count == 0) {
		*ret = grant;
		return r;
	}
	grant = (struct subid_grant){ .count = defs->count[IDMAP_UID] };
	if (uid < defs->uid_min || grant.count < wanted)
		return -ENOSPC;
	grant.start = defs->min[IDMAP_UID] + (uid - defs->uid_min) * grant.count;
	if (grant.start + grant.count - 1 > MIN(defs->max[0], defs->max[1]))
		return -ENOSPC;
	if (collect(idmap, &all) < 0)
		return -ENOMEM;
	if (!is_free(&all, grant.start, grant.count))
		return -ENOSPC;
	*ret = grant;
	return 0;
}
