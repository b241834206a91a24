/* SPDX-License-Identifier: Apache-2.0 */
#include "host/rootlesskit.h"

#include <stdio.h>

#include "base/macro.h"
#include "base/spawn.h"
#include "base/text.h"
#include "host/tool.h"

static const struct {
	const char *name, *other; /* the scripts know both */
} programs[] = {
	[KIT_ROOTLESSKIT] = { "rootlesskit", "docker-rootlesskit" },
	[KIT_VPNKIT] = { "vpnkit", NULL },
	[KIT_IPTABLES] = { "iptables", NULL },
};
_Static_assert(ARRAY_SIZE(programs) == KIT_PROGRAM_COUNT, "a row for every program");

void rootlesskit_read(struct rootlesskit *ret, struct root *root)
{
	static const char *const scripts[] = { "dockerd-rootless.sh", "containerd-rootless.sh" };

	*ret = (struct rootlesskit){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(scripts) && !*ret->script; i++) {
		struct fact_file file = { .state = FACT_ABSENT };

		tool_find_in(root, SPAWN_PATH, scripts[i], ret->script, &file);
		ret->is_docker = i == 0 && *ret->script;
	}
	for (size_t i = 0; i < KIT_PROGRAM_COUNT && *ret->script; i++) {
		char path[PATH_MAX] = "";

		ret->programs[i].state = FACT_ABSENT;
		tool_find_in(root, SPAWN_PATH, programs[i].name, path, &ret->programs[i]);
		if (!*path && programs[i].other)
			tool_find_in(root, SPAWN_PATH, programs[i].other, path, &ret->programs[i]);
	}
}
