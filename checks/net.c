/* SPDX-License-Identifier: Apache-2.0 */
/* The network of a container: a namespace, a program that carries its packets, and low ports. */
#include <string.h>

#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"
#include "checks/request.h"

static void judge_namespace(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_NETNS];

	if (judge_probe_is_silent(v, host, PROBE_NETNS) || probe->result == PROBE_OK)
		return;
	verdict_fail(v, "cannot make a network namespace: %s", strerror(probe->error));
	judge_probe_evidence(v, probe, "a network namespace");
	verdict_effect(v, "containers start with --network host only");
}

static bool has(const struct host *host, enum tool_name tool)
{
	return host->tool.tools[tool].file.state == FACT_KNOWN;
}

static void judge_pasta(const struct host *host, struct verdict *v)
{
	const char *install = os_install_command(&host->os, OS_PACKAGE_PASTA);

	if (has(host, TOOL_PASTA)) {
		verdict_pass(v, "%.200s", host->tool.tools[TOOL_PASTA].path);
	} else if (has(host, TOOL_SLIRP4NETNS)) {
		verdict_pass(v, "%.200s", host->tool.tools[TOOL_SLIRP4NETNS].path);
	} else {
		/* no failure: containers start, and rpod says each time what they lack */
		verdict_warn(v, "neither pasta nor slirp4netns is installed");
		verdict_evidence(v, "pasta", "a program", "absent");
		verdict_evidence(v, "slirp4netns", NULL, "absent");
		verdict_effect(v, "containers have no network: --network none or host only");
		if (install)
			verdict_fix(v, "sudo %s", install);
	}
}

static void mend_pasta(const struct host *host, const struct request *request, struct plan *plan)
{
	const char *package = os_package_name(&host->os, OS_PACKAGE_PASTA);

	(void)request;
	if (!has(host, TOOL_PASTA) && !has(host, TOOL_SLIRP4NETNS) && package && !host->os.ostree &&
		!host->os.transactional)
		plan_package(plan, package);
}

static void judge_ports(const struct host *host, struct verdict *v)
{
	const struct fact_number *live = &host->sysctl.keys[SYSCTL_PORT_START].live;

	if (live->state == FACT_KNOWN)
		verdict_pass(v, "from %lld on", (long long)live->value);
	else
		judge_unknown(v, host, sysctl_path(SYSCTL_PORT_START), live->error);
}

/* Only on request: who may listen on port 80 is the admin's to say. */
static void mend_ports(const struct host *host, const struct request *request, struct plan *plan)
{
	const struct sysctl *start = &host->sysctl.keys[SYSCTL_PORT_START];
	int64_t from = (int64_t)request->ports_from;

	if (request->ports_from == 0)
		return;
	if ((host->live && !(start->live.state == FACT_KNOWN && start->live.value <= from)) ||
		!(start->boot.state == FACT_KNOWN && start->boot.value <= from))
		plan_sysctl(plan, sysctl_name(SYSCTL_PORT_START), request->ports_from);
}

static const struct check checks[] = {
	{
		.id = "net.namespace",
		.title = "a network namespace can be made",
		.see = "network_namespaces(7)",
		.scope = CHECK_USER,
		.sections = HOST_PROBE,
		.probes = 1u << PROBE_NETNS,
		.needs = NEEDS("user.exists", "userns.max", "userns.probe"),
		.judge = judge_namespace,
	},
	{
		.id = "net.pasta",
		.title = "a program for the default network is there",
		.see = "pasta(1)",
		.scope = CHECK_HOST,
		.sections = HOST_TOOL | HOST_OS,
		.judge = judge_pasta,
		.mend = mend_pasta,
	},
	{
		.id = "net.ports",
		.title = "ports an ordinary user may listen on",
		.see = "ip(7)",
		.scope = CHECK_HOST,
		.sections = HOST_SYSCTL,
		.judge = judge_ports,
		.mend = mend_ports,
	},
};

const struct check_group net_group = { "net", checks, ARRAY_SIZE(checks) };
