/* SPDX-License-Identifier: Apache-2.0 */
#include "host/idmap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/idmap-real.h"
#include "host/root.h"
#include "host/user.h"
#include "host/userns.h"

static const char *const paths[] = {
	[IDMAP_UID] = "/etc/subuid",
	[IDMAP_GID] = "/etc/subgid",
};
_Static_assert(ARRAY_SIZE(paths) == IDMAP_KIND_COUNT, "a path for every kind");

static const char *const map_paths[IDMAP_KIND_COUNT] = { "/proc/self/uid_map",
	"/proc/self/gid_map" };

const char *idmap_path(enum idmap_kind kind)
{
	return paths[kind];
}

uint64_t idmap_own_count(const struct idmap_file *file)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < file->count; i++)
		if (file->ranges[i].ours)
			sum += file->ranges[i].count;
	return sum;
}

bool idmap_is_initial(const struct idmap_map *map)
{
	return map->state == FACT_KNOWN && map->count == 1 && map->extents[0].inside == 0 &&
	       map->extents[0].outside == 0 && map->extents[0].count == UINT32_MAX;
}

/* Extents never overlap (the kernel sees to it), so what they cover of the range adds up. */
bool idmap_holds(const struct idmap_map *map, uint64_t start, uint64_t count)
{
	uint64_t covered = 0;

	for (size_t i = 0; i < map->count; i++) {
		const struct idmap_extent *e = &map->extents[i];
		uint64_t from = MAX(e->inside, start);
		uint64_t to = MIN(e->inside + e->count, start + count);

		covered += to > from ? to - from : 0;
	}
	return covered == count;
}

const struct idmap_range *idmap_overlap(
	const struct idmap_file *file, uint64_t start, uint64_t count)
{
	for (size_t i = 0; i < file->count; i++) {
		const struct idmap_range *r = &file->ranges[i];

		if (!r->ours && r->start < start + count && start < r->start + r->count)
			return r;
	}
	return NULL;
}

int idmap_parse_map(struct idmap_map *ret, const char *data, size_t length)
{
	const char *line;
	size_t at = 0, n;

	*ret = (struct idmap_map){ 0 };
	while ((line = text_line(data, length, &at, &n))) {
		unsigned long long inside, outside, count;
		char copy[128];
		int used = 0;

		if (n == 0)
			continue;
		if (n >= sizeof(copy) || ret->count == IDMAP_EXTENTS)
			return -EINVAL;
		memcpy(copy, line, n);
		copy[n] = '\0';
		if (sscanf(copy, " %10llu %10llu %10llu %n", &inside, &outside, &count, &used) !=
				3 ||
			copy[used] || inside > UINT32_MAX || outside > UINT32_MAX ||
			count > UINT32_MAX)
			return -EINVAL;
		ret->extents[ret->count++] = (struct idmap_extent){
			.inside = inside, .outside = outside, .count = count
		};
	}
	ret->state = FACT_KNOWN;
	return 0;
}

static void read_map(struct idmap_map *ret, struct root *root, const char *path)
{
	_cleanup_text_ struct text data = { 0 };
	int r = root_read(root, path, ROOT_READ_LIMIT, &data);

	*ret = (struct idmap_map){ .state = fact_state_of(r) };
	if (r >= 0 && idmap_parse_map(ret, data.data, data.length) < 0)
		*ret = (struct idmap_map){ .state = FACT_UNKNOWN };
}

static void read_defs(struct idmap_defs *ret, struct root *root)
{
	_cleanup_text_ struct text data = { 0 };
	const struct {
		const char *name;
		uint64_t *to;
	} keys[] = {
		{ "SUB_UID_MIN", &ret->min[IDMAP_UID] },
		{ "SUB_GID_MIN", &ret->min[IDMAP_GID] },
		{ "SUB_UID_MAX", &ret->max[IDMAP_UID] },
		{ "SUB_GID_MAX", &ret->max[IDMAP_GID] },
		{ "SUB_UID_COUNT", &ret->count[IDMAP_UID] },
		{ "SUB_GID_COUNT", &ret->count[IDMAP_GID] },
		{ "UID_MIN", &ret->uid_min },
	};
	const char *line;
	size_t at = 0, n;

	for (size_t i = 0; i < IDMAP_KIND_COUNT; i++) {
		ret->min[i] = 100000;
		ret->max[i] = 600100000;
		ret->count[i] = 65536;
	}
	ret->uid_min = 1000;
	if (root_read(root, "/etc/login.defs", ROOT_READ_LIMIT, &data) < 0)
		return;
	while ((line = text_line(data.data, data.length, &at, &n))) {
		char copy[256], key[64] = "", value[64] = "";

		(void)snprintf(copy, sizeof(copy), "%.*s", (int)MIN(n, sizeof(copy) - 1), line);
		if (sscanf(copy, " %63s %63s", key, value) != 2)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
			if (strcmp(key, keys[i].name) == 0)
				(void)!parse_u64(value, keys[i].to);
		if (strcmp(key, "SUB_UID_STORE_BY_UID") == 0)
			ret->by_uid = strcmp(value, "yes") == 0;
		if (strcmp(key, "SUB_UID_DETERMINISTIC") == 0)
			ret->by_rule = strcmp(value, "yes") == 0;
	}
}

static void read_file(
	struct idmap_file *ret, struct root *root, const char *path, const struct user *user)
{
	_cleanup_text_ struct text data = { 0 };
	bool known = user->state == FACT_KNOWN;
	struct fact_file at;
	int r = root_read(root, path, IDMAP_READ_LIMIT, &data);

	*ret = (struct idmap_file){ .state = fact_state_of(r) };
	if (ret->state == FACT_UNKNOWN)
		ret->error = -r;
	root_stat(root, path, &at);
	ret->at = at;
	if (r < 0)
		return;
	r = idmap_parse(ret, data.data, data.length, user->name, known ? user->uid : UINT64_MAX);
	if (r < 0) {
		free(ret->ranges);
		*ret = (struct idmap_file){ .state = FACT_UNKNOWN, .error = -r };
	}
	ret->at = at; /* parsing begins anew */
}

void idmap_read(struct idmap *ret, struct root *root, const struct user *user)
{
	*ret = (struct idmap){ 0 };
	for (size_t i = 0; i < IDMAP_KIND_COUNT; i++) {
		read_file(&ret->files[i], root, paths[i], user);
		read_map(&ret->outer[i], root, map_paths[i]);
		idmap_real_read(&ret->real[i], root, (enum idmap_kind)i);
	}
	read_defs(&ret->defs, root);
	idmap_read_source(ret, root);
	lock_read(ret->locks, root);
	userns_read_count(&ret->in_use, root, user);
	pause_read(&ret->pause, ret->kept, root, user);
}

void idmap_done(struct idmap *idmap)
{
	for (size_t i = 0; i < IDMAP_KIND_COUNT; i++) {
		free(idmap->files[i].ranges);
		free(idmap->real[i].ids);
		idmap->files[i] = (struct idmap_file){ 0 };
		idmap->real[i] = (struct idmap_real){ 0 };
	}
}
