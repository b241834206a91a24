/* SPDX-License-Identifier: Apache-2.0 */
/* What judges share: saying that a fact could not be had, and what a probe answered. */
#pragma once

#include <stdbool.h>

#include "host/host.h"

struct verdict;

/* What a container without a manager of its user's lacks. */
#define JUDGE_NO_LIMITS "--memory, --cpus and --pids-limit are not enforced; nothing says so"

enum {
	JUDGE_TASKS_LEAST = 1024 /* a lower limit of tasks is told by limits.tasks alone */
};

/* Why nothing can be said of a host that does not run, in words. */
const char *judge_not_now(const struct host *host);
/* A skip: "could not look at 'X': Permission denied", or that only a running host could say. */
void judge_unknown(struct verdict *v, const struct host *host, const char *what, int error);

/* The answer of a probe that failed: evidence with the step, the errno's words and what it printed. */
void judge_probe_evidence(struct verdict *v, const struct probe *probe, const char *wanted);
/* The check that says what this errno means for the session, or NULL. */
const char *judge_exhausted(int error);
/* Skip or warn for a probe that gave no proof. True when that was so: nothing else is to be said. */
bool judge_probe_is_silent(struct verdict *v, const struct host *host, enum probe_name name);

/* False: there is no cgroup v2 to judge, which is said. */
bool judge_has_v2(struct verdict *v, const struct host *host);

/* systemd runs here, or will in what this tree boots. */
bool judge_has_systemd(const struct host *host);
/* Without systemd the question has no answer; session.systemd has said so. False: it is skipped. */
bool judge_needs_systemd(const struct host *host, struct verdict *v);
/* The same for files of a session, which are made when it begins: a tree has none. */
bool judge_has_sessions(const struct host *host, struct verdict *v);
bool judge_lingers(const struct host *host);
/* SELinux is on here, or will be in what this tree boots. */
bool judge_has_selinux(const struct host *host);
/* We are inside a container or another's user namespace: kernel and boot are not ours to change. */
bool judge_is_guest(const struct host *host);

/* The process that asks is the user's: what is true of it is true of his session. */
bool judge_is_own(const struct host *host);

/* It was looked for, and is not there. */
bool judge_lacks(const struct host *host, enum tool_name tool);

/* What is the matter with /dev/fuse, as evidence, and the fix where no module brings it. */
void judge_say_fuse(const struct host *host, struct verdict *v);
bool judge_can_load_fuse(const struct host *host);

/* The running kernel's modules were removed, and some that a container wants are not in it: told by
 * kernel.modules. What lacks one of them is a skip then, and this says so; false: judge it. */
bool judge_modules_are_gone(const struct host *host);
bool judge_skip_modules(const struct host *host, struct verdict *v);

/* The fix of what @path is mounted with: "exec" where it is noexec. */
void judge_fix_mount(
	struct verdict *v, const struct host *host, const char *option, const char *path);

/* Evidence of a module that is not in the kernel, and what to do where a file keeps it out. */
void judge_say_module(const struct host *host, struct verdict *v, enum kernel_module module);
