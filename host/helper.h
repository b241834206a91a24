/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Look from a child process with a time limit: for what may hang (a dead network file system, a
 * name service) or must not happen to ourselves (a new user namespace, another user's identity).
 * Several children may run at the same time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/text.h"

struct helper {
	pid_t pid;
	int fd;           /* what the child writes; -1 after its end */
	uint64_t started; /* io_now_ms() */
	uint64_t deadline;
	unsigned ms;      /* how long it took */
	bool may_be_slow; /* that its limit killed it leaves the others theirs: helper_budget() */
	int result; /* after helper_wait(): 0, negative errno; -ETIMEDOUT or -EFBIG when killed */
	struct text output;
};

/* In the child: write to @out, return 0 or a negative errno. Descriptors of ours are still open. */
typedef int helper_look(void *arg, int out);

/* Start; a failure of fork(2) is a negative errno, and then there is nothing to wait for. */
int helper_start(struct helper *ret, helper_look *look, void *arg, unsigned limit_ms) MUST_CHECK;

/* Wait until all have ended or were killed at their limits; rows with pid 0 are skipped. */
void helper_wait(struct helper *children, size_t count);

/*
 * One limit for all that is begun from now on, of @ms: once a child has been killed at its own, those
 * that follow get no more than what is left. Where nothing hangs each keeps its own, since a slow
 * host is none that hangs. 0: no such limit.
 */
void helper_budget(unsigned ms);
/* Was one killed at its limit since? */
bool helper_has_hung(void);

/* Start one, wait, append its output to @ret. Its result. */
int helper_run(helper_look *look, void *arg, unsigned limit_ms, struct text *ret) MUST_CHECK;

/* In the child: become that user, of his primary group alone. -EPERM: neither root nor he. */
int helper_become(uid_t uid, gid_t gid) MUST_CHECK;
