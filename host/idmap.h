/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ids: the ranges of /etc/subuid and /etc/subgid (subuid(5)), where they come from
 * (nsswitch.conf "subid:"), the tools that write id maps, login.defs(5), the map we live in
 * ourselves, and the real ids a range must keep away from.
 */
#pragma once

#include "host/fact.h"
#include "host/lock.h"
#include "host/pause.h"

enum idmap_kind {
	IDMAP_UID,
	IDMAP_GID,
	IDMAP_KIND_COUNT
};

struct idmap_range {
	char owner[64]; /* as written: a name or a number */
	uint64_t start, count;
	unsigned line;
	bool ours; /* the owner is the user in question, by name or by uid */
};

enum {
	IDMAP_BAD_LINES = 8
};

struct idmap_bad_line {
	unsigned line, column; /* where it goes wrong, both from 1 on */
	char why[96];          /* "ends in a carriage return" */
	char text[64];
};

/* One of the two files, whole. Every line is kept: ranges must not meet anybody's. */
struct idmap_file {
	enum fact_state state; /* absent: the file is not there */
	int error;
	struct fact_file at; /* engines read it as the user */
	bool ends_in_newline;
	struct idmap_range *ranges;
	size_t count;
	struct idmap_bad_line bad[IDMAP_BAD_LINES];
	size_t bad_count; /* all of them, also those not kept */
};

/* "inside outside count" of /proc/self/uid_map, user_namespaces(7). */
struct idmap_extent {
	uint64_t inside, outside, count;
};

enum {
	IDMAP_EXTENTS = 340 /* the kernel's limit since 4.15: UID_GID_MAP_MAX_EXTENTS */
};

struct idmap_map {
	enum fact_state state;
	struct idmap_extent extents[IDMAP_EXTENTS];
	size_t count;
};

/* Ids that are somebody's: of the files, and on a running host those its name services list. Sorted
 * by id; one id may stand there twice. */
struct idmap_real {
	uint64_t *ids;
	size_t count;
	int error; /* errno: not all of them are known, so no new range may be chosen */
};

enum {
	IDMAP_READ_LIMIT = 32 << 20 /* half a million lines */
};

struct idmap_defs { /* login.defs(5), with shadow's own defaults where a key is missing */
	uint64_t min[IDMAP_KIND_COUNT], max[IDMAP_KIND_COUNT], count[IDMAP_KIND_COUNT];
	bool by_uid; /* SUB_UID_STORE_BY_UID */
	/* SUB_UID_DETERMINISTIC (shadow 4.19): a user's start follows from his uid, beginning here */
	bool by_rule;
	uint64_t uid_min;
};

struct idmap {
	struct idmap_file files[IDMAP_KIND_COUNT];
	struct fact_text source;                  /* nsswitch "subid:" when it is not files */
	struct fact_file plugin;                  /* then: libsubid_SOURCE.so; without it, files */
	struct idmap_map outer[IDMAP_KIND_COUNT]; /* the namespace we are in */
	struct idmap_real real[IDMAP_KIND_COUNT];
	struct idmap_defs defs;
	struct lock locks[LOCKS];
	struct fact_number in_use;               /* user namespaces of the user: at least so many */
	struct pause pause;                      /* of podman */
	struct idmap_map kept[IDMAP_KIND_COUNT]; /* the map it keeps */
};

struct root;
struct user;
void idmap_read(struct idmap *ret, struct root *root, const struct user *user);
void idmap_done(struct idmap *idmap);

/* Parse subuid text; 0 or -ENOMEM. Fuzzed. */
int idmap_parse(
	struct idmap_file *ret, const char *data, size_t length, const char *user, uint64_t uid);
int idmap_parse_map(struct idmap_map *ret, const char *data, size_t length);

/* Its part in idmap-source.c: who is asked for ranges. */
void idmap_read_source(struct idmap *ret, struct root *root);
/* The ranges come from a service, and the files are not read. */
bool idmap_is_elsewhere(const struct idmap *idmap);

const char *idmap_path(enum idmap_kind kind); /* "/etc/subuid" */
/* Sum of the user's own ranges. */
uint64_t idmap_own_count(const struct idmap_file *file);
bool idmap_is_initial(const struct idmap_map *map); /* 0 0 4294967295 */
/* Are all ids of [start, start + count) known to the namespace we live in? */
bool idmap_holds(const struct idmap_map *map, uint64_t start, uint64_t count);
/* The first range of another owner that meets [start, start + count), or NULL. */
const struct idmap_range *idmap_overlap(
	const struct idmap_file *file, uint64_t start, uint64_t count);
