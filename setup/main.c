/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/cli.h"
#include "base/out.h"
#include "base/text.h"
#include "setup/args.h"
#include "setup/commands.h"
#include "setup/export.h"

static struct args args = { .root = "/", .ports_from = ARGS_NOT_GIVEN };

static int read_count(const char *value, void *target, struct error *err)
{
	if (parse_u64(value, target) < 0)
		return error_say(err, -EINVAL, "not a whole number");
	return 0;
}

static int read_uid(const char *value, void *target, struct error *err)
{
	args.uid_given = true;
	return cli_u32(value, target, err);
}

static const struct cli_option options[] = {
	{ 0, "home", "DIR", "home of a user to be created", cli_text, &args.request.home },
	{ 0, "uid", "N", "user id of a user to be created", read_uid, &args.request.uid },
	{ 0, "shell", "PATH", "login shell of a user to be created", cli_text,
		&args.request.shell },
	{ 0, "system", NULL, "create a service account: a system uid, no login", cli_flag,
		&args.request.system },
	{ 0, "storage", "DIR", "keep the user's images and containers here, not in the home",
		cli_text, &args.request.storage },
	{ 0, "subids", "COUNT", "subordinate ids for each user (65536)", read_count, &args.subids },
	{ 0, "ports-from", "N", "let users bind ports from N on", read_count, &args.ports_from },
	{ 0, "features", "LIST", "load modules for these: bridge, fuse, vxlan", cli_text,
		&args.features },
	{ 0, "ping", NULL, "let users and their containers ping", cli_flag, &args.request.ping },
	{ 0, "nofile", "N", "let users' processes open so many files each", read_count,
		&args.request.nofile },
	{ 0, "tasks", "N", "let each user have so many tasks", read_count, &args.request.tasks },
	{ 0, "open-port", "PORT[/udp]", "open it in firewalld or ufw (repeatable)", cli_list,
		&args.open_ports },
	{ 0, "shared-mounts", NULL, "make / a shared mount also where systemd is the init",
		cli_flag, &args.request.shared_mounts },
	{ 0, "allow-weaken", "apparmor-userns|low-ports", "lower this guard (repeatable)", cli_list,
		&args.weaken },
	{ 0, "controllers", "LIST", "cgroup controllers to delegate (cpu,cpuset,io,memory,pids)",
		cli_text, &args.controllers },
	{ 0, "per-user", NULL, "delegate them to the named users only, not to all", cli_flag,
		&args.request.per_user },
	{ 0, "only", "ID", "mend only this check, or group of checks (repeatable)", cli_list,
		&args.only },
	{ 0, "skip", "ID", "leave this check, or group of checks, alone (repeatable)", cli_list,
		&args.skip },
	{ 0, "packages", NULL, "install packages that are missing too", cli_flag,
		&args.request.packages },
	{ 'n', "dry-run", NULL, "show the changes, make none", cli_flag, &args.dry_run },
	{ 0, "diff", NULL, "show what files will become", cli_flag, &args.diff },
	{ 0, "json", NULL, "print one JSON object", cli_flag, &args.json },
	{ 0, "root", "DIR", "prepare the tree of an image instead of this host", cli_text,
		&args.root },
	{ 0, "format", "cloud-init|butane|kickstart|ansible|shell", "of an export", cli_text,
		&args.format },
	{ 0, "engine", "rpod|podman", "what runs a unit's container; rpod if not given", cli_text,
		&args.engine },
	{ 0, "for", "USER", "whose unit it is, when root writes it", cli_text, &args.for_user },
	{ 0, "detailed-exitcode", NULL, "2: changed; 3: changed, and a reboot is pending", cli_flag,
		&args.detailed },
	{ 0, "lock-timeout", "S", "seconds to wait for another run (0)", cli_u32,
		&args.lock_timeout },
	{ 0, "yes", NULL, "ask nothing; it never does, and scripts may say so", cli_flag,
		&args.yes },
	{ 'q', "quiet", NULL, "say only what fails", cli_flag, &args.quiet },
	{ 'v', "verbose", NULL, "say also what is so already", cli_flag, &args.verbose },
	{ 0 },
};

static int prepare(int argc, char *argv[], struct error *err)
{
	args.request.packages |= strcmp(argv[0], "packages") == 0;
	args.boot_alone = strcmp(argv[0], "cgroup2") == 0;
	return command_prepare(&args, argc, argv, err);
}

/* Asked for by name, the profile is loaded also where nothing is restricted yet. */
static int apparmor(int argc, char *argv[], struct error *err)
{
	args.request.apparmor = true;
	return prepare(argc, argv, err);
}

static int undo(int argc, char *argv[], struct error *err)
{
	return command_undo(&args, argc, argv, err);
}

static int history(int argc, char *argv[], struct error *err)
{
	return command_history(&args, argc, argv, err);
}

static int unit(int argc, char *argv[], struct error *err)
{
	return command_unit(&args, argc, argv, err);
}

static int export(int argc, char *argv[], struct error *err)
{
	return command_export(&args, argc, argv, err);
}

static const struct cli_command commands[] = {
	{ "user", "NAME...", "prepare the host and these users (created if absent)", prepare },
	{ "host", "", "only what all users share", prepare },
	{ "cgroup2", "", "cgroup v2, from the next boot on", prepare },
	{ "sysctl", "", "limits of the kernel", prepare },
	{ "subids", "NAME...", "ranges of subordinate ids", prepare },
	{ "modules", "", "kernel modules, also those of --features", prepare },
	{ "delegate", "NAME...", "cgroup controllers for users", prepare },
	{ "linger", "NAME...", "user managers without a login", prepare },
	{ "selinux", "NAME...", "labels of homes", prepare },
	{ "apparmor", "", "a profile that lets our programs make user namespaces", apparmor },
	{ "config", "NAME...", "users' container configuration", prepare },
	{ "ports", "", "with --ports-from, --open-port, --ping", prepare },
	{ "packages", "", "podman, buildah, crun, fuse3, and what they and rpod need", prepare },
	{ "unit", "NAME IMAGE [-- OPTIONS [-- COMMAND]]", "a user's systemd unit for a container",
		unit },
	{ "export", "COMMAND...", "a command's changes for new hosts, as --format says", export },
	{ "undo", "[RUN]", "take back what a run changed", undo },
	{ "history", "", "the runs, newest first", history },
	{ 0 },
};

static const struct cli cli = {
	.program = "rpod-setup",
	.synopsis = "[options] COMMAND [NAME...]",
	.about = "Prepare this host for containers without root.",
	.more = "examples:\n"
		"  rpod-setup user container --home /data/container\n"
		"  rpod-setup --dry-run --diff user alice bob\n"
		"  rpod-setup --root /mnt/image user container\n"
		"  rpod-setup undo",
	.options = options,
	.commands = commands,
};

static int run(int argc, char *argv[], struct error *err)
{
	const struct cli_command *command;
	int n = cli_parse(&cli, argc, argv, err);
	int r;

	if (n < 0)
		return n;
	r = args_finish(&args, err);
	if (r < 0)
		return r;
	if (n == 0) {
		(void)error_say(err, -EINVAL, "no command; '--help' lists them");
		return error_exit(err, CLI_USAGE);
	}
	command = cli_find(commands, argv[1]);
	return command ? command->run(n, argv + 1, err) : cli_unknown(commands, argv[1], err);
}

/* The words as they were typed, for the journal and for "run 'sudo ...'". */
static void keep_command(struct text *ret, int argc, char *argv[])
{
	text_add(ret, "rpod-setup");
	for (int i = 1; i < argc; i++)
		text_addf(ret, strpbrk(argv[i], " \t\n'\"") ? " '%s'" : " %s", argv[i]);
	args.command = text_get(ret);
}

int main(int argc, char *argv[])
{
	_cleanup_text_ struct text command = { 0 };
	struct error err = { 0 };
	int r, finished;

	keep_command(&command, argc, argv);
	r = run(argc, argv, &err);
	text_list_done(&args.open_ports);
	text_list_done(&args.opened);
	text_list_done(&args.weaken);
	text_list_done(&args.only);
	text_list_done(&args.skip);
	finished = out_finish();
	if (finished < 0 && r >= 0)
		r = error_set(&err, finished, "cannot write to standard output");
	if (r == -ECANCELED && err.exit_status == 0)
		return 0;
	return r < 0 ? command_failed(&args, &err) : r;
}
