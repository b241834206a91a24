/* SPDX-License-Identifier: Apache-2.0 */
/* rpod start and restart: a container's settings are complete, so its image is not asked again. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "runtime/cli/command.h"
#include "runtime/engine/monitor.h"
#include "runtime/engine/signals.h"
#include "runtime/engine/stop.h"

static struct {
	bool attach, interactive, all;
	int64_t timeout;
	int status;
} args = { .timeout = -1 };

static int begin(struct subject *subject, const struct place *place, struct error *err)
{
	struct monitor_how how = {
		.attached = args.attach, .interactive = args.interactive, .proxy = args.attach
	};
	int r;

	if (subject->broken)
		return error_say(err, -EINVAL,
			"cannot read the settings of container '%s'; remove it "
			"with 'rpod rm -f %s'",
			subject->container.id, subject->container.id);
	subject->settings.started = state_now();
	subject->settings.detach = !args.attach;
	r = settings_write(&subject->settings, subject->container.dir_fd);
	if (r < 0)
		return error_set(err, r, "cannot keep the settings of container '%s'",
			subject->container.name);
	if (args.attach)
		return monitor_run(
			&subject->container, place, &subject->settings, &how, &args.status, err);
	r = monitor_detach(&subject->container, place, &subject->settings, err);
	if (r >= 0)
		(void)printf("%s\n", subject->container.name);
	return r;
}

static int start(struct subject *subject, const struct place *place, void *arg, struct error *err)
{
	int r;

	(void)arg;
	if (subject->state.kind == STATE_RUNNING) { /* podman: no error */
		(void)printf("%s\n", subject->container.name);
		return 0;
	}
	r = begin(subject, place, err);
	if (r < 0)
		diagnose(err);
	return r;
}

static const struct cli_option start_options[] = {
	{ 'a', "attach", NULL, "show what it writes and wait for its end", cli_flag, &args.attach },
	{ 'i', "interactive", NULL, "with -a: hand standard input in", cli_flag,
		&args.interactive },
	{ 0, "all", NULL, "all that do not run", cli_flag, &args.all },
	{ 0 },
};

static const struct cli start_cli = {
	.program = "rpod start",
	.synopsis = "[options] CONTAINER...",
	.about = "Start containers that were made or have ended.",
	.options = start_options,
};

static int act_on_each(
	const struct cli *cli, int argc, char *argv[], command_act *act, struct error *err)
{
	_cleanup_place_ struct place place = { .containers_fd = -1, .names_fd = -1, .run_fd = -1 };
	struct command_each each = { .program = "rpod", .act = act };
	int r = cli_parse(cli, argc, argv, err);

	each.count = r;
	each.words = argv + 1;
	each.all = args.all;
	if (r >= 0)
		r = command_need(cli->program, r, args.all ? 0 : 1, args.attach ? 1 : -1, err);
	if (r >= 0)
		r = command_enter(&place, err);
	if (r >= 0)
		r = command_each(&each, &place, err);
	return r < 0 ? r : args.status;
}

int start_main(int argc, char *argv[], struct error *err)
{
	return act_on_each(&start_cli, argc, argv, start, err);
}

static int restart(struct subject *subject, const struct place *place, void *arg, struct error *err)
{
	const struct settings *s = &subject->settings;
	int number = s->stop_signal ? signals_parse(s->stop_signal) : SIGTERM;
	int r;

	(void)arg;
	r = stop_container(&subject->container, &subject->state, number > 0 ? number : SIGTERM,
		args.timeout < 0 ? s->stop_timeout : args.timeout, err);
	if (r >= 0)
		r = begin(subject, place, err);
	return r;
}

static const struct cli_option restart_options[] = {
	{ 'a', "all", NULL, "all containers", cli_flag, &args.all },
	{ 't', "time", "SECONDS", "how long to wait before it is killed", read_seconds,
		&args.timeout },
	{ 0 },
};

static const struct cli restart_cli = {
	.program = "rpod restart",
	.synopsis = "[options] CONTAINER...",
	.about = "Stop and start containers.",
	.options = restart_options,
};

int restart_main(int argc, char *argv[], struct error *err)
{
	return act_on_each(&restart_cli, argc, argv, restart, err);
}
