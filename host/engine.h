/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other engines of this host and the programs they start, looked for where the engine looks
 * (containers.conf(5), helper_binaries_dir) and started with --version, each by a child that is the
 * user, all at the same time. And what podman keeps of its own between two starts.
 *
 * Read where podman or buildah is installed, else absent.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "host/fact.h"

enum engine_program {
	ENGINE_PODMAN,
	ENGINE_BUILDAH,
	ENGINE_CRUN,
	ENGINE_RUNC,
	ENGINE_CONMON,
	ENGINE_PASTA,
	ENGINE_SLIRP4NETNS,
	ENGINE_NETAVARK,
	ENGINE_AARDVARK,
	ENGINE_ROOTLESSPORT,
	ENGINE_NFT,
	ENGINE_IPTABLES,
	ENGINE_FUSE_OVERLAYFS,
	ENGINE_PROGRAM_COUNT
};

enum engine_start {
	START_NOT_TRIED,
	START_OK,
	START_FAILED, /* it was not executed, or not loaded whole: status and said tell */
	START_HUNG,   /* killed at its time limit */
};

struct engine_part {
	char path[PATH_MAX]; /* "" where it is not */
	struct fact_file file;
	enum engine_start start;
	int status;            /* its exit status, or the errno it could not be started with */
	char said[160];        /* the first line it printed */
	unsigned major, minor; /* of the version it printed; 0.0 where it said none */
};

struct engine {
	struct engine_part parts[ENGINE_PROGRAM_COUNT];
};

struct root;
struct host;
/* Runs after tool, config, home and user are read. */
void engine_read(struct engine *ret, struct root *root, const struct host *host);
/* Is podman or buildah here? Of a host whose tools are read. */
bool engine_is_installed(const struct host *host);
const char *engine_program_name(enum engine_program program);

/* The first "5.4" in what a program said of its version; 0.0: none. */
void engine_parse_version(const char *said, unsigned *ret_major, unsigned *ret_minor);
