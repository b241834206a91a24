/* SPDX-License-Identifier: Apache-2.0 */
/* rpod unshare: a command of the host inside the user's id map, where containers live. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "runtime/cli/command.h"
#include "runtime/oci/userns.h"

static const struct cli unshare_cli = {
	.program = "rpod unshare",
	.synopsis = "[COMMAND [ARGUMENT...]]",
	.about = "Run a command, or a shell, as root of the user namespace containers run in:\nto "
		 "look at "
		 "or change files of theirs.",
	.more = "example: rpod unshare cat /proc/self/uid_map",
	.stop_at_operand = true,
};

/* What is mounted in there stays in there. */
static int leave_mounts(struct error *err)
{
	if (unshare(CLONE_NEWNS) < 0)
		return error_set(err, -errno, "cannot make a mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return error_set(err, -errno, "cannot keep mounts to the namespace");
	return 0;
}

static int execute(char *argv[], struct error *err)
{
	const char *shell = getenv("SHELL");
	char *fallback[] = { (char *)(uintptr_t)(shell && *shell ? shell : "/bin/sh"), NULL };
	char **command = argv[1] ? argv + 1 : fallback;

	(void)execvp(command[0], command);
	(void)error_set(err, -errno, "cannot run '%s'", command[0]);
	return error_exit(err, err->code == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN);
}

int unshare_main(int argc, char *argv[], struct error *err)
{
	int operands = cli_parse(&unshare_cli, argc, argv, err), r;

	if (operands < 0)
		return operands;
	if (userns_owner() == 0) {
		(void)error_say(err, -EPERM,
			"root has no user namespace to enter; run it as the user "
			"whose containers you mean");
		return error_exit(err, EXIT_RPOD);
	}
	r = userns_enter(NULL, err);
	if (r < 0) {
		diagnose(err);
		return r;
	}
	argv[1 + operands] = NULL;
	r = leave_mounts(err);
	return r < 0 ? r : execute(argv, err);
}
