/* SPDX-License-Identifier: Apache-2.0 */
/* The machine below the distribution, and its way to others. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "checks/groups.h"
#include "checks/judge.h"

/* No host that runs this lives before: rpod was not written yet. 2025-01-01 00:00 UTC. */
enum {
	WRITTEN = 1735689600
};

static void judge_kind(const struct host *host, struct verdict *v)
{
	const struct fact_text *kind = &host->platform.kind;

	if (!host->live) {
		judge_unknown(v, host, "/proc/version", 0);
	} else if (kind->state == FACT_KNOWN) {
		verdict_warn(v, "this is %.60s, not a kernel of its own", kind->value);
		verdict_evidence(v, "/proc/version", "a Linux kernel", "%.100s", kind->value);
		verdict_effect(v, "namespaces, overlay and devices work in part or not at all");
		verdict_fix(v, "use a virtual machine, or a host that gives one");
	}
}

static void judge_cpu(const struct host *host, struct verdict *v)
{
	const struct fact_text *lacks = &host->platform.lacks_v2;

	if (!host->live || lacks->state == FACT_UNKNOWN) {
		judge_unknown(v, host, "/proc/cpuinfo", lacks->error);
	} else if (lacks->state == FACT_KNOWN && *lacks->value) {
		verdict_warn(v, "the processor is older than x86-64-v2");
		verdict_evidence(v, "/proc/cpuinfo", "x86-64-v2", "no %.120s", lacks->value);
		verdict_effect(v, "images of RHEL 9 and others end at once: 'CPU does not support "
				  "x86-64-v2'");
		verdict_fix(v, "let the hypervisor pass the processor on: -cpu host");
	}
}

static void judge_clock(const struct host *host, struct verdict *v)
{
	const struct fact_number *now = &host->platform.clock;
	time_t seconds = (time_t)now->value;
	struct tm date;
	char words[32] = "";

	if (!host->live || now->state != FACT_KNOWN) {
		judge_unknown(v, host, "the clock", now->error);
		return;
	}
	if (now->value >= WRITTEN)
		return;
	if (gmtime_r(&seconds, &date))
		(void)strftime(words, sizeof(words), "%Y-%m-%d", &date);
	verdict_warn(v, "the clock is wrong");
	verdict_evidence(v, "clock_gettime", "2025 or later", "%s", words);
	verdict_effect(v, "no registry is trusted: 'x509: certificate has expired or is not yet "
			  "valid'");
	verdict_fix(v, "sudo timedatectl set-ntp true");
}

/* No fault of a host: some are meant to be alone. But it is said. */
static void judge_route(const struct host *host, struct verdict *v)
{
	const struct platform *p = &host->platform;
	const char *ipv6 = p->route6.state == FACT_KNOWN      ? ", IPv6 too"
			   : p->ipv6_off.state == FACT_ABSENT ? ", no IPv6 in this kernel"
			   : p->ipv6_off.state == FACT_KNOWN && p->ipv6_off.value
				   ? ", IPv6 is switched off"
				   : ", no route for IPv6";

	if (!host->live || p->route4.state == FACT_UNKNOWN)
		judge_unknown(v, host, "/proc/net/route", p->route4.error);
	else if (p->route4.state == FACT_KNOWN && p->mtu.state == FACT_KNOWN)
		verdict_pass(
			v, "by %.32s, MTU %lld%s", p->route4.value, (long long)p->mtu.value, ipv6);
	else if (p->route4.state == FACT_KNOWN)
		verdict_pass(v, "by %.32s%s", p->route4.value, ipv6);
	else if (p->route6.state == FACT_KNOWN)
		verdict_pass(v, "by %.32s, IPv6 alone", p->route6.value);
	else
		verdict_pass(v, "no default route: nothing is pulled, containers reach nobody");
}

static const struct check checks[] = {
	{
		.id = "platform.kind",
		.title = "it is a Linux kernel that answers",
		.see = "uname(2)",
		.scope = CHECK_HOST,
		.sections = HOST_PLATFORM,
		.judge = judge_kind,
	},
	{
		.id = "platform.cpu",
		.title = "the processor runs images of today",
		.see = "proc_cpuinfo(5)",
		.scope = CHECK_HOST,
		.sections = HOST_PLATFORM,
		.judge = judge_cpu,
	},
	{
		.id = "platform.clock",
		.title = "the clock is not before all certificates",
		.see = "timedatectl(1)",
		.scope = CHECK_HOST,
		.sections = HOST_PLATFORM,
		.judge = judge_clock,
	},
	{
		.id = "platform.route",
		.title = "whether there is a way to other machines",
		.see = "ip-route(8)",
		.scope = CHECK_HOST,
		.sections = HOST_PLATFORM,
		.judge = judge_route,
	},
};

const struct check_group platform_group = { "platform", checks, ARRAY_SIZE(checks) };
