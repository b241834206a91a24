/* SPDX-License-Identifier: Apache-2.0 */
/* What a command line tells people of itself. */
#include "base/cli.h"

#include <string.h>

/* One row: "  -n, --dry-run   help", wrapped at 80 columns with the help aligned. */
static void help_row(FILE *to, const char *left, const char *help)
{
	enum {
		LEFT = 26,
		WIDTH = 79
	};
	int room = WIDTH - LEFT;

	(void)fprintf(to, "%-*s", LEFT, left);
	if (strlen(left) >= LEFT)
		(void)fprintf(to, "\n%*s", LEFT, "");
	while (strlen(help) > (size_t)room) {
		int cut = room;

		while (cut > 0 && help[cut] != ' ')
			cut--;
		(void)fprintf(to, "%.*s\n%*s", cut, help, LEFT, "");
		help += cut + 1;
	}
	(void)fprintf(to, "%s\n", help);
}

static void help_option(FILE *to, const struct cli_option *o)
{
	char left[128];
	char letter[8] = "    ";

	if (!o->help)
		return;
	if (o->letter)
		(void)snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	(void)snprintf(left, sizeof(left), "  %s--%s%s%s", letter, o->name, o->metavar ? " " : "",
		o->metavar ? o->metavar : "");
	help_row(to, left, o->help);
}

void cli_help(const struct cli *cli, FILE *to)
{
	(void)fprintf(to, "usage: %s %s\n\n%s\n", cli->program, cli->synopsis, cli->about);
	if (cli->commands)
		(void)fprintf(to, "\ncommands:\n");
	for (const struct cli_command *c = cli->commands; c && c->name; c++) {
		char left[128];

		if (!c->help)
			continue;
		(void)snprintf(left, sizeof(left), "  %s %s", c->name, c->synopsis);
		help_row(to, left, c->help);
	}
	(void)fprintf(to, "\noptions:\n");
	for (const struct cli_option *o = cli->options; o && o->name; o++)
		help_option(to, o);
	help_row(to, "  -h, --help", "show this help");
	help_row(to, "      --version", "show the version");
	if (cli->more)
		(void)fprintf(to, "\n%s\n", cli->more);
}
