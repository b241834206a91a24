/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every place a container is made of: where images are kept, where engines keep what runs, where
 * they unpack what they pull. Of one that is not there yet the nearest directory above it speaks:
 * it will be made there. Read through a child with a time limit.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "host/fact.h"
#include "host/quota.h"

enum storage_role {
	STORAGE_GRAPHROOT,
	STORAGE_RUNROOT,
	STORAGE_VAR_TMP, /* what is pulled is unpacked here */
	STORAGE_TMP,
	STORAGE_COPY_TMP, /* image_copy_tmp_dir of containers.conf(5), where it is a path */
	STORAGE_ROLE_COUNT
};

struct storage_place {
	char path[PATH_MAX]; /* that was looked at; "" where there is none of the kind */
	struct fact_file file;
};

/* Owners in the layers that are neither the user nor one of his ids: a sample. */
struct storage_owners {
	enum fact_state state; /* absent: there are no layers */
	unsigned seen, foreign;
	unsigned id; /* of the first that is foreign */
	char path[256];
};

struct storage {
	char graphroot[PATH_MAX]; /* wherever it is, or will be */
	bool elsewhere;           /* storage.conf puts it outside the home */
	struct storage_place places[STORAGE_ROLE_COUNT];
	struct storage_owners owners;
	struct quota quota; /* where images are kept */
};

struct root;
struct host;
/* Runs after user, home, idmap and config are read. */
void storage_read(struct storage *ret, struct root *root, const struct host *host);
