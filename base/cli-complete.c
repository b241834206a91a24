/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Completion: a shell's script hands over the words that follow the program (or its command) up to
 * the one being typed, and gets a line for each candidate, "WORD TAB help". What only the shell or
 * another program can list is one line "@METAVAR": "@DIR", "@ID". Candidates that do not begin with
 * what was typed are the shell's to leave out.
 */
#include "base/cli.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

static const struct cli_option *option_of(const struct cli *cli, const char *word)
{
	for (const struct cli_option *o = cli->options; o && o->name; o++)
		if (word[0] == '-' &&
			(word[1] == '-' ? strcmp(word + 2, o->name) == 0
					: o->letter && word[1] == o->letter && !word[2]))
			return o;
	return NULL;
}

static void options(const struct cli *cli, FILE *to)
{
	for (const struct cli_option *o = cli->options; o && o->name; o++)
		if (o->help)
			(void)fprintf(to, "--%s\t%s\n", o->name, o->help);
	(void)fprintf(to, "--help\tshow this help\n");
}

static void commands(const struct cli *cli, FILE *to)
{
	for (const struct cli_command *c = cli->commands; c && c->name; c++)
		if (c->help)
			(void)fprintf(to, "%s\t%s\n", c->name, c->help);
}

/* "rpod|podman" are two words; "[RUN]", "NAME..." and "DIR" are for somebody else to list. */
static void value(const char *metavar, size_t length, FILE *to)
{
	size_t at = 0, n;

	if (memchr(metavar, '|', length)) {
		for (; at < length; at += n + 1) {
			n = strcspn(metavar + at, "|");
			n = MIN(n, length - at);
			(void)fprintf(to, "%.*s\n", (int)n, metavar + at);
		}
		return;
	}
	while (at < length && !isupper((unsigned char)metavar[at]))
		at++;
	n = at;
	while (n < length && isupper((unsigned char)metavar[n]))
		n++;
	if (n > at)
		(void)fprintf(to, "@%.*s\n", (int)(n - at), metavar + at);
}

/* The @index-th operand of a synopsis such as "[options] NAME [WORD...]". */
static void operand(const char *synopsis, int index, FILE *to)
{
	const char *last = "";
	size_t length = 0;

	for (const char *at = synopsis; *at && index >= 0; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (strncmp(at, "[options]", n) != 0) {
			last = at;
			length = n;
			index--;
		}
		at += n;
	}
	if (length && (index < 0 || memmem(last, length, "...", 3)))
		value(last, length, to);
}

void cli_complete(const struct cli *cli, int count, char *words[], FILE *to)
{
	const struct cli_command *command = NULL;
	const char *typed = count ? words[count - 1] : "";
	int operands = 0;

	if (count == 0) {
		commands(cli, to);
		options(cli, to);
		return;
	}
	for (int i = 0; i < count - 1; i++) {
		const struct cli_option *o = option_of(cli, words[i]);

		if (o && o->metavar && i + 2 == count) {
			value(o->metavar, strlen(o->metavar), to);
			return;
		}
		i += o && o->metavar;
		if (words[i][0] == '-' || o)
			continue;
		if (cli->commands && !command)
			command = cli_find(cli->commands, words[i]);
		else
			operands++;
	}
	if (typed[0] == '-')
		options(cli, to);
	else if (cli->commands && !command)
		commands(cli, to);
	else
		operand(command ? command->synopsis : cli->synopsis, operands, to);
}
