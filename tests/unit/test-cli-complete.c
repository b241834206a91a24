/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cli.h"
#include "base/text.h"

static const struct cli_option options[] = {
	{ 'n', "dry-run", NULL, "show it", cli_flag, NULL },
	{ 'o', "out", "DIR", "where to", cli_text, NULL },
	{ 0, "color", "auto|always", "when", cli_text, NULL },
	{ 0, "secret", NULL, NULL, cli_flag, NULL },
	{ 0 },
};

static const struct cli_command commands[] = {
	{ "user", "NAME...", "prepare", NULL },
	{ "undo", "[RUN]", "take back", NULL },
	{ "hidden", "", NULL, NULL },
	{ 0 },
};

static const struct cli both = {
	.synopsis = "[options] COMMAND", .options = options, .commands = commands
};
static const struct cli alone = { .synopsis = "[options] IMAGE [WORD...]", .options = options };

#define OPTIONS  "--dry-run\tshow it\n--out\twhere to\n--color\twhen\n--help\tshow this help\n"
#define COMMANDS "user\tprepare\nundo\ttake back\n"

/* The line's words are parted by '/'; the last is being typed. */
static const struct {
	const struct cli *cli;
	const char *line, *offered;
} rows[] = {
	{ &both, "", COMMANDS },
	{ &both, "u", COMMANDS },
	{ &both, "-", OPTIONS },
	{ &both, "--out/", "@DIR\n" },
	{ &both, "-o/x", "@DIR\n" },
	{ &both, "--color/", "auto\nalways\n" },
	{ &both, "user/", "@NAME\n" },
	{ &both, "user/a/", "@NAME\n" },
	{ &both, "--out/x/-n/user/", "@NAME\n" },
	{ &both, "undo/", "@RUN\n" },
	{ &both, "undo/a/", "" },
	{ &both, "user/--dr", OPTIONS },
	{ &both, "hidden/", "" },
	{ &alone, "", "@IMAGE\n" },
	{ &alone, "x/", "@WORD\n" },
	{ &alone, "x/y/z/", "@WORD\n" },
};

static void offered(const struct cli *cli, const char *line, char *ret, size_t size)
{
	char copy[64], *words[8], *rest = copy, *data = NULL;
	size_t length = 0;
	FILE *to = open_memstream(&data, &length);
	int n = 0;

	(void)text_copy(copy, sizeof(copy), line);
	while (rest && n < 8)
		words[n++] = strsep(&rest, "/");
	cli_complete(cli, n, words, to);
	(void)fclose(to);
	(void)text_copy(ret, size, data);
	free(data);
}

static void what_may_follow_is_offered(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char got[512];

		offered(rows[i].cli, rows[i].line, got, sizeof(got));
		print_message("# %s\n", rows[i].line);
		assert_string_equal(got, rows[i].offered);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_may_follow_is_offered),
	};

	return cmocka_run_group_tests_name("cli-complete", tests, NULL, NULL);
}
