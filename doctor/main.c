/* SPDX-License-Identifier: Apache-2.0 */
/* rpod-doctor: say what is wrong with a host for rootless containers. It never writes the host. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cli.h"
#include "doctor/args.h"

static struct args args = { .root = "/", .color = "auto" };

static const struct cli_option options[] = {
	{ 'u', "user", "NAME", "judge for this user; default: who runs it", cli_text, &args.user },
	{ 'c', "check", "ID", "judge this check or group only", cli_list, &args.check },
	{ 0, "skip", "ID", "leave this check or group out", cli_list, &args.skip },
	{ 0, "json", NULL, "print JSON", cli_flag, &args.json },
	{ 0, "root", "DIR", "look at an image or a record", cli_text, &args.root },
	{ 0, "record", "DIR", "keep all that was read and answered in DIR", cli_text,
		&args.record },
	{ 'f', "file", "FILE", "explain: read the error text from FILE", cli_text, &args.file },
	{ 0, "fix", NULL, "offer to mend with rpod-setup, judge again", cli_flag, &args.fix },
	{ 0, "strict", NULL, "count warnings as failures", cli_flag, &args.strict },
	{ 0, "color", "auto|always|never", "when to colour", cli_text, &args.color },
	{ 'q', "quiet", NULL, "one line for each finding, no more", cli_flag, &args.quiet },
	{ 'v', "verbose", NULL, "show what is well too", cli_flag, &args.verbose },
	{ 0 },
};

static struct out out = { .stream = NULL };

static int usage(struct error *err, const char *words)
{
	(void)error_say(err, -EINVAL, "%s", words);
	return error_exit(err, CLI_USAGE);
}

static int explain(int argc, char *argv[], struct error *err)
{
	if (argc > 2)
		return usage(err, "'explain' takes one text: put it in quotes, or hand it in on "
				  "standard input");
	if (argc == 2 && args.file)
		return usage(err, "'explain' takes a text or '--file', not both");
	return command_explain(&args, argc == 2 ? argv[1] : NULL, &out, err);
}

static int run_command(int argc, char *argv[], struct error *err)
{
	if (argc < 2)
		return usage(err, "'run' needs a command: rpod-doctor run -- podman info");
	return command_run(&args, argv + 1, err);
}

static int list(int argc, char *argv[], struct error *err)
{
	(void)argv;
	if (argc > 1)
		return usage(err, "'list' takes no operands");
	report_list(&out, args.json);
	return EXIT_SUCCESS;
}

static const struct cli_command commands[] = {
	{ "explain", "[TEXT]", "an error text: its causes, ranked by what this host shows",
		explain },
	{ "run", "-- COMMAND...", "run a command, and explain its errors when it fails",
		run_command },
	{ "list", "", "the checks, in the order they are judged", list },
	{ 0 },
};

static const struct cli cli = {
	.program = "rpod-doctor",
	.synopsis = "[options] [COMMAND]",
	.about = "Say what is wrong with this host for containers without root, and what mends it.",
	.more = "Exit status: 0 nothing failed, 1 something failed, 64 wrong command line,\n"
		"70 could not look. See rpod-doctor(1) and rpod-checks(7).",
	.options = options,
	.commands = commands,
};

static int check_usage(int operands, char *argv[], struct error *err)
{
	if (operands > 0 && !cli_find(commands, argv[1]))
		return cli_unknown(commands, argv[1], err);
	if (args.fix && (args.json || args.record))
		return usage(err, "'--fix' goes with neither '--json' nor '--record'");
	if (args.fix && strcmp(args.root, "/") != 0)
		return usage(err, "'--fix' is for this host, not for another root");
	if (args.file && (operands == 0 || strcmp(argv[1], "explain") != 0))
		return usage(err, "'--file' goes with 'explain'");
	return 0;
}

static int run(int argc, char *argv[], struct error *err)
{
	int operands = cli_parse(&cli, argc, argv, err), r;

	if (operands == -ECANCELED)
		return EXIT_SUCCESS;
	if (operands < 0)
		return operands;
	if (out_open(&out, stdout, args.color) < 0)
		return usage(err, "'--color' takes auto, always or never");
	r = check_usage(operands, argv, err);
	if (r < 0)
		return r;
	if (operands == 0)
		return command_look(&args, &out, err);
	return cli_find(commands, argv[1])->run(operands, argv + 1, err);
}

int main(int argc, char *argv[])
{
	struct error err = { 0 };
	int status;

	out.stream = stdout;
	status = run(argc, argv, &err);
	if (status < 0) {
		out_error("rpod-doctor", &err);
		if (args.json)
			(void)report_json(NULL, &out, &err);
		status = err.exit_status ? err.exit_status : EXIT_CANNOT_LOOK;
	}
	if (out_finish() < 0)
		status = EXIT_CANNOT_LOOK;
	text_list_done(&args.check);
	text_list_done(&args.skip);
	return status;
}
