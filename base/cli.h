/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines as rows: an option is declared once, and parsing, --help and completion follow.
 *
 *	static const struct cli_option options[] = {
 *		{ 'n', "dry-run", NULL, "show the changes, make none", cli_flag, &args.dry_run },
 *		{ 'e', "env", "NAME=VALUE", "set a variable in the container", cli_list, &args.env },
 *		{ 0 },
 *	};
 *
 * An option without a metavar is a flag; "--flag=false" turns one off. "-it" is "-i -t"; "-eX",
 * "-e X", "--env=X" and "--env X" are the same; "--" ends the options.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

/* Read @value (NULL: a flag stood alone) into @target. On failure @err holds words that follow
 * "bad value 'x' for option '--y': ". */
typedef int cli_read(const char *value, void *target, struct error *err);

cli_read cli_flag; /* bool */
cli_read cli_text; /* const char *, borrowed from argv */
cli_read cli_list; /* struct text_list, appended */
cli_read cli_u32;  /* uint32_t */
cli_read cli_size; /* uint64_t bytes, with unit */

struct cli_option {
	char letter;         /* 0: none */
	const char *name;    /* without dashes; NULL ends the table */
	const char *metavar; /* "DIR"; "auto|always|never" where these words are all there are */
	const char *help;    /* NULL: hidden */
	cli_read *read;
	void *target;
};

struct cli_command {
	const char *name; /* NULL ends the table */
	const char *synopsis;
	const char *help; /* one line */
	int (*run)(
		int argc, char *argv[], struct error *err); /* the exit status, or negative errno */
};

/* One command line's grammar. */
struct cli {
	const char *program;  /* "rpod run": as errors and usage name it */
	const char *synopsis; /* what follows the program's name */
	const char *about;    /* one or more lines */
	const char *more;     /* examples and the like, printed after the options; may be NULL */
	const struct cli_option *options;
	const struct cli_command *commands; /* may be NULL */
	bool stop_at_operand;               /* options after the first operand belong to it */
};

enum {
	CLI_USAGE = 64
}; /* exit status for a wrong command line */

/*
 * Parse argv[1..]; operands are moved to the front of argv[1..] in order and their number is
 * returned. -EINVAL: wrong command line, @err says it with exit status CLI_USAGE. --help, --version
 * (where the program has no own rows of these names) and "--complete WORD..." as the first word print
 * and return -ECANCELED: leave with status 0.
 */
int cli_parse(const struct cli *cli, int argc, char *argv[], struct error *err) MUST_CHECK;

const struct cli_command *cli_find(const struct cli_command *commands, const char *name);
/* "unknown command 'x'; did you mean 'y'?" */
int cli_unknown(const struct cli_command *commands, const char *name, struct error *err);

void cli_help(const struct cli *cli, FILE *to);
/* What may stand in place of the last of @words; without words all commands and options. It is what
 * the hidden --complete prints, which the scripts of the shells ask: see cli-complete.c. */
void cli_complete(const struct cli *cli, int count, char *words[], FILE *to);
