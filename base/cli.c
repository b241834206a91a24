/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cli.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "base/version.h"

int cli_flag(const char *value, void *target, struct error *err)
{
	bool *flag = target;

	if (!value || strcmp(value, "true") == 0)
		*flag = true;
	else if (strcmp(value, "false") == 0)
		*flag = false;
	else
		return error_say(err, -EINVAL, "a flag takes 'true' or 'false'");
	return 0;
}

int cli_text(const char *value, void *target, struct error *err)
{
	(void)err;
	*(const char **)target = value;
	return 0;
}

int cli_list(const char *value, void *target, struct error *err)
{
	if (text_list_add(target, value) < 0)
		return error_set(err, -ENOMEM, "cannot keep it");
	return 0;
}

int cli_u32(const char *value, void *target, struct error *err)
{
	uint32_t *number = target;

	if (parse_u32(value, number) < 0)
		return error_say(err, -EINVAL, "not a whole number from 0 to 4294967295");
	return 0;
}

int cli_size(const char *value, void *target, struct error *err)
{
	if (parse_size(value, target) < 0)
		return error_say(err, -EINVAL, "not a size like 512, 64k, 32m or 1g");
	return 0;
}

/* How far two words are apart: insertions, removals and changes of one letter. */
static unsigned distance(const char *a, const char *b)
{
	enum {
		LONGEST = 32
	};
	unsigned row[LONGEST + 1];
	size_t n = strlen(b);

	if (n > LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			unsigned changed = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = MIN(changed, MIN(row[j], row[j - 1]) + 1);
		}
	}
	return row[n];
}

static const char *closer(const char *best, const char *candidate, const char *word)
{
	if (distance(word, candidate) > 2)
		return best;
	if (best && distance(word, best) <= distance(word, candidate))
		return best;
	return candidate;
}

static int unknown_option(const struct cli *cli, const char *word, struct error *err)
{
	const char *best = NULL;

	for (const struct cli_option *o = cli->options; o && o->name; o++)
		if (text_starts(word, "--") && o->help)
			best = closer(best, o->name, word + 2);
	if (best)
		(void)error_say(
			err, -EINVAL, "unknown option '%s'; did you mean '--%s'?", word, best);
	else
		(void)error_say(
			err, -EINVAL, "unknown option '%s'; see '%s --help'", word, cli->program);
	return error_exit(err, CLI_USAGE);
}

int cli_unknown(const struct cli_command *commands, const char *name, struct error *err)
{
	const char *best = NULL;

	for (const struct cli_command *c = commands; c->name; c++)
		best = closer(best, c->name, name);
	if (best)
		(void)error_say(
			err, -EINVAL, "unknown command '%s'; did you mean '%s'?", name, best);
	else
		(void)error_say(err, -EINVAL, "unknown command '%s'; '--help' lists them", name);
	return error_exit(err, CLI_USAGE);
}

const struct cli_command *cli_find(const struct cli_command *commands, const char *name)
{
	for (const struct cli_command *c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static int take(const struct cli_option *o, const char *value, struct error *err)
{
	struct error why = { 0 };
	int r = o->read(value, o->target, &why);

	if (r >= 0)
		return 0;
	(void)error_say(err, r, "bad value '%s' for option '--%s': %s", value ? value : "", o->name,
		why.text);
	return error_exit(err, CLI_USAGE);
}

static int missing_value(const struct cli_option *o, struct error *err)
{
	(void)error_say(err, -EINVAL, "option '--%s' needs a value: %s", o->name, o->metavar);
	return error_exit(err, CLI_USAGE);
}

/* argv[*at] is "--name" or "--name=value". */
static int parse_long(const struct cli *cli, int argc, char *argv[], int *at, struct error *err)
{
	const char *word = argv[*at] + 2;
	size_t length = strcspn(word, "=");
	const char *value = word[length] ? word + length + 1 : NULL;

	for (const struct cli_option *o = cli->options; o && o->name; o++) {
		if (strlen(o->name) != length || memcmp(o->name, word, length) != 0)
			continue;
		if (!o->metavar || value)
			return take(o, value, err);
		if (*at + 1 >= argc)
			return missing_value(o, err);
		return take(o, argv[++*at], err);
	}
	return unknown_option(cli, argv[*at], err);
}

/* argv[*at] is "-abc": flags, the last of which may take the rest or the next word. */
static int parse_letters(const struct cli *cli, int argc, char *argv[], int *at, struct error *err)
{
	for (const char *c = argv[*at] + 1; *c; c++) {
		const struct cli_option *o = cli->options;
		int r;

		while (o && o->name && o->letter != *c)
			o++;
		if (!o || !o->name)
			return unknown_option(cli, (char[]){ '-', *c, '\0' }, err);
		if (o->metavar && !c[1] && *at + 1 >= argc)
			return missing_value(o, err);
		if (o->metavar)
			return take(o, c[1] ? c + 1 + (c[1] == '=') : argv[++*at], err);
		r = take(o, NULL, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool asks(const struct cli *cli, const char *word, char letter, const char *name)
{
	for (const struct cli_option *o = cli->options; o && o->name; o++)
		if (o->letter == letter && word[1] == letter)
			return false;
	if (text_starts(word, "--"))
		return strcmp(word + 2, name) == 0;
	return letter && word[1] == letter && !word[2];
}

int cli_parse(const struct cli *cli, int argc, char *argv[], struct error *err)
{
	int operands = 0;
	int at = 1;

	for (; at < argc; at++) {
		char *word = argv[at];
		int r;

		if (strcmp(word, "--") == 0) {
			at++;
			break;
		}
		if (word[0] != '-' || !word[1]) {
			if (cli->stop_at_operand)
				break;
			argv[1 + operands++] = word;
			continue;
		}
		if (asks(cli, word, 'h', "help")) {
			cli_help(cli, stdout);
			return error_say(err, -ECANCELED, "help printed");
		}
		if (at == 1 && strcmp(word, "--complete") == 0) {
			cli_complete(cli, argc - 2, argv + 2, stdout);
			return error_say(err, -ECANCELED, "completions printed");
		}
		if (asks(cli, word, 0, "version")) {
			(void)printf("%s %s\n", cli->program, RPOD_VERSION);
			return error_say(err, -ECANCELED, "version printed");
		}
		r = word[1] == '-' ? parse_long(cli, argc, argv, &at, err)
				   : parse_letters(cli, argc, argv, &at, err);
		if (r < 0)
			return r;
	}
	while (at < argc)
		argv[1 + operands++] = argv[at++];
	return operands;
}
