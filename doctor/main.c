/* SPDX-License-Identifier: Apache-2.0 */
/* rpod-doctor: say what is wrong with a host for rootless containers. It never writes the host. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cli.h"
#include "doctor/args.h"
#include "doctor/fix.h"
#include "doctor/ignore.h"

static struct args args = { .root = "/", .color = "auto", .format = "text" };

static const struct cli_option options[] = {
	{ 'u', "user", "NAME", "judge for this user; default: who runs it", cli_text, &args.user },
	{ 'c', "check", "ID", "judge this check or group only", cli_list, &args.check },
	{ 0, "skip", "ID", "leave this check or group out", cli_list, &args.skip },
	{ 0, "format", REPORT_FORMAT_WORDS, "print the report in this form", cli_text,
		&args.format },
	{ 0, "json", NULL, "print JSON, as --format json", cli_flag, &args.json },
	{ 'o', "output", "FILE", "write the report to FILE, whole or not at all", cli_text,
		&args.output },
	{ 0, "html", "FILE", "also write a page that shows the host", cli_text, &args.html },
	{ 0, "redact", NULL, "names of users, hosts and homes become placeholders", cli_flag,
		&args.redact },
	{ 0, "ignore", "FILE", "findings borne for now; default " IGNORE_PATH, cli_text,
		&args.ignore },
	{ 0, "root", "DIR", "look at an image or a record (a directory, or packed)", cli_text,
		&args.root },
	{ 0, "after-reboot", NULL, "judge what the next boot will bring, not what is now", cli_flag,
		&args.after_reboot },
	{ 0, "patient", NULL, "on a slow machine: wait ten times as long for answers", cli_flag,
		&args.patient },
	{ 0, "record", "DIR", "keep all that was read and answered in DIR, or DIR.tar", cli_text,
		&args.record },
	{ 'f', "file", "FILE", "explain: read the error text from FILE", cli_text, &args.file },
	{ 0, "fix", NULL, "offer to mend with rpod-setup, judge again", cli_flag, &args.fix },
	{ 'y', "yes", NULL, "--fix: do it without asking", cli_flag, &args.yes },
	{ 0, "allow-weaken", FIX_GUARDS, "--fix: lower this guard where that mends", cli_list,
		&args.weaken },
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

static int summary(int argc, char *argv[], struct error *err)
{
	if (argc < 2)
		return usage(err, "'summary' needs files with the reports of hosts, made with "
				  "'--json'; '-' reads their names from standard input");
	return command_summary(&args, argv + 1, (size_t)argc - 1, &out, err);
}

static const struct cli_command commands[] = {
	{ "explain", "[TEXT]", "an error text: its causes, ranked by what this host shows",
		explain },
	{ "run", "-- COMMAND...", "run a command, and explain its errors when it fails",
		run_command },
	{ "summary", "FILE...", "many hosts' JSON in one matrix, host by check", summary },
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

/* What says how a report is made goes with the commands that make one. */
static int check_report_usage(const char *command, struct error *err)
{
	bool summary = command && strcmp(command, "summary") == 0;

	if (!command)
		return 0;
	if (!args.json && strcmp(args.format, "text") != 0)
		return usage(err, "a command takes '--format text' or 'json' only");
	if (args.redact || args.ignore || args.output)
		return usage(err, "'--redact', '--ignore' and '--output' go with no command");
	if (args.after_reboot)
		return usage(err, "'--after-reboot' goes with no command");
	if (args.html && !summary)
		return usage(err, "'--html' goes with 'summary' or with no command");
	return 0;
}

static int check_usage(int operands, char *argv[], struct error *err)
{
	if (operands > 0 && !cli_find(commands, argv[1]))
		return cli_unknown(commands, argv[1], err);
	if (!report_format_find(args.format))
		return usage(err, "'--format' takes " REPORT_FORMAT_WORDS);
	if (args.json && strcmp(args.format, "text") != 0 && strcmp(args.format, "json") != 0)
		return usage(err, "'--json' and '--format' ask for different forms");
	args.format = args.json ? "json" : args.format;
	args.json = strcmp(args.format, "json") == 0;
	if (args.fix && (strcmp(args.format, "text") != 0 || args.record || args.redact))
		return usage(err, "'--fix' goes with text, and not with '--record' or '--redact'");
	if (args.fix && strcmp(args.root, "/") != 0)
		return usage(err, "'--fix' is for this host, not for another root");
	if (args.after_reboot && (args.fix || args.record))
		return usage(err, "'--after-reboot' goes neither with '--fix' nor with '--record'; "
				  "it can judge a record: --root DIR");
	if (!args.fix && (args.yes || args.weaken.count > 0))
		return usage(err, "'--yes' and '--allow-weaken' go with '--fix'");
	if (fix_check(&(struct fix_request){ .weaken = &args.weaken }, err) < 0)
		return error_exit(err, CLI_USAGE);
	if (args.file && (operands == 0 || strcmp(argv[1], "explain") != 0))
		return usage(err, "'--file' goes with 'explain'");
	return check_report_usage(operands ? argv[1] : NULL, err);
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
	text_list_done(&args.weaken);
	return status;
}
