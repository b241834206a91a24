/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cli.h"
#include "base/text.h"

static struct {
	bool interactive, terminal;
	const char *name;
	struct text_list env;
	uint32_t count;
	uint64_t memory;
} args;

static const struct cli_option options[] = {
	{ 'i', "interactive", NULL, "keep standard input open", cli_flag, &args.interactive },
	{ 't', "tty", NULL, "give it a terminal", cli_flag, &args.terminal },
	{ 0, "name", "NAME", "name it", cli_text, &args.name },
	{ 'e', "env", "NAME=VALUE", "set a variable", cli_list, &args.env },
	{ 'c', "count", "N", "how many", cli_u32, &args.count },
	{ 'm', "memory", "SIZE", "limit", cli_size, &args.memory },
	{ 0 },
};

static const struct cli run = {
	.program = "test run",
	.synopsis = "[options] IMAGE [COMMAND]",
	.about = "For a test.",
	.options = options,
	.stop_at_operand = true,
};

enum {
	WORDS = 12
};

/* Parse a blank-separated line; the words stay valid until the next call. */
static int parse(const struct cli *cli, const char *line, char **ret_argv, struct error *err)
{
	static char words[256];
	int argc = 1;

	text_list_done(&args.env);
	memset(&args, 0, sizeof(args));
	(void)text_copy(words, sizeof(words), line);
	ret_argv[0] = (char *)"test";
	for (char *at = words; *at && argc < WORDS;) {
		ret_argv[argc++] = at;
		at += strcspn(at, " ");
		if (*at)
			*at++ = '\0';
	}
	return cli_parse(cli, argc, ret_argv, err);
}

static void every_spelling_of_an_option_is_the_same(void **state)
{
	static const char *const lines[] = { "-eA=1 x", "-e A=1 x", "-e=A=1 x", "--env A=1 x",
		"--env=A=1 x" };
	char *argv[WORDS];
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_int_equal(parse(&run, lines[i], argv, &err), 1);
		assert_int_equal(args.env.count, 1);
		assert_string_equal(args.env.items[0], "A=1");
		assert_string_equal(argv[1], "x");
	}
}

static void letters_join_and_flags_can_be_turned_off(void **state)
{
	char *argv[WORDS];
	struct error err;

	(void)state;
	assert_int_equal(parse(&run, "-it image", argv, &err), 1);
	assert_true(args.interactive && args.terminal);
	assert_int_equal(parse(&run, "-it --tty=false image", argv, &err), 1);
	assert_true(args.interactive && !args.terminal);
	assert_int_equal(parse(&run, "-itc3 image", argv, &err), 1);
	assert_int_equal(args.count, 3);
}

static void options_after_the_image_belong_to_the_command(void **state)
{
	char *argv[WORDS];
	struct error err;

	(void)state;
	assert_int_equal(parse(&run, "--name a image ls --name b -i", argv, &err), 5);
	assert_string_equal(args.name, "a");
	assert_false(args.interactive);
	assert_string_equal(argv[5], "-i");
}

static void two_dashes_end_the_options(void **state)
{
	char *argv[WORDS];
	struct error err;

	(void)state;
	assert_int_equal(parse(&run, "-i -- -t x", argv, &err), 2);
	assert_string_equal(argv[1], "-t");
	assert_false(args.terminal);
}

static void a_wrong_line_is_one_clear_sentence(void **state)
{
	static const struct {
		const char *line, *words;
	} rows[] = {
		{ "--nmae x", "unknown option '--nmae'; did you mean '--name'?" },
		{ "--zzzzzz", "unknown option '--zzzzzz'; see 'test run --help'" },
		{ "-x", "unknown option '-x'; see 'test run --help'" },
		{ "--name", "option '--name' needs a value: NAME" },
		{ "-c many x", "bad value 'many' for option '--count': "
			       "not a whole number from 0 to 4294967295" },
		{ "--memory=1q x", "bad value '1q' for option '--memory': "
				   "not a size like 512, 64k, 32m or 1g" },
		{ "--tty=maybe x",
			"bad value 'maybe' for option '--tty': a flag takes 'true' or 'false'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *argv[WORDS];
		struct error err = { 0 };

		assert_int_equal(parse(&run, rows[i].line, argv, &err), -EINVAL);
		assert_string_equal(err.text, rows[i].words);
		assert_int_equal(err.exit_status, CLI_USAGE);
	}
}

static void a_mistyped_command_is_guessed(void **state)
{
	static const struct cli_command commands[] = {
		{ "run", "", "run one", NULL },
		{ "ps", "", "list", NULL },
		{ 0 },
	};
	struct error err = { 0 };

	(void)state;
	assert_ptr_equal(cli_find(commands, "ps"), &commands[1]);
	assert_null(cli_find(commands, "rum"));
	assert_int_equal(cli_unknown(commands, "rum", &err), -EINVAL);
	assert_string_equal(err.text, "unknown command 'rum'; did you mean 'run'?");
}

static void help_fits_eighty_columns(void **state)
{
	char *data = NULL, *line, *at;
	size_t size = 0;
	FILE *to = open_memstream(&data, &size);
	bool found = false;

	(void)state;
	cli_help(&run, to);
	(void)fclose(to);
	for (at = data; (line = strsep(&at, "\n"));) {
		assert_true(strlen(line) < 80);
		found |= strcmp(line, "  -e, --env NAME=VALUE    set a variable") == 0;
	}
	free(data);
	assert_true(found);
}

static int done(void **state)
{
	(void)state;
	text_list_done(&args.env);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_spelling_of_an_option_is_the_same),
		cmocka_unit_test(letters_join_and_flags_can_be_turned_off),
		cmocka_unit_test(options_after_the_image_belong_to_the_command),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(a_wrong_line_is_one_clear_sentence),
		cmocka_unit_test(a_mistyped_command_is_guessed),
		cmocka_unit_test(help_fits_eighty_columns),
	};

	return cmocka_run_group_tests_name("cli", tests, NULL, done);
}
