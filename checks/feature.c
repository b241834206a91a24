/* SPDX-License-Identifier: Apache-2.0 */
#include "checks/feature.h"

#include <stdio.h>
#include <string.h>

#include "checks/dropin.h"
#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"
#include "checks/request.h"

/*
 * A bridge's rules are written by nft or by the iptables of before, and a kernel may have only one
 * of them: RHEL 10 has no ip_tables, RHEL 8 no nft_chain_nat of that name. One complete way is
 * enough.
 */
enum way {
	WAY_NONE, /* no other does */
	WAY_NFT,
	WAY_IPTABLES
};

static const struct part {
	enum feature feature;
	enum kernel_module module;
	enum way way;
} parts[] = {
	{ FEATURE_BRIDGE, KERNEL_BRIDGE, WAY_NONE },
	{ FEATURE_BRIDGE, KERNEL_VETH, WAY_NONE },
	{ FEATURE_BRIDGE, KERNEL_NF_TABLES, WAY_NFT },
	{ FEATURE_BRIDGE, KERNEL_NFT_MASQ, WAY_NFT },
	{ FEATURE_BRIDGE, KERNEL_NFT_CT, WAY_NFT },
	{ FEATURE_BRIDGE, KERNEL_NFT_CHAIN_NAT, WAY_NFT },
	{ FEATURE_BRIDGE, KERNEL_NFT_FIB_INET, WAY_NFT },
	{ FEATURE_BRIDGE, KERNEL_IP_TABLES, WAY_IPTABLES },
	{ FEATURE_BRIDGE, KERNEL_IPTABLE_NAT, WAY_IPTABLES },
	{ FEATURE_FUSE, KERNEL_FUSE, WAY_NONE },
	{ FEATURE_VXLAN, KERNEL_VXLAN, WAY_NONE },
	{ FEATURE_VXLAN, KERNEL_BR_NETFILTER, WAY_NONE },
};

static const char *const words[] = {
	[FEATURE_BRIDGE] = "bridge",
	[FEATURE_FUSE] = "fuse",
	[FEATURE_VXLAN] = "vxlan",
};
_Static_assert(ARRAY_SIZE(words) == FEATURE_COUNT, "a word per feature");

const char *feature_word(enum feature feature)
{
	return (unsigned)feature < FEATURE_COUNT ? words[feature] : NULL;
}

int feature_find(const char *word, size_t n)
{
	for (int i = 0; i < FEATURE_COUNT; i++)
		if (strlen(words[i]) == n && memcmp(words[i], word, n) == 0)
			return i;
	return -1;
}

static enum module_state state_of(const struct host *host, const struct part *part)
{
	return host->kernel.modules[part->module];
}

static bool is_in_kernel(const struct host *host, const struct part *part)
{
	return state_of(host, part) == MODULE_LOADED || state_of(host, part) == MODULE_BUILTIN;
}

/* Has the kernel, or the disk, every part of this way? */
static bool has_way(const struct host *host, enum way way)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].way == way && !is_in_kernel(host, &parts[i]) &&
			state_of(host, &parts[i]) != MODULE_LOADABLE)
			return false;
	return true;
}

/* It is missed by nobody: another way does what it is for. */
static bool is_spare(const struct host *host, const struct part *part)
{
	return (part->way == WAY_NFT && has_way(host, WAY_IPTABLES)) ||
	       (part->way == WAY_IPTABLES && has_way(host, WAY_NFT));
}

int feature_lacks(const struct host *host, enum feature feature)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		enum module_state state = state_of(host, &parts[i]);

		if (parts[i].feature == feature && !is_spare(host, &parts[i]) &&
			(state == MODULE_ABSENT || state == MODULE_FORBIDDEN))
			return (int)parts[i].module;
	}
	return -1;
}

static bool is_listed(const struct host *host, const struct part *part)
{
	return kernel_names_module(
		host->kernel.ours, strlen(host->kernel.ours), kernel_module_name(part->module));
}

/* Whoever asked for a feature is known by its first module in our list. */
static bool was_asked_for(const struct host *host, enum feature feature)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].feature == feature)
			return is_listed(host, &parts[i]);
	return false;
}

static void say_missing(struct verdict *v, const struct host *host, const struct part *part)
{
	verdict_warn(v, "not all modules for '%s' are in the kernel", words[part->feature]);
	judge_say_module(host, v, part->module);
	verdict_effect(v, "networks fail: 'Netlink error: Operation not supported', 'Table does "
			  "not exist'");
	if (judge_is_guest(host))
		verdict_fix(v, "load it on the machine this container runs on");
}

static void judge_features(const struct host *host, struct verdict *v)
{
	char asked[64] = "";

	if (!host->live && !host->next_boot) {
		judge_unknown(v, host, "/proc/modules", 0);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!was_asked_for(host, parts[i].feature))
			continue;
		if (!strstr(asked, words[parts[i].feature]))
			(void)snprintf(asked + strlen(asked), sizeof(asked) - strlen(asked), "%s%s",
				*asked ? ", " : "", words[parts[i].feature]);
		if (!is_in_kernel(host, &parts[i]) && state_of(host, &parts[i]) != MODULE_UNKNOWN &&
			!is_spare(host, &parts[i]))
			say_missing(v, host, &parts[i]);
	}
	if (v->kind == VERDICT_PASS)
		verdict_pass(v, "%s", *asked ? asked : "none was asked for");
}

/*
 * What is known to be missing is not listed: systemd-modules-load.service fails over a name it does
 * not find. Loading it now is planned all the same, so that setup says what the kernel lacks.
 */
static void plan_part(const struct host *host, const struct part *part, struct plan *plan)
{
	const char *name = kernel_module_name(part->module);
	bool spare = is_spare(host, part);

	if (state_of(host, part) == MODULE_ABSENT)
		plan_module_now(plan, name, spare);
	else if (state_of(host, part) != MODULE_UNKNOWN || part->way != WAY_IPTABLES)
		plan_module(plan, name);
}

static void mend_features(const struct host *host, const struct request *request, struct plan *plan)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		bool asked = request->features & (1u << parts[i].feature);
		bool gone = was_asked_for(host, parts[i].feature) && host->live &&
			    state_of(host, &parts[i]) == MODULE_LOADABLE;

		if (asked || gone)
			plan_part(host, &parts[i], plan);
	}
}

static const struct check checks[] = {
	{
		.id = "kernel.features",
		.title = "modules of the features asked for are in the kernel",
		.see = "modules-load.d(5)",
		.scope = CHECK_HOST,
		.sections = HOST_KERNEL | HOST_CONTEXT | HOST_IDMAP,
		.judge = judge_features,
		.mend = mend_features,
	},
};

const struct check_group feature_group = { "kernel", checks, ARRAY_SIZE(checks) };
