/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The systemd user unit of one container: nothing has to be made before, and the same unit serves
 * any host that has the engine and the image. A function of what was asked alone: it looks at no
 * host and writes nothing.
 *
 * The container is made by the unit's start and removed by its end. Its main process is the
 * engine's monitor, so the unit's state is the container's:
 *	%t/%n.cid    the container's id: of one that a power cut left, the next start removes it
 *	%t/%n.pid    the monitor's process id
 */
#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

struct unit_engine {
	const char *word; /* the program's name */
	const char *page;
	const char *type;    /* lines of [Service]: how systemd learns that it is up */
	const char *run;     /* options of "run" besides those of every engine */
	const char *start_s; /* limit of a start: an engine may have to fetch the image */
};

/* "rpod" or "podman"; NULL: another. */
const struct unit_engine *unit_engine_find(const char *word);

struct unit {
	const struct unit_engine *engine;
	const char *program; /* its absolute path */
	const char *name;    /* of the unit without ".service", and of the container */
	const char *image;
	char *const *options; /* of run, before the image */
	size_t option_count;
	char *const *command; /* after it */
	size_t command_count;
};

/*
 * NAME IMAGE [OPTION...] [-- COMMAND...] from a command line: words that begin with '-' and what
 * follows them are options; without options all words are the command. -EINVAL, with words, for what
 * can be no unit: a name that systemd or the engine would not take, an option that the unit itself
 * gives, a place that means another one in a unit.
 */
int unit_parse(int argc, char *argv[], struct unit *ret, struct error *err) MUST_CHECK;

/* Seconds the container has to end in, as its options say. */
unsigned unit_stop_seconds(const struct unit *unit);
void unit_print(const struct unit *unit, struct text *ret);

/* One word of a command line as systemd.service(5) reads it. */
void unit_quote(struct text *ret, const char *word);

#define UNIT_HEADER "# Written by rpod-setup(8), unit.\n"
