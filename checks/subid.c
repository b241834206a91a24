/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search keeps a candidate start and lets every obstacle push it up: each pass over all
 * obstacles either moves the candidate beyond one that it meets, or finds that it meets none. The
 * candidate only grows, so this ends.
 */
#include "checks/subid.h"

#include <errno.h>

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

static bool meets(uint64_t a, uint64_t a_count, uint64_t b, uint64_t b_count)
{
	return a_count > 0 && b_count > 0 && a < b + b_count && b < a + a_count;
}

/* The first id behind an obstacle that [start, start + count) meets, or 0. */
static uint64_t behind_line(const struct idmap_file *file, uint64_t start, uint64_t count)
{
	for (size_t i = 0; i < file->count; i++)
		if (meets(start, count, file->ranges[i].start, file->ranges[i].count))
			return file->ranges[i].start + file->ranges[i].count;
	return 0;
}

static uint64_t behind_real(const struct idmap_real *real, uint64_t start, uint64_t count)
{
	for (size_t i = 0; i < real->count; i++)
		if (meets(start, count, real->ids[i], 1))
			return real->ids[i] + 1;
	return 0;
}

static uint64_t behind_taken(uint64_t start, uint64_t count)
{
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		if (meets(start, count, taken[i].first, taken[i].last - taken[i].first + 1))
			return taken[i].last + 1;
	return 0;
}

static uint64_t behind_any(const struct idmap *idmap, bool polite, uint64_t start, uint64_t count)
{
	uint64_t next = polite ? behind_taken(start, count) : 0;

	for (int kind = 0; kind < IDMAP_KIND_COUNT && next == 0; kind++) {
		next = behind_line(&idmap->files[kind], start, count);
		if (next == 0)
			next = behind_real(&idmap->real[kind], start, count);
	}
	return next;
}

/* The lowest free start in [first, last], or -ENOSPC. */
static int search(const struct idmap *idmap, bool polite, uint64_t first, uint64_t last,
	uint64_t count, uint64_t *ret)
{
	uint64_t start = first;

	while (start <= last && last - start + 1 >= count) {
		uint64_t next = behind_any(idmap, polite, start, count);

		if (next == 0) {
			*ret = start;
			return 0;
		}
		start = next;
	}
	return -ENOSPC;
}

static bool is_small(const struct idmap_map *map)
{
	return map->state == FACT_KNOWN && !idmap_is_initial(map);
}

/* Inside login.defs' bounds of both kinds, and inside the extents of our own map if that is one. */
static int search_inside(const struct idmap *idmap, bool polite, uint64_t first, uint64_t last,
	uint64_t count, uint64_t *ret)
{
	const struct idmap_map *uids = &idmap->outer[IDMAP_UID], *gids = &idmap->outer[IDMAP_GID];

	if (!is_small(uids))
		return search(idmap, polite, first, last, count, ret);
	for (size_t i = 0; i < uids->count; i++) {
		uint64_t low = MAX(first, uids->extents[i].inside);
		uint64_t high = uids->extents[i].inside + uids->extents[i].count;

		if (high > low &&
			search(idmap, polite, low, MIN(last, high - 1), count, ret) == 0 &&
			(gids->state != FACT_KNOWN || idmap_holds(gids, *ret, count)))
			return 0;
	}
	return -ENOSPC;
}

/*
 * Where login.defs allows. Between its usual bounds all but the first six ranges lie in what systemd
 * may give to nspawn's containers: that is taken when nothing else is left, as useradd(8) does.
 */
static int search_host(const struct idmap *idmap, struct subid_grant *ret)
{
	const struct idmap_defs *defs = &idmap->defs;
	uint64_t first = MAX(MAX(defs->min[0], defs->min[1]), SUBID_UNIT);
	uint64_t last = MIN(defs->max[0], defs->max[1]);

	if (search_inside(idmap, true, first, last, ret->count, &ret->start) == 0)
		return 0;
	return search_inside(idmap, false, first, last, ret->count, &ret->start);
}

/* Above the ordinary users' ids and below nobody, where a guest's few ids end: halves until one
 * fits. */
static int search_guest(const struct idmap *idmap, uint64_t count, struct subid_grant *ret)
{
	enum {
		GUEST_FIRST = 2000,
		GUEST_LAST = 60000
	};

	if (!is_small(&idmap->outer[IDMAP_UID]))
		return -ENOSPC;
	for (uint64_t n = MIN(count, SUBID_UNIT / 2); n >= SUBID_LEAST; n /= 2)
		if (search_inside(idmap, true, GUEST_FIRST, GUEST_LAST, n, &ret->start) == 0) {
			ret->count = n;
			return 0;
		}
	return -ENOSPC;
}

/* A range of ours in one file that the other lacks and has room for. */
static bool missing_twin(const struct idmap *idmap, struct subid_grant *ret)
{
	for (int kind = 0; kind < IDMAP_KIND_COUNT; kind++) {
		const struct idmap_file *file = &idmap->files[kind];
		const struct idmap_file *other = &idmap->files[1 - kind];
		const struct idmap_real *real = &idmap->real[1 - kind];

		for (size_t i = 0; i < file->count; i++) {
			const struct idmap_range *r = &file->ranges[i];

			if (!r->ours || behind_line(other, r->start, r->count) ||
				behind_real(real, r->start, r->count))
				continue;
			*ret = (struct subid_grant){ r->start, r->count };
			return true;
		}
	}
	return false;
}

int subid_grant(const struct idmap *idmap, uint64_t wanted, struct subid_grant *ret)
{
	const struct idmap_file *files = idmap->files;
	uint64_t own[] = { idmap_own_count(&files[IDMAP_UID]), idmap_own_count(&files[IDMAP_GID]) };
	uint64_t least = MIN(own[0], own[1]);
	struct subid_grant grant = { 0 };

	if (files[0].state == FACT_UNKNOWN || files[1].state == FACT_UNKNOWN ||
		files[0].bad_count > 0 || files[1].bad_count > 0)
		return -EINVAL;
	if (least >= wanted) {
		*ret = grant;
		return 0;
	}
	if (own[0] != own[1] && MAX(own[0], own[1]) >= wanted && missing_twin(idmap, ret) &&
		least + ret->count >= wanted)
		return 0;
	/* whole units, so that later grants stay aligned; less only where less was asked for */
	grant.count = wanted - least;
	if (wanted >= SUBID_UNIT)
		grant.count = (grant.count + SUBID_UNIT - 1) / SUBID_UNIT * SUBID_UNIT;
	if (search_host(idmap, &grant) < 0 &&
		(least > 0 || search_guest(idmap, grant.count, &grant) < 0))
		return -ENOSPC;
	*ret = grant;
	return 0;
}
