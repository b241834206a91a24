/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names out of what is given away: users, homes, hosts. Each becomes a placeholder (user-1, /home/user-1,
 * host-1), the same one wherever it stands, so that a report can be read and a record replays.
 *
 * A name is known before anything is written down: from passwd, the subordinate ids, the homes that
 * are there, the host's own name and the servers it mounts from. It is replaced where it stands as a
 * word, between characters that are no letters and digits. Numbers of users stay: the checks speak of
 * them. So do names that are common words here ("user", "container", "debian"): they are nobody's.
 */
#pragma once

#include "base/error.h"
#include "base/text.h"

struct redact_word {
	char *from, *to;
};

enum {
	REDACT_PATHS = 256, /* directories on the way to homes; more are -E2BIG */
};

struct redact {
	struct redact_word *words; /* a table of @room places: see find() */
	size_t count, room, longest;
	struct redact_word paths[REDACT_PATHS]; /* beginnings of paths */
	size_t path_count;
	unsigned users, hosts, dirs; /* given out */
};

struct root;
/* Learn the names of the host behind @root, and of the user asked for (NULL: the caller). */
int redact_learn(
	struct redact *ret, struct root *root, const char *user, struct error *err) MUST_CHECK;
void redact_done(struct redact *redact);
#define _cleanup_redact_ CLEANUP(redact_done)

/* Append @n bytes at @s to @ret, without the names. */
void redact_bytes(const struct redact *redact, const char *s, size_t n, struct text *ret);
/* In a buffer of @size bytes; what does not fit any more is cut. */
int redact_in(const struct redact *redact, char *s, size_t size) MUST_CHECK;
/* The same for the lines of passwd(5), whose fifth field goes. */
void redact_passwd(const struct redact *redact, const char *s, size_t n, struct text *ret);

/* For tests. Adds nothing for a word that is common, empty or a number. */
int redact_add_user(struct redact *redact, const char *name, const char *home) MUST_CHECK;
int redact_add_host(struct redact *redact, const char *name) MUST_CHECK;
