/* SPDX-License-Identifier: Apache-2.0 */
/* rpod exec. */
#include "runtime/engine/exec.h"

#include <errno.h>

#include "runtime/cli/command.h"

static struct {
	struct text_list env_file, env;
	const char *workdir, *user;
	bool detach, interactive, tty, privileged;
} args;

static const struct cli_option options[] = {
	{ 'd', "detach", NULL, "do not wait for the command", cli_flag, &args.detach },
	{ 'e', "env", "NAME[=VALUE]", "set a variable, or hand yours in", read_pair, &args.env },
	{ 0, "env-file", "FILE", "variables from a file, one in a line", read_pair_file,
		&args.env_file },
	{ 'i', "interactive", NULL, "hand standard input in", cli_flag, &args.interactive },
	{ 0, "privileged", NULL, "all capabilities, no filter", cli_flag, &args.privileged },
	{ 't', "tty", NULL, "give the command a terminal", cli_flag, &args.tty },
	{ 'u', "user", "USER[:GROUP]", "who runs the command", cli_text, &args.user },
	{ 'w', "workdir", "DIR", "the command's directory", cli_text, &args.workdir },
	{ 0 },
};

static const struct cli exec_cli = {
	.program = "rpod exec",
	.synopsis = "[options] CONTAINER COMMAND [ARGUMENT...]",
	.about = "Run a further command in a running container.",
	.more = "exit status: the command's; 125 rpod failed, 126 cannot be run, 127 not there",
	.options = options,
	.stop_at_operand = true,
};

static int gather(struct text_list *env, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < args.env_file.count; i++)
		r = settings_assign(env, args.env_file.items[i]);
	for (size_t i = 0; r >= 0 && i < args.env.count; i++)
		r = settings_assign(env, args.env.items[i]);
	return r < 0 ? error_set(err, r, "cannot keep the environment") : 0;
}

int exec_main(int argc, char *argv[], struct error *err)
{
	_cleanup_place_ struct place place = { .containers_fd = -1, .names_fd = -1, .run_fd = -1 };
	_cleanup_subject_ struct subject subject = SUBJECT_NONE;
	_cleanup_text_list_ struct text_list env = { 0 };
	struct exec exec = { .env = &env };
	int operands = cli_parse(&exec_cli, argc, argv, err), status = 0, r = operands;

	settings_init(&subject.settings);
	if (r >= 0)
		r = command_need(exec_cli.program, operands, 2, -1, err);
	if (r >= 0)
		r = gather(&env, err);
	if (r >= 0)
		r = command_enter(&place, err);
	if (r >= 0)
		r = subject_open(&subject, &place, argv[1], err);
	if (r < 0)
		return r;
	argv[1 + operands] = NULL;
	exec.args = (const char *const *)argv + 2;
	exec.workdir = args.workdir;
	exec.user = args.user;
	exec.interactive = args.interactive;
	exec.tty = args.tty;
	exec.detached = args.detach;
	subject.settings.privileged |= args.privileged;
	r = exec_run(&subject.container, &subject.state, &subject.settings, &exec, &status, err);
	return r < 0 ? r : status;
}
