/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who stands behind a running container: the one process that made it, relays and logs what it
 * writes, sees it end, keeps how, and tidies up. In the foreground that is `rpod run` itself;
 * detached it is a child of it, forked and not executed, in a session of its own.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "runtime/engine/container.h"
#include "runtime/engine/settings.h"

struct monitor_how {
	bool attached;    /* streams are the caller's */
	bool interactive; /* standard input goes in */
	bool proxy;       /* signals too */
};

/*
 * Run @container in this process until it ended. @ret_status is its exit status; on failure to
 * start err->exit_status is 125, 126 or 127. With settings.remove it is removed either way.
 */
int monitor_run(struct container *container, const struct place *place,
	const struct settings *settings, const struct monitor_how *how, int *ret_status,
	struct error *err) MUST_CHECK;

/* The same in a child; returns when the command runs, or with the words why it does not. */
int monitor_detach(struct container *container, const struct place *place,
	const struct settings *settings, struct error *err) MUST_CHECK;
