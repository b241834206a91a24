/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container as this user's files know it: a directory, a name, a state. This is the register
 * of containers; it starts and stops none.
 *
 *	argv -> settings -> container_create: id, directory, name
 *	             |            |
 *	           image      prepare: /etc files, mounts -> struct spec -> process (runtime/oci)
 *	                                                                       |
 *	                                      monitor: streams, log, signals, wait -> exit status
 *
 *	STORE/containers/ID/   config   the settings        RUN/ID/   state    who runs it, locked
 *	                       exit     how it ended                  hosts hostname resolv.conf
 *	                       log      what it wrote                 containerenv
 *	                       upper work   its own layer
 *
 * There is no database, no global lock and nothing to repair:
 *  - a name is the symbolic link STORE/names/NAME -> ID: the kernel lets one creator win;
 *  - a container runs exactly while a monitor holds the lock on RUN/ID/state. The lock is
 *    fcntl(2)'s: it goes with the process however that ends, is not inherited by what it forks,
 *    and F_GETLK tells who holds it. A reboot empties RUN; what is there then was not tidied up
 *    by anyone, and is "exited";
 *  - what is removed loses its name first and its directory last: a removal that was interrupted
 *    is a container that can be removed again.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/text.h"
#include "runtime/engine/name.h"
#include "runtime/engine/place.h"

struct container {
	char id[ID_SIZE];
	char name[NAME_SIZE];
	int dir_fd;   /* STORE/containers/ID */
	int run_fd;   /* RUN/ID */
	int state_fd; /* locked by us, or -1 */
};

/* Make one. @name NULL: generate one. -EEXIST: the name is another's, @err says whose. */
int container_create(struct container *ret, const struct place *place, const char *name,
	struct error *err) MUST_CHECK;

/* By name, id, or the beginning of an id. -ENOENT, or -ENOTUNIQ for a beginning of several. */
int container_open(struct container *ret, const struct place *place, const char *word,
	struct error *err) MUST_CHECK;
void container_close(struct container *container);
#define _cleanup_container_ CLEANUP(container_close)

/* Ids of all containers, in no order. */
int container_list(const struct place *place, struct text_list *ret, struct error *err) MUST_CHECK;

/* Path of the container's directory below the store, or of its runtime one. */
void container_path(const struct container *container, const struct place *place, const char *name,
	char *ret, size_t size);
void container_run_path(const struct container *container, const struct place *place,
	const char *name, char *ret, size_t size);

/* Give the name back, so that it can be claimed anew while the rest is being removed. */
void container_free_name(const struct container *container, const struct place *place);

enum state_kind {
	STATE_CREATED,
	STATE_RUNNING,
	STATE_EXITED,
	STATE_KIND_COUNT
};

struct state {
	enum state_kind kind;
	pid_t pid;           /* of the container's first process; 0 unless running */
	uint64_t start_time; /* of that process, for process_kill() and the like */
	pid_t monitor;       /* 0: none, or killed while the container lives on */
	int exit_status;
	bool lost;                 /* nobody saw it end: a reboot, or a killed monitor */
	int64_t started, finished; /* nanoseconds since 1970; 0: never */
	char cgroup[700]; /* "MANAGER PATH UNIT", "" for none: cgroup_place of runtime/oci */
};

/* @started: settings.started. Never call it in the monitor itself: closing any descriptor of the
 * state file would give the monitor's lock up (fcntl_locking(2)). */
void state_read(const struct container *container, int64_t started, struct state *ret);
const char *state_word(enum state_kind kind);

/* Become the monitor. -EBUSY: another process is. */
int state_lock(struct container *container) MUST_CHECK;
/* Say who runs. */
int state_write(const struct container *container, pid_t pid, int64_t started,
	const char *cgroup) MUST_CHECK;
/* For those who wait with the file open: they can read it when the container is removed already. */
void state_write_end(const struct container *container, int exit_status);
/* What it said in the file @fd; -ENODATA: it did not. */
int state_read_end(int fd, int *ret_status) MUST_CHECK;
int state_write_exit(const struct container *container, int exit_status, int64_t started,
	int64_t finished) MUST_CHECK;

/* Nanoseconds since 1970. */
int64_t state_now(void);
