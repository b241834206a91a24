/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/cli.h"
#include "base/out.h"
#include "runtime/cli/command.h"
#include "runtime/oci/process.h"
#include "runtime/oci/userns.h"

static const struct cli_command commands[] = {
	{ "run", "IMAGE [COMMAND...]", "run a command in a new container", run_main },
	{ "create", "IMAGE [COMMAND...]", "make a container without starting it", create_main },
	{ "start", "CONTAINER...", "start containers", start_main },
	{ "stop", "CONTAINER...", "ask containers to end", stop_main },
	{ "restart", "CONTAINER...", "stop and start containers", restart_main },
	{ "kill", "CONTAINER...", "send a signal to containers", kill_main },
	{ "rm", "CONTAINER...", "remove containers", rm_main },
	{ "ps", "", "list containers", ps_main },
	{ "logs", "CONTAINER", "show what a container wrote", logs_main },
	{ "exec", "CONTAINER COMMAND...", "run a further command in a container", exec_main },
	{ "wait", "CONTAINER...", "wait for containers to end", wait_main },
	{ "inspect", "CONTAINER...", "show everything known of containers", inspect_main },
	{ "port", "CONTAINER", "list the ports that lead into a container", port_main },
	{ "unshare", "[COMMAND...]", "run a command inside your id map", unshare_main },
	{ "info", "", "show where containers are kept", info_main },
	{ "version", "", "show the version", version_main },
	{ 0 },
};

static const struct cli cli = {
	.program = "rpod",
	.synopsis = "COMMAND [options] ...",
	.about = "Containers without root and without a daemon, with podman's command line.",
	.more = "'rpod COMMAND --help' tells more. When a host keeps containers from starting, the "
		"error names\nthe check that explains it: 'rpod-doctor --check ID'.",
	.commands = commands,
	.stop_at_operand = true,
};

static int dispatch(int argc, char *argv[], struct error *err)
{
	const struct cli_command *command;
	int r = cli_parse(&cli, argc, argv, err);

	if (r < 0)
		return r;
	if (r == 0) {
		cli_help(&cli, stderr);
		return EXIT_RPOD;
	}
	argv[1 + r] = NULL;
	command = cli_find(commands, argv[1]);
	if (!command)
		return cli_unknown(commands, argv[1], err);
	return command->run(r, argv + 1, err);
}

/* podman-run(1): whatever goes wrong in rpod itself, a wrong option too, is 125. */
static int status_of(const struct error *err)
{
	if (err->exit_status && err->exit_status != CLI_USAGE)
		return err->exit_status;
	return EXIT_RPOD;
}

int main(int argc, char *argv[])
{
	struct error err = { 0 };
	int r = process_seal(argv);

	userns_find_session();
	if (r < 0)
		(void)error_set(&err, r, "cannot protect the program from containers");
	else
		r = dispatch(argc, argv, &err);
	if (r == -ECANCELED)
		r = 0;
	if (r < 0) {
		out_error("rpod", &err);
		r = status_of(&err);
	}
	if (out_finish() < 0 && r == 0)
		r = EXIT_RPOD;
	return r;
}
