/* SPDX-License-Identifier: Apache-2.0 */
/* rpod stop, kill and wait. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "runtime/cli/command.h"
#include "runtime/engine/signals.h"
#include "runtime/engine/stop.h"

enum {
	NOT_GIVEN = -1
};

static struct {
	int64_t timeout;
	const char *signal;
	bool all, ignore;
} args = { .timeout = NOT_GIVEN };

static int settings_signal(const struct settings *settings)
{
	int number = settings->stop_signal ? signals_parse(settings->stop_signal) : SIGTERM;

	return number > 0 ? number : SIGTERM;
}

static int stop(struct subject *subject, const struct place *place, void *arg, struct error *err)
{
	int64_t timeout = args.timeout == NOT_GIVEN ? subject->settings.stop_timeout : args.timeout;
	int r;

	(void)place;
	(void)arg;
	r = stop_container(&subject->container, &subject->state,
		settings_signal(&subject->settings), timeout, err);
	if (r >= 0)
		(void)printf("%s\n", subject->container.name);
	return r;
}

static const struct cli_option stop_options[] = {
	{ 'a', "all", NULL, "all that run", cli_flag, &args.all },
	{ 'i', "ignore", NULL, "no error for a container that is not there", cli_flag,
		&args.ignore },
	{ 't', "time", "SECONDS", "how long to wait before it is killed", read_seconds,
		&args.timeout },
	{ 0 },
};

static const struct cli stop_cli = {
	.program = "rpod stop",
	.synopsis = "[options] CONTAINER...",
	.about = "Ask containers to end; kill those that do not.",
	.options = stop_options,
};

/* Parse, enter, do it to each: what stop and kill have in common. */
static int act_on_each(
	const struct cli *cli, int argc, char *argv[], command_act *act, struct error *err)
{
	_cleanup_place_ struct place place = { .containers_fd = -1, .names_fd = -1, .run_fd = -1 };
	struct command_each each = { .program = "rpod", .running_only = true, .act = act };
	int r = cli_parse(cli, argc, argv, err);

	each.count = r;
	each.words = argv + 1;
	each.all = args.all;
	each.ignore_missing = args.ignore;
	if (r >= 0)
		r = command_need(cli->program, r, args.all ? 0 : 1, args.all ? 0 : -1, err);
	if (r >= 0)
		r = command_enter(&place, err);
	return r < 0 ? r : command_each(&each, &place, err);
}

int stop_main(int argc, char *argv[], struct error *err)
{
	return act_on_each(&stop_cli, argc, argv, stop, err);
}

static int send_signal(
	struct subject *subject, const struct place *place, void *arg, struct error *err)
{
	int number = args.signal ? signals_parse(args.signal) : SIGKILL;
	int r;

	(void)place;
	(void)arg;
	if (number < 0)
		return error_say(err, number, "unknown signal '%s'", args.signal);
	r = stop_signal(&subject->container, &subject->state, number, err);
	if (r >= 0)
		(void)printf("%s\n", subject->container.name);
	return r;
}

static const struct cli_option kill_options[] = {
	{ 'a', "all", NULL, "all that run", cli_flag, &args.all },
	{ 's', "signal", "SIGNAL", "which one; KILL if not given", cli_text, &args.signal },
	{ 0 },
};

static const struct cli kill_cli = {
	.program = "rpod kill",
	.synopsis = "[options] CONTAINER...",
	.about = "Send a signal to the first process of containers.",
	.options = kill_options,
};

int kill_main(int argc, char *argv[], struct error *err)
{
	return act_on_each(&kill_cli, argc, argv, send_signal, err);
}

static int await(struct subject *subject, const struct place *place, void *arg, struct error *err)
{
	int status, r;

	(void)place;
	(void)arg;
	r = stop_wait(&subject->container, subject->settings.started, &status, err);
	if (r >= 0)
		(void)printf("%d\n", status);
	return r;
}

static const struct cli_option wait_options[] = {
	{ 0, "ignore", NULL, "no error for a container that is not there", cli_flag, &args.ignore },
	{ 0 },
};

static const struct cli wait_cli = {
	.program = "rpod wait",
	.synopsis = "CONTAINER...",
	.about = "Wait until containers have ended and print their exit statuses.",
	.options = wait_options,
};

int wait_main(int argc, char *argv[], struct error *err)
{
	return act_on_each(&wait_cli, argc, argv, await, err);
}
