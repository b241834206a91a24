/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's id map: 0 is the user, 1.. are its subordinate ids. newuidmap and newgidmap cost as
 * much as all the rest of a container, so the namespace is made once per user and kept alive by a
 * process that only sleeps; later commands find it through a record in the runtime directory and
 * join it.
 *
 * It will not judge the host: a failure names the check that does.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

enum {
	USERNS_RANGES = 16
};

struct userns_range {
	uint32_t start, count;
};

struct userns {
	int fd;       /* of the namespace; -1 for real root, who has none */
	pid_t holder; /* 0: none */
	bool single; /* only the user's own id is mapped: no subordinate ids; warn (idmap.subuid) */
	bool made;   /* by this call */
};

#define USERNS_NONE                                                                                \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* After su, under cron and in a system service nobody says where the user's session is: look where
 * logind keeps it, and put it in the environment, which all that talk to it read. First of all. */
void userns_find_session(void);

/* The runtime directory: $XDG_RUNTIME_DIR/rpod, else /tmp/rpod-UID (root: /run/rpod), 0700, made
 * when absent and refused (-EPERM) when it is somebody else's. */
int userns_runtime_dir(char *ret, size_t size, struct error *err) MUST_CHECK;

/*
 * Find the kept namespace or make it. Real root gets none (fd -1): its containers live in the
 * initial user namespace, as podman's do. So does a process that is already root in a user
 * namespace of its own (inside `rpod unshare`, or nested in a container).
 */
int userns_open(struct userns *ret, struct error *err) MUST_CHECK;

/* Join it: this process, which must have one thread, is root inside from now on. 0 at once when
 * there is none to join. */
int userns_join(const struct userns *userns, struct error *err) MUST_CHECK;

/* Both, and close. @ret_single (may be NULL) says that only one id is mapped. */
int userns_enter(bool *ret_single, struct error *err) MUST_CHECK;

void userns_done(struct userns *userns);
#define _cleanup_userns_ CLEANUP(userns_done)

/* End the holder, so that the next command makes the map anew (rpod system migrate). */
int userns_forget(struct error *err) MUST_CHECK;

/* The uid this user has outside: SUDO-proof, also after joining. */
uid_t userns_owner(void);

/* The ranges of @user (by name or uid) in subuid(5) text: how many, or -E2BIG. */
int userns_parse(const char *data, size_t length, const char *user, uid_t uid,
	struct userns_range *ret, size_t room) MUST_CHECK;
