/* SPDX-License-Identifier: Apache-2.0 */
/* The network of a container: a namespace, a program that carries its packets, and low ports. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"
#include "checks/request.h"
#include "checks/setting.h"

enum {
	SLOW_MS = 100 /* for a network namespace: others take 10 beside a compiler on each core */
};

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

/* Before 5 podman starts slirp4netns and nothing else, whatever rpod has. */
static bool is_podman_without(const struct host *host)
{
	const char *ours = os_package_name(&host->os, OS_PACKAGE_NETWORK);
	const char *podmans = os_package_name(&host->os, OS_PACKAGE_PODMAN_NETWORK);

	return has(host, TOOL_PODMAN) && ours && podmans && strcmp(ours, podmans) != 0;
}

static void say_no_network(const struct host *host, struct verdict *v)
{
	const char *install = os_install_command(&host->os, OS_PACKAGE_NETWORK);

	/* no failure: containers start, and rpod says each time what they lack */
	verdict_warn(v, "neither pasta nor slirp4netns is installed");
	verdict_evidence(v, "pasta", "a program", "absent");
	verdict_evidence(v, "slirp4netns", NULL, "absent");
	verdict_effect(v, "containers have no network: --network none or host only");
	if (install)
		verdict_fix(v, "sudo %s", install);
	if (install && is_podman_without(host))
		verdict_fix(v, "sudo %s", os_install_command(&host->os, OS_PACKAGE_PODMAN_NETWORK));
}

/* What fails before it is started is another check's. */
static bool is_broken(const struct probe *probe)
{
	return probe->result == PROBE_FAILED && strcmp(probe->step, "start pasta") == 0;
}

/* rpod has no other; podman before version 5 takes slirp4netns. */
static void judge_broken_pasta(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_PASTA];

	verdict_fail(v, "pasta does not start: %.200s",
		*probe->text ? probe->text : strerror(probe->error));
	verdict_evidence(v, host->tool.tools[TOOL_PASTA].path, "a network made", "%.150s",
		*probe->text ? probe->text : strerror(probe->error));
	verdict_effect(v, "containers have no network: --network none or host only");
	if (host->lsm.apparmor == FACT_KNOWN)
		verdict_fix(v,
			"see whether AppArmor denies it: sudo journalctl -k -g apparmor=.DENIED");
	verdict_fix(v, "try it by hand, as the user: pasta --config-net true");
}

/* It does more than any other try: a machine that is slow with all of them is no finding. */
static void judge_hung_pasta(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_PASTA];
	unsigned other = host->probe.probes[PROBE_NETNS].ms;

	if (other >= SLOW_MS)
		verdict_skip(v, "pasta was not ready within %u ms, where a namespace alone took %u",
			probe->ms, other);
	else
		(void)judge_probe_is_silent(v, host, PROBE_PASTA);
}

static void judge_pasta(const struct host *host, struct verdict *v)
{
	if (is_broken(&host->probe.probes[PROBE_PASTA]))
		judge_broken_pasta(host, v);
	else if (host->probe.probes[PROBE_PASTA].result == PROBE_HUNG)
		judge_hung_pasta(host, v);
	else if (has(host, TOOL_PASTA))
		verdict_pass(v, "%.200s", host->tool.tools[TOOL_PASTA].path);
	else if (has(host, TOOL_SLIRP4NETNS))
		verdict_pass(v, "%.200s", host->tool.tools[TOOL_SLIRP4NETNS].path);
	else if (!judge_lacks(host, TOOL_PASTA) || !judge_lacks(host, TOOL_SLIRP4NETNS))
		judge_unknown(v, host, "pasta", host->tool.tools[TOOL_PASTA].file.error);
	else
		say_no_network(host, v);
}

static void mend_pasta(const struct host *host, const struct request *request, struct plan *plan)
{
	const char *package = os_package_name(&host->os, OS_PACKAGE_NETWORK);

	(void)request;
	if (!judge_lacks(host, TOOL_PASTA) || !judge_lacks(host, TOOL_SLIRP4NETNS) || !package)
		return;
	plan_package(plan, package);
	if (is_podman_without(host))
		plan_package(plan, os_package_name(&host->os, OS_PACKAGE_PODMAN_NETWORK));
}

/* The judge knows no wish but that of our own drop-in. */
static void judge_ports(const struct host *host, struct verdict *v)
{
	const struct sysctl *start = &host->sysctl.keys[SYSCTL_PORT_START];
	struct sysctl_line ours;
	char wanted[32];

	if (start->live.state == FACT_KNOWN)
		verdict_pass(v, "from %lld on", (long long)start->live.value);
	else
		judge_unknown(v, host, sysctl_path(SYSCTL_PORT_START), start->live.error);
	if (!setting_is_ours(host, SYSCTL_PORT_START, &ours) || start->boot.value <= ours.value)
		return;
	(void)snprintf(wanted, sizeof(wanted), "<= %lld", (long long)ours.value);
	setting_warn_of_boot(v, host, SYSCTL_PORT_START, wanted);
	verdict_effect(v, "containers that publish low ports will not start after the next boot");
}

static bool opens_ports(const struct fact_number *start, int64_t from)
{
	return start->state == FACT_KNOWN && start->value <= from;
}

/* Only on request: who may listen on port 80 is the admin's to say. */
static void mend_ports(const struct host *host, const struct request *request, struct plan *plan)
{
	const struct sysctl *start = &host->sysctl.keys[SYSCTL_PORT_START];
	bool all = request->weaken & REQUEST_LOW_PORTS && request->ports_all;
	int64_t from = (int64_t)request->ports_from;

	if (from == 0 && !all)
		return;
	if ((!host->live || opens_ports(&start->live, from)) && opens_ports(&start->boot, from))
		return;
	if (all)
		plan->cost = "every user can take the port of any service that is not running, "
			     "such as ssh";
	plan_sysctl(plan, sysctl_name(SYSCTL_PORT_START), (uint64_t)from);
	plan->cost = NULL;
}

/* Every group, so every user. */
static bool lets_all_ping(const struct fact_number *from, int64_t last)
{
	return from->state == FACT_KNOWN && from->value == 0 && last >= INT32_MAX;
}

static void judge_ping(const struct host *host, struct verdict *v)
{
	const struct sysctl *range = &host->sysctl.keys[SYSCTL_PING_RANGE];
	struct sysctl_line ours;

	if (range->live.state == FACT_ABSENT)
		verdict_pass(v, "this kernel has no such switch");
	else if (range->live.state == FACT_UNKNOWN)
		judge_unknown(v, host, sysctl_path(SYSCTL_PING_RANGE), range->live.error);
	else if (range->live.value > range->live_last)
		verdict_pass(v, "nobody; 'rpod-setup --ping sysctl' lets everybody");
	else
		verdict_pass(v, "groups %lld to %lld", (long long)range->live.value,
			(long long)range->live_last);
	if (!setting_is_ours(host, SYSCTL_PING_RANGE, &ours) || range->boot.state != FACT_KNOWN ||
		(range->boot.value == ours.value && range->boot_last == ours.last))
		return;
	setting_warn_of_boot(v, host, SYSCTL_PING_RANGE, "as rpod-setup set it");
	verdict_effect(v, "ping in containers will get no answer after the next boot");
}

static void mend_ping(const struct host *host, const struct request *request, struct plan *plan)
{
	const struct sysctl *range = &host->sysctl.keys[SYSCTL_PING_RANGE];

	if (!request->ping || (host->live && range->live.state == FACT_ABSENT) ||
		((!host->live || lets_all_ping(&range->live, range->live_last)) &&
			lets_all_ping(&range->boot, range->boot_last)))
		return;
	plan_sysctl_range(plan, sysctl_name(SYSCTL_PING_RANGE), 0, INT32_MAX);
}

static void judge_firewall(const struct host *host, struct verdict *v)
{
	const struct firewall *firewall = &host->firewall;

	if (!host->live) {
		judge_unknown(v, host, "/run", 0);
		return;
	}
	if (firewall->firewalld == FACT_KNOWN && firewall->ufw == FACT_KNOWN) {
		verdict_warn(v, "firewalld and ufw are both on");
		verdict_evidence(v, "firewalld.service", "one of them", "runs");
		verdict_evidence(v, "/etc/ufw/ufw.conf", NULL, "ENABLED=yes");
		verdict_effect(v, "a published port is reached only where both let it in");
		verdict_fix(v, "sudo ufw disable");
	} else if (firewall->firewalld == FACT_KNOWN || firewall->ufw == FACT_KNOWN) {
		verdict_pass(v, "%s; 'rpod-setup --open-port PORT' lets a published port in",
			firewall->firewalld == FACT_KNOWN ? "firewalld" : "ufw");
	} else if (firewall->firewalld == FACT_UNKNOWN) {
		judge_unknown(v, host, "/sys/fs/cgroup/system.slice", 0);
	} else if (firewall->ufw == FACT_UNKNOWN) {
		judge_unknown(v, host, "/etc/ufw/ufw.conf", 0);
	} else {
		verdict_pass(v, "neither firewalld nor ufw");
	}
}

/* Only on request, and through the program that keeps the rules. */
static void mend_firewall(const struct host *host, const struct request *request, struct plan *plan)
{
	const char *firewall = host->firewall.firewalld == FACT_KNOWN ? "firewalld"
			       : host->firewall.ufw == FACT_KNOWN     ? "ufw"
								      : "";

	for (size_t i = 0; request->open_ports && i < request->open_ports->count; i++)
		plan_port(plan, request->open_ports->items[i], firewall);
}

static const struct check checks[] = {
	{
		.id = "net.namespace",
		.title = "a network namespace can be made",
		.see = "network_namespaces(7)",
		.scope = CHECK_USER,
		.probes = 1u << PROBE_NETNS,
		.needs = NEEDS("user.exists", "userns.max", "userns.probe"),
		.judge = judge_namespace,
	},
	{
		.id = "net.pasta",
		.title = "a program for the default network is there and starts",
		.see = "pasta(1)",
		.scope = CHECK_HOST,
		.sections = HOST_TOOL | HOST_OS | HOST_LSM,
		.probes = 1u << PROBE_PASTA | 1u << PROBE_NETNS,
		.needs = NEEDS("device.tun"),
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
	{
		.id = "net.ping",
		.title = "whose containers may ping",
		.see = "icmp(7)",
		.scope = CHECK_HOST,
		.sections = HOST_SYSCTL,
		.judge = judge_ping,
		.mend = mend_ping,
	},
	{
		.id = "net.firewall",
		.title = "one firewall at most decides about published ports",
		.see = "firewall-cmd(1)",
		.scope = CHECK_HOST,
		.sections = HOST_FIREWALL,
		.judge = judge_firewall,
		.mend = mend_firewall,
	},
};

const struct check_group net_group = { "net", checks, ARRAY_SIZE(checks) };
