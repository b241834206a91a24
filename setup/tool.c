/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/tool.h"

#include <errno.h>
#include <limits.h>

#include "base/spawn.h"

static const char *const environment[] = {
	"PATH=" SPAWN_PATH,
	"LC_ALL=C.UTF-8",
	"DEBIAN_FRONTEND=noninteractive",
	"SYSTEMD_PAGER=",
	NULL,
};

bool tool_is_here(const char *name)
{
	char path[PATH_MAX];

	return spawn_find(name, path, sizeof(path)) == 0;
}

static int run(unsigned seconds, struct text *output, struct error *err, const char *const argv[])
{
	return spawn_run(&(struct spawn){ .argv = argv,
				 .env = environment,
				 .timeout_ms = seconds * 1000,
				 .output = output },
		err);
}

int tool_status(unsigned seconds, struct error *err, const char *const argv[])
{
	_cleanup_text_ struct text output = { 0 };

	return run(seconds, &output, err, argv);
}

int tool_ask(unsigned seconds, const char *const argv[], struct text *ret, struct error *err)
{
	return run(seconds, ret, err, argv);
}

int tool_run(unsigned seconds, struct error *err, const char *const argv[])
{
	int r = tool_status(seconds, err, argv);

	return r > 0 ? -EIO : r;
}
