/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A spec becomes a process: create makes the namespaces and starts the preparation, start lets the
 * command run. In between the caller has the process id and may write its state, while the child
 * mounts, systemd makes the scope and pasta comes up: nobody waits for anybody until start.
 *
 *	userns_enter()			once per program (userns.h)
 *	process_create(&p, &spec)	p.pid is there; the command does not run yet
 *	process_prepare(&p)		optional: wait until all is made
 *	process_start(&p)		0: the command runs. else the words why, exit_status 126/127
 *	waitid(P_PIDFD, p.pidfd)	the caller is the parent
 *	process_done(&p)
 *
 * The command is pid 1 of its pid namespace, as with podman without --init. The caller must have
 * one thread only.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "runtime/oci/cgroup.h"
#include "runtime/oci/spec.h"

struct process {
	pid_t pid; /* as the caller sees it */
	int pidfd;
	int terminal; /* the pty's master, from process_prepare or _start on; else -1 */
	pid_t pasta;  /* 0: none. The caller kills it when the container has ended */
	struct cgroup_place cgroup; /* where it lives: keep for kill, limits, exec and removal */
	/* private */
	int channel;
	pid_t pasta_starter;
	int pasta_words;
	bool ready, finished;
	const struct spec *spec;
};

#define PROCESS_NONE                                                                               \
	{                                                                                          \
		.pid = 0, .pidfd = -1, .terminal = -1, .channel = -1, .pasta_words = -1,           \
		.cgroup = CGROUP_PLACE_NONE                                                        \
	}

/* On failure nothing is left behind but what @spec's directories hold. */
int process_create(struct process *ret, const struct spec *spec, struct error *err) MUST_CHECK;
int process_prepare(struct process *process, struct error *err) MUST_CHECK;

/*
 * Let the command run. On failure the child is reaped, pasta ended and the cgroup removed;
 * err->exit_status is 127 (no such command), 126 (cannot be run) or 125.
 */
int process_start(struct process *process, struct error *err) MUST_CHECK;

/* Close what is open; a child that was not started is killed and reaped. The terminal's master
 * is closed too: take it with take_fd() to keep it. */
void process_done(struct process *process);
#define _cleanup_process_ CLEANUP(process_done)

/*
 * A further process in the container whose first process is @pid. Its namespaces are joined, its
 * cgroup too when @place (may be NULL) says where. The caller must be in the initial user namespace of the user or
 * in the kept one, and becomes the parent. Only p.pid, p.pidfd and p.terminal are set.
 */
int process_exec(struct process *ret, pid_t pid, uint64_t start_time,
	const struct spec_process *process, const struct cgroup_place *place,
	struct error *err) MUST_CHECK;

/* When @pid began, in clock ticks since boot: with the number it names one process for ever. 0 or
 * a negative errno (-ESRCH). */
int process_start_time(pid_t pid, uint64_t *ret) MUST_CHECK;

/* A descriptor of exactly that process, or -ESRCH when it ended or the number is another's now. */
int process_open(pid_t pid, uint64_t start_time) MUST_CHECK;
int process_kill(pid_t pid, uint64_t start_time, int signal) MUST_CHECK;

/*
 * Trap 1 (CVE-2019-5736): a container could write to our program through /proc/PID/exe where its
 * root is the program's owner. Call first in main(): returns 0 when the program file cannot be
 * written by containers, otherwise starts it again from a sealed copy in memory and does not
 * return; a negative errno when that failed.
 */
int process_seal(char *const argv[]) MUST_CHECK;
