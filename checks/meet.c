/* SPDX-License-Identifier: Apache-2.0 */
#include "checks/meet.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "host/idmap.h"

static int by_start(const void *a, const void *b)
{
	const struct idmap_range *x = *(const struct idmap_range *const *)a;
	const struct idmap_range *y = *(const struct idmap_range *const *)b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static const struct idmap_range *farther(const struct idmap_range *a, const struct idmap_range *b)
{
	return !a || b->start + b->count > a->start + a->count ? b : a;
}

static bool reaches(const struct idmap_range *from, const struct idmap_range *to)
{
	return from && from->start + from->count > to->start && to->count > 0;
}

static void tell(const struct idmap_range *a, const struct idmap_range *b, bool both_ours,
	const struct idmap_range **ret_own, const struct idmap_range **ret_other)
{
	bool swap = both_ours ? b->line < a->line : !a->ours;

	*ret_own = swap ? b : a;
	*ret_other = swap ? a : b;
}

bool meet_find(const struct idmap_file *file, bool both_ours, const struct idmap_range **ret_own,
	const struct idmap_range **ret_other)
{
	_cleanup_free_ const struct idmap_range **sorted = calloc(file->count + 1, sizeof(*sorted));
	const struct idmap_range *reach[2] = { NULL, NULL }; /* of others, of ours */

	if (!sorted)
		return false;
	for (size_t i = 0; i < file->count; i++)
		sorted[i] = &file->ranges[i];
	qsort(sorted, file->count, sizeof(*sorted), by_start);
	for (size_t i = 0; i < file->count; i++) {
		const struct idmap_range *r = sorted[i];
		const struct idmap_range *before = reach[both_ours ? 1 : !r->ours];

		if ((r->ours || !both_ours) && reaches(before, r)) {
			tell(before, r, both_ours, ret_own, ret_other);
			return true;
		}
		reach[r->ours] = farther(reach[r->ours], r);
	}
	return false;
}
