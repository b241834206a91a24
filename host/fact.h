/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fact is what was found when somebody looked, and whether anybody could look at all.
 * "Could not look" (FACT_UNKNOWN, with errno) is never "is not there" (FACT_ABSENT).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum fact_state {
	FACT_UNKNOWN, /* could not look; all-zero facts are this */
	FACT_ABSENT,  /* looked, not there */
	FACT_KNOWN,
};

struct fact_number {
	enum fact_state state;
	int error; /* errno when unknown, else 0 */
	int64_t value;
};

struct fact_text {
	enum fact_state state;
	int error;
	char value[256];
};

/* What is at a path, and what its mount allows. */
struct fact_file {
	enum fact_state state;
	int error;
	mode_t mode; /* type and permissions */
	uid_t uid;
	gid_t gid;
	unsigned rdev_major, rdev_minor;
	uint64_t size;
	uint64_t fs_type;  /* statfs(2) f_type */
	uint64_t fs_flags; /* statvfs(3) ST_NOSUID, ST_NOEXEC, ST_RDONLY, ST_NODEV */
	uint64_t fs_free;  /* bytes an ordinary user may still write, UINT64_MAX unknown */
	uint64_t fs_files; /* files that may still be made, UINT64_MAX unknown */
	uint64_t caps; /* permitted file capabilities that are also effective, capabilities(7) */
};

struct text;

/*
 * A fact_file as one readable line, and back: records keep stats so.
 *	mode=0104755 uid=0 gid=0 rdev=0:0 size=100 fs=ef53 flags=nosuid,noexec free=123 files=9 caps=0x80
 * Reading takes the words in any order, all of them optional: what is not said is 0 (free,
 * files: unknown). -EINVAL for a word it does not know.
 */
void fact_file_print(const struct fact_file *file, struct text *ret);
int fact_file_parse(const char *line, struct fact_file *ret);

/* FACT_KNOWN for @r >= 0, FACT_ABSENT for -ENOENT and -ENOTDIR, else FACT_UNKNOWN. */
enum fact_state fact_state_of(int r);
