/* SPDX-License-Identifier: Apache-2.0 */
/* rpod-doctor: say what is wrong with a host for rootless containers. It never writes the host. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/cli.h"
#include "doctor/choice.h"
#include "doctor/fix.h"
#include "doctor/report.h"
#include "host/root.h"

enum {
	EXIT_CANNOT_LOOK = 70
};

static struct {
	const char *user, *root, *record, *color;
	struct text_list check, skip;
	bool json, fix, strict, quiet, verbose;
} args = { .root = "/", .color = "auto" };

static const struct cli_option options[] = {
	{ 'u', "user", "NAME", "judge for this user; default: who runs it", cli_text, &args.user },
	{ 'c', "check", "ID", "judge this check or group only", cli_list, &args.check },
	{ 0, "skip", "ID", "leave this check or group out", cli_list, &args.skip },
	{ 0, "json", NULL, "print JSON", cli_flag, &args.json },
	{ 0, "root", "DIR", "look at an image or a record", cli_text, &args.root },
	{ 0, "record", "DIR", "keep all that was read and answered in DIR", cli_text,
		&args.record },
	{ 0, "fix", NULL, "offer to mend with rpod-setup, judge again", cli_flag, &args.fix },
	{ 0, "strict", NULL, "count warnings as failures", cli_flag, &args.strict },
	{ 0, "color", "auto|always|never", "when to colour", cli_text, &args.color },
	{ 'q', "quiet", NULL, "one line for each finding, no more", cli_flag, &args.quiet },
	{ 'v', "verbose", NULL, "show what is well too", cli_flag, &args.verbose },
	{ 0 },
};

static const struct cli_command commands[] = {
	{ "list", "", "the checks, in the order they are judged", NULL },
	{ 0 },
};

static const struct cli cli = {
	.program = "rpod-doctor",
	.synopsis = "[options] [list]",
	.about = "Say what is wrong with this host for containers without root, and what mends it.",
	.more = "Exit status: 0 nothing failed, 1 something failed, 64 wrong command line,\n"
		"70 could not look. See rpod-doctor(1) and rpod-checks(7).",
	.options = options,
	.commands = commands,
};

static int usage(struct error *err, const char *words)
{
	(void)error_say(err, -EINVAL, "%s", words);
	return error_exit(err, CLI_USAGE);
}

static int check_usage(int operands, char *argv[], struct error *err)
{
	if (operands > 0 && !cli_find(commands, argv[1]))
		return cli_unknown(commands, argv[1], err);
	if (operands > 1)
		return usage(err, "'list' takes no operands");
	if (args.fix && (args.json || args.record))
		return usage(err, "'--fix' goes with neither '--json' nor '--record'");
	if (args.fix && strcmp(args.root, "/") != 0)
		return usage(err, "'--fix' is for this host, not for another root");
	return 0;
}

static enum report_detail detail(void)
{
	if (args.verbose)
		return REPORT_ALL;
	return args.quiet ? REPORT_QUIET : REPORT_NORMAL;
}

/* Read, judge, print. The exit status, or a negative errno. */
static int look(const struct out *out, bool may_fix, struct error *err)
{
	_cleanup_root_ struct root root = { 0 };
	_cleanup_report_ struct report report = { 0 };
	_cleanup_free_ bool *wanted = calloc(check_count(), sizeof(*wanted));
	int r, status;

	if (!wanted)
		return error_set(err, -ENOMEM, "cannot judge the host");
	r = choice_make(&args.check, &args.skip, wanted, err);
	if (r >= 0)
		r = root_open(args.root, &root, err);
	if (r >= 0 && args.record)
		r = root_record(&root, args.record, err);
	if (r >= 0)
		r = report_make(&report, &root, args.user, wanted,
			args.record ? HOST_ALL : check_sections(wanted), err);
	if (r >= 0 && args.record)
		r = root_record_finish(&root, err);
	if (r < 0)
		return r;
	report.root = args.root;
	status = report_status(&report, args.strict);
	if (args.json)
		return report_json(&report, out, NULL) < 0 ? EXIT_CANNOT_LOOK : status;
	report_text(&report, out, detail(), status);
	r = may_fix ? fix_offer(&report, out, err) : 0;
	return r > 0 ? look(out, false, err) : r < 0 ? r : status;
}

static int run(int argc, char *argv[], struct out *out, struct error *err)
{
	int operands = cli_parse(&cli, argc, argv, err), r;

	if (operands == -ECANCELED)
		return EXIT_SUCCESS;
	if (operands < 0)
		return operands;
	if (out_open(out, stdout, args.color) < 0)
		return usage(err, "'--color' takes auto, always or never");
	r = check_usage(operands, argv, err);
	if (r < 0)
		return r;
	if (operands == 0)
		return look(out, args.fix, err);
	report_list(out, args.json);
	return EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
	struct error err = { 0 };
	struct out out = { .stream = stdout };
	int status = run(argc, argv, &out, &err);

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
