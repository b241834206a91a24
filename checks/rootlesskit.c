/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker and containerd without root, where the script is that starts them. Both scripts end at once
 * where they miss something; whether this user wants them at all nobody knows, so it is a warning.
 */
#include <string.h>

#include "checks/groups.h"
#include "checks/judge.h"

static bool has_tool(const struct host *host, enum tool_name tool)
{
	return host->tool.tools[tool].file.state != FACT_ABSENT;
}

static bool has(const struct host *host, enum kit_program program)
{
	return host->rootlesskit.programs[program].state != FACT_ABSENT;
}

static bool lacks_kit(const struct host *host)
{
	return !has(host, KIT_ROOTLESSKIT);
}

static bool lacks_network(const struct host *host)
{
	return !has_tool(host, TOOL_SLIRP4NETNS) && !has_tool(host, TOOL_PASTA) &&
	       !has(host, KIT_VPNKIT);
}

static bool lacks_iptables(const struct host *host)
{
	return host->rootlesskit.is_docker && !has(host, KIT_IPTABLES);
}

static const struct {
	bool (*is_missing)(const struct host *host);
	const char *name, *wanted;
	enum os_package package;
	const char *effect;
} rows[] = {
	{ lacks_kit, "rootlesskit", "a program", OS_PACKAGE_ROOTLESSKIT,
		"the script ends before it starts anything" },
	{ lacks_network, "slirp4netns", "that, vpnkit or pasta", OS_PACKAGE_SLIRP4NETNS,
		"the script ends before it starts anything" },
	{ lacks_iptables, "iptables", "a program, or \"iptables\": false in daemon.json",
		OS_PACKAGE_IPTABLES, "dockerd ends: it makes no network without" },
};

static void judge_rootlesskit(const struct host *host, struct verdict *v)
{
	const struct rootlesskit *kit = &host->rootlesskit;
	const char *name = strrchr(kit->script, '/');

	if (!*kit->script) {
		verdict_pass(v, "neither Docker nor nerdctl is installed to run without root");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *install = os_install_command(&host->os, rows[i].package);

		if (!rows[i].is_missing(host))
			continue;
		if (v->kind == VERDICT_PASS) {
			verdict_warn(v, "'%s' is installed and '%s' is not",
				name ? name + 1 : kit->script, rows[i].name);
			verdict_evidence(v, kit->script, NULL, "a program");
			verdict_effect(v, rows[i].effect);
		}
		verdict_evidence(v, rows[i].name, rows[i].wanted, "absent");
		if (install)
			verdict_fix(v, "sudo %s", install);
		else
			verdict_fix(
				v, "install '%s' from where '%s' came", rows[i].name, kit->script);
	}
}

static const struct check checks[] = {
	{
		.id = "engine.rootlesskit",
		.title = "what Docker and nerdctl start without root is there",
		.see = "docker(1)",
		.scope = CHECK_ENGINE,
		.sections = HOST_ENGINE | HOST_OS | HOST_TOOL | HOST_USER,
		.needs = NEEDS("user.exists"),
		.judge = judge_rootlesskit,
	},
};

const struct check_group rootlesskit_group = { "engine", checks, ARRAY_SIZE(checks) };
