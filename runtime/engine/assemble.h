/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings become a spec: every option's meaning is given here, in order of podman-run(1). It makes
 * the files a container finds in /etc, and no process.
 */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "runtime/engine/container.h"
#include "runtime/engine/settings.h"
#include "runtime/oci/spec.h"

enum {
	ASSEMBLE_MOUNTS = 128,
	ASSEMBLE_LIMITS = 16,
	ASSEMBLE_PATHS = 96
};

/* Owns what the spec in it borrows. */
struct assembly {
	struct spec spec;
	struct spec_mount mounts[ASSEMBLE_MOUNTS];
	size_t mount_count;
	struct spec_rlimit limits[ASSEMBLE_LIMITS];
	const char *masked[ASSEMBLE_PATHS], *read_only[ASSEMBLE_PATHS];
	struct text_list pasta;
	struct text_list args;
	struct text_list strings; /* made here: paths, sizes */
	int network_fd;           /* of the container whose network is shared, or -1 */
};

int assemble(struct assembly *ret, const struct settings *settings,
	const struct container *container, const struct place *place, struct error *err) MUST_CHECK;
void assembly_done(struct assembly *assembly);
#define _cleanup_assembly_ CLEANUP(assembly_done)

/* A string that lives as long as @assembly; NULL when memory ran out. */
const char *assembly_keep(struct assembly *assembly, const char *fmt, ...) PRINTF(2, 3);
/* -E2BIG: more mounts than a container may have. */
int assembly_mount(
	struct assembly *assembly, const struct spec_mount *mount, struct error *err) MUST_CHECK;

/* -- the parts, one file each ----------------------------------------------------------------- */

/* "SRC:DST[:opts]" and "DST[:opts]" of --tmpfs; volume.c, fuzzed. */
int volume_add(struct assembly *assembly, const char *word, struct error *err) MUST_CHECK;
int volume_add_tmpfs(struct assembly *assembly, const char *word, struct error *err) MUST_CHECK;

/* /etc/hosts, hostname, resolv.conf and /run/.containerenv; etc.c */
int etc_add(struct assembly *assembly, const struct settings *settings,
	const struct container *container, const struct place *place, struct error *err) MUST_CHECK;

/* Capabilities, seccomp, masked paths, ulimits; confine.c */
int confine_set(
	struct assembly *assembly, const struct settings *settings, struct error *err) MUST_CHECK;
/* The same for a further process of the container. */
int confine_process(struct spec_process *process, const struct settings *settings,
	struct error *err) MUST_CHECK;

/* The network namespace and pasta's options; net.c */
int net_set(struct assembly *assembly, const struct settings *settings, const struct place *place,
	const struct container *container, struct error *err) MUST_CHECK;
/* "[IP:][HOST:]CONTAINER[/PROTO]" as pasta's option and value; fuzzed. */
struct net_port {
	char flag[4];    /* "-t" or "-u" */
	char value[128]; /* "127.0.0.1/8080:80" */
	char shown[128]; /* "127.0.0.1:8080->80/tcp" */
	char host[80];   /* "127.0.0.1:8080" */
	char inside[24]; /* "80/tcp" */
};
int net_parse_port(const char *word, struct net_port *ret, struct error *err) MUST_CHECK;
