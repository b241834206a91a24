/* SPDX-License-Identifier: Apache-2.0 */
/* rpod logs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "runtime/cli/command.h"
#include "runtime/engine/log.h"
#include "runtime/engine/stop.h"

static int read_time(const char *value, void *target, struct error *err);

static struct {
	struct log_query query;
} args = { .query = { .tail = -1 } };

static const struct cli_option options[] = {
	{ 'f', "follow", NULL, "go on until the container ends", cli_flag, &args.query.follow },
	{ 0, "since", "TIME", "from then on: a date, seconds since 1970, or '10m' ago", read_time,
		&args.query.since },
	{ 0, "tail", "LINES", "the last LINES only", read_count, &args.query.tail },
	{ 't', "timestamps", NULL, "when each line was written", cli_flag, &args.query.timestamps },
	{ 0, "until", "TIME", "up to then", read_time, &args.query.until },
	{ 0 },
};

static const struct cli logs_cli = {
	.program = "rpod logs",
	.synopsis = "[options] CONTAINER",
	.about = "Show what a container wrote.",
	.options = options,
};

/* "1h30m", as Go's durations: so long ago. */
static int read_duration(const char *value, int64_t *ret)
{
	static const char units[] = "smhd";
	static const int64_t seconds[] = { 1, 60, 3600, 86400 };
	int64_t total = 0;

	while (*value) {
		int64_t n = 0;
		const char *unit;

		if (*value < '0' || *value > '9')
			return -EINVAL;
		for (; *value >= '0' && *value <= '9' && n < INT32_MAX; value++)
			n = n * 10 + *value - '0';
		unit = *value ? strchr(units, *value++) : NULL;
		if (!unit)
			return -EINVAL;
		total += n * seconds[unit - units];
	}
	*ret = state_now() - total * 1000000000;
	return 0;
}

static int read_time(const char *value, void *target, struct error *err)
{
	if (log_parse_time(value, target) >= 0 || read_duration(value, target) >= 0)
		return 0;
	return error_say(err, -EINVAL,
		"a time like 2026-01-31T09:15:00Z, seconds since 1970, or 1h30m for so long ago");
}

static int show(const struct subject *subject, struct error *err)
{
	_cleanup_close_ int watch = -1;

	if (args.query.follow)
		watch = stop_watch(&subject->container, &subject->state);
	return log_show(subject->container.dir_fd, &args.query, watch, stdout, stderr, err);
}

int logs_main(int argc, char *argv[], struct error *err)
{
	_cleanup_place_ struct place place = { .containers_fd = -1, .names_fd = -1, .run_fd = -1 };
	_cleanup_subject_ struct subject subject = SUBJECT_NONE;
	int r = cli_parse(&logs_cli, argc, argv, err);

	settings_init(&subject.settings);
	if (r >= 0)
		r = command_need(logs_cli.program, r, 1, 1, err);
	if (r >= 0)
		r = place_open(&place, err);
	if (r >= 0)
		r = subject_open(&subject, &place, argv[1], err);
	return r < 0 ? r : show(&subject, err);
}
