/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What podman keeps between two starts, and will not start without: the mark of the boot it ran in,
 * its locks, its database, its policy. Read in a child with
 * a time limit that is the user; of a database no more than is said here leaves it.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "host/fact.h"

enum podman_database {
	DATABASE_UNKNOWN,
	DATABASE_ABSENT,
	DATABASE_FINE,
	DATABASE_BAD, /* it is no SQLite database */
};

struct podman {
	enum fact_state state; /* unknown: could not look at all */
	int error;
	char graphroot[PATH_MAX]; /* where all but the locks and the mark are */
	struct fact_text alive;   /* the boot it was first started in, as a boot id */
	char alive_path[128];
	struct fact_text boot; /* this one */
	struct fact_file locks;
	char locks_path[64];
	struct fact_number lock_count, locks_used; /* absent where the layout is not known */
	enum podman_database database;
	char driver[16];       /* that its database was made with; "": it says none */
	char network[16];      /* what its networks are made by, as it once chose; "": not yet */
	bool elsewhere;        /* the database was made for another graphroot */
	bool bolt, bolt_bad;   /* it has one of the kind before 4.8; which is none */
	char policy[PATH_MAX]; /* the policy.json that counts; "": none was seen */
	bool policy_absent, policy_bad; /* there is none; it does not parse */
};

struct root;
struct host;
/* Runs after user, home and config are read. */
void podman_read(struct podman *ret, struct root *root, const struct host *host);

/* In a file of locks: how many there are and are taken. False: not of this layout. */
bool podman_parse_locks(const char *data, size_t length, int64_t *ret_count, int64_t *ret_used);
/* In a database of the kind before: the driver; @ret is left alone where it says none. False: it is
 * no such database. */
bool podman_parse_bolt(const char *data, size_t length, char ret[16]);
/* In the first pages of a database: the driver, and whether it names @graphroot. */
void podman_parse_database(
	const char *data, size_t length, const char *graphroot, struct podman *ret);
