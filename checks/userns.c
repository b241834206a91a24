/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this user make user namespaces: the limits, the switches of Debian and Ubuntu, and what they will
 * be after the next boot.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "checks/dropin.h"
#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"
#include "checks/request.h"
#include "checks/setting.h"

#define NO_CONTAINER "no rootless container can start"

enum {
	LIMIT_LOW = 1024, /* below it, builds and many containers run out (rootlesskit's figure) */
	LIMIT_GOOD = 28633, /* what every guide sets */
};

/* The limits of namespaces(7): 0 switches the kind off. */
static const enum sysctl_key limits[] = {
	SYSCTL_MAX_USER_NAMESPACES,
	SYSCTL_MAX_MNT_NAMESPACES,
	SYSCTL_MAX_PID_NAMESPACES,
	SYSCTL_MAX_NET_NAMESPACES,
};

static bool live_is(const struct host *host, enum sysctl_key key, int64_t value)
{
	const struct fact_number *live = &host->sysctl.keys[key].live;

	return live->state == FACT_KNOWN && live->value == value;
}

/* The kernel says "no space" when the limit, or that of a namespace around us, is reached. */
static bool is_used_up(const struct host *host)
{
	const struct probe *probe = &host->probe.probes[PROBE_USERNS];

	return probe->result == PROBE_FAILED && probe->error == ENOSPC;
}

static void say_in_use(const struct host *host, struct verdict *v)
{
	const struct fact_number *in_use = &host->idmap.in_use;

	if (in_use->state == FACT_KNOWN && in_use->value > 0)
		verdict_evidence(v, "/proc/*/ns/user", NULL, "%lld or more of this user in use",
			(long long)in_use->value);
}

/* Before the boot there is nothing live that setup would find amiss: userns.boot mends it. */
static void fix_boot(const struct host *host, struct verdict *v)
{
	if (host->next_boot && v->fix_count == 0)
		verdict_fix(v, "sudo rpod-setup --only userns.boot host");
}

static void judge_off(const struct host *host, struct verdict *v)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		if (!live_is(host, limits[i], 0))
			continue;
		verdict_fail(v, "%s is 0", sysctl_name(limits[i]));
		setting_say(v, host, limits[i], ">= 1024");
		if (host->live && host->sysctl.keys[limits[i]].boot.state == FACT_KNOWN &&
			host->sysctl.keys[limits[i]].boot.value == 0)
			setting_say_source(v, host, limits[i], NULL);
		verdict_effect(v, NO_CONTAINER);
		fix_boot(host, v);
	}
}

/* user_namespaces(7): 32 of them nest, and each has a limit of its own; nothing tells which it was. */
static void say_around(const struct host *host, struct verdict *v)
{
	const struct idmap_map *outer = &host->idmap.outer[IDMAP_UID];

	if (outer->state != FACT_KNOWN || idmap_is_initial(outer))
		return;
	verdict_evidence(v, "/proc/self/uid_map", "the host's own namespace, or fewer around us",
		"a namespace in another");
	verdict_fix(v, "start this in fewer containers or namespaces: 32 nest");
}

static void judge_used_up(const struct host *host, struct verdict *v, int64_t limit)
{
	verdict_fail(v, "no user namespace is left");
	verdict_evidence(v, sysctl_path(SYSCTL_MAX_USER_NAMESPACES),
		limit < LIMIT_LOW ? ">= 1024" : NULL, "%lld", (long long)limit);
	say_in_use(host, v);
	judge_probe_evidence(v, &host->probe.probes[PROBE_USERNS], "a user namespace");
	verdict_effect(v, NO_CONTAINER " until one ends");
	say_around(host, v);
	if (limit >= LIMIT_LOW)
		verdict_fix(v, "see who holds them: sudo lsns -t user");
}

static void judge_max(const struct host *host, struct verdict *v)
{
	const struct fact_number *users = &host->sysctl.keys[SYSCTL_MAX_USER_NAMESPACES].live;
	const struct fact_number *in_use = &host->idmap.in_use;

	judge_off(host, v);
	if (v->kind == VERDICT_FAIL)
		return;
	if (users->state == FACT_UNKNOWN && setting_is_kernels(host, SYSCTL_MAX_USER_NAMESPACES)) {
		verdict_pass(v, "no file sets it");
	} else if (users->state == FACT_UNKNOWN) {
		judge_unknown(v, host, sysctl_path(SYSCTL_MAX_USER_NAMESPACES), users->error);
	} else if (users->state == FACT_KNOWN && is_used_up(host)) {
		judge_used_up(host, v, users->value);
	} else if (users->state == FACT_KNOWN && users->value < LIMIT_LOW) {
		verdict_warn(v, "only %lld user namespaces per user", (long long)users->value);
		setting_say(v, host, SYSCTL_MAX_USER_NAMESPACES, ">= 1024");
		say_in_use(host, v);
		verdict_effect(v, "builds and many containers at once run out");
		fix_boot(host, v);
	} else if (users->state == FACT_KNOWN && in_use->state == FACT_KNOWN &&
		   in_use->value > users->value / 10 * 9) {
		verdict_warn(v, "nearly all user namespaces of this user are in use");
		say_in_use(host, v);
		verdict_evidence(v, sysctl_path(SYSCTL_MAX_USER_NAMESPACES), NULL, "%lld",
			(long long)users->value);
		verdict_effect(v, "soon " NO_CONTAINER);
		verdict_fix(v, "see who holds them: sudo lsns -t user");
	} else if (users->state == FACT_KNOWN) {
		verdict_pass(v, "%lld per user", (long long)users->value);
	}
}

static void mend_max(const struct host *host, const struct request *request, struct plan *plan)
{
	const struct fact_number *users = &host->sysctl.keys[SYSCTL_MAX_USER_NAMESPACES].live;
	int64_t least = is_used_up(host) ? LIMIT_GOOD : LIMIT_LOW;

	(void)request;
	if (host->next_boot)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (live_is(host, limits[i], 0))
			plan_sysctl(plan, sysctl_name(limits[i]), LIMIT_GOOD);
	if (users->state == FACT_KNOWN && users->value > 0 && users->value < least)
		plan_sysctl(plan, sysctl_name(SYSCTL_MAX_USER_NAMESPACES), LIMIT_GOOD);
}

static void judge_clone(const struct host *host, struct verdict *v)
{
	const struct fact_number *live = &host->sysctl.keys[SYSCTL_USERNS_CLONE].live;

	if (live->state == FACT_UNKNOWN && setting_is_kernels(host, SYSCTL_USERNS_CLONE)) {
		verdict_pass(v, "no file sets it");
	} else if (live->state == FACT_UNKNOWN) {
		judge_unknown(v, host, sysctl_path(SYSCTL_USERNS_CLONE), live->error);
	} else if (live->state == FACT_ABSENT) {
		verdict_pass(v, "this kernel has no such switch");
	} else if (live->value == 0) {
		verdict_fail(v, "kernel.unprivileged_userns_clone is 0");
		setting_say(v, host, SYSCTL_USERNS_CLONE, "1");
		verdict_effect(v, NO_CONTAINER);
		fix_boot(host, v);
	}
}

static void mend_clone(const struct host *host, const struct request *request, struct plan *plan)
{
	(void)request;
	if (live_is(host, SYSCTL_USERNS_CLONE, 0) && !host->next_boot)
		plan_sysctl(plan, sysctl_name(SYSCTL_USERNS_CLONE), 1);
}

/*
 * Ubuntu's rule takes the capabilities in a new user namespace from every program that has no
 * AppArmor profile with "userns,". What holds for the probe (this program) holds for others without
 * a profile.
 */
static void judge_apparmor(const struct host *host, struct verdict *v)
{
	const struct fact_number *live = &host->sysctl.keys[SYSCTL_APPARMOR_USERNS].live;
	const struct probe *probe = &host->probe.probes[PROBE_SINGLE_MAP];
	const struct probe *cloned = &host->probe.probes[PROBE_USERNS];

	if (live->state == FACT_UNKNOWN) {
		judge_unknown(v, host, sysctl_path(SYSCTL_APPARMOR_USERNS), live->error);
		return;
	}
	if (live->state == FACT_ABSENT || live->value == 0) {
		verdict_pass(v, "not restricted");
		return;
	}
	if (probe->result == PROBE_OK) {
		verdict_pass(v, "restricted, but not for this program");
		return;
	}
	if (host->lsm.apparmor_profile.state == FACT_KNOWN)
		verdict_warn(v, "restricted, and the profile '%s' does not help", DROPIN_APPARMOR);
	else if (probe->result == PROBE_FAILED || cloned->result == PROBE_FAILED)
		verdict_fail(v, "AppArmor keeps user namespaces from programs without a profile");
	else
		verdict_warn(v, "AppArmor may keep user namespaces from rpod");
	setting_say(v, host, SYSCTL_APPARMOR_USERNS, NULL);
	verdict_evidence(v, DROPIN_APPARMOR, "a profile with 'userns,'", "%s",
		host->lsm.apparmor_profile.state == FACT_KNOWN ? "there" : "absent");
	if (probe->result == PROBE_FAILED || cloned->result == PROBE_FAILED)
		judge_probe_evidence(v, cloned->result == PROBE_FAILED ? cloned : probe, NULL);
	verdict_effect(v, NO_CONTAINER " by a program without a profile");
	if (host->lsm.apparmor_profile.state == FACT_KNOWN)
		verdict_fix(v, "sudo apparmor_parser -r %s", DROPIN_APPARMOR);
}

/*
 * A profile is attached by the path the kernel knows a program by, so each of ours is named as it
 * is behind all links. Where none is installed yet (an image's tree) it is where they are going to.
 */
static void write_profile(const struct lsm *lsm, struct text *ret)
{
	text_add(ret, DROPIN_HEADER
		"# Rootless containers begin with a user namespace; see apparmor.d(5).\n"
		"abi <abi/4.0>,\n"
		"include <tunables/global>\n"
		"\n"
		"profile rpod ");
	if (lsm->program_count == 0)
		text_add(ret, "/usr/{,local/}{,s}bin/rpod{,-doctor,-oci,-setup}");
	if (lsm->program_count > 0)
		text_add(ret, lsm->program_count > 1 ? "/{" : "/");
	for (size_t i = 0; i < lsm->program_count;
		i++) /* without the slash the pattern began with */
		text_addf(ret, "%s%s", i ? "," : "", lsm->programs[i] + 1);
	text_addf(ret,
		"%s flags=(unconfined) {\n"
		"  userns,\n"
		"  include if exists <local/rpod>\n"
		"}\n",
		lsm->program_count > 1 ? "}" : "");
}

/* The guard is lowered for all programs: only who says so by name gets it. */
static void mend_by_weakening(const struct host *host, struct plan *plan)
{
	const struct sysctl *guard = &host->sysctl.keys[SYSCTL_APPARMOR_USERNS];

	if (!live_is(host, SYSCTL_APPARMOR_USERNS, 1) &&
		!(guard->boot.state == FACT_KNOWN && guard->boot.value == 1))
		return;
	plan->cost = "every program may make user namespaces, also one that attacks the kernel "
		     "through them";
	plan_sysctl(plan, sysctl_name(SYSCTL_APPARMOR_USERNS), 0);
	plan->cost = NULL;
}

/* A profile of somebody else's stays: he has his reasons. */
static void plan_profile(const struct host *host, struct plan *plan)
{
	const struct lsm *lsm = &host->lsm;
	bool is_ours = text_starts(lsm->profile, DROPIN_HEADER);
	_cleanup_text_ struct text profile = { 0 };
	bool is_new;

	write_profile(lsm, &profile);
	is_new = lsm->apparmor_profile.state == FACT_ABSENT ||
		 (is_ours && strcmp(lsm->profile, text_get(&profile)) != 0);
	if (is_new)
		plan_file(plan, DROPIN_APPARMOR, 0644, text_get(&profile));
	if (is_new || is_ours)
		plan_apparmor(plan, DROPIN_APPARMOR, is_new);
}

/* Of a tree only the settings it boots with are known: Ubuntu's are in 10-apparmor.conf. */
static bool is_restricted(const struct host *host)
{
	const struct fact_number *boot = &host->sysctl.keys[SYSCTL_APPARMOR_USERNS].boot;

	return live_is(host, SYSCTL_APPARMOR_USERNS, 1) ||
	       (!host->live && boot->state == FACT_KNOWN && boot->value == 1);
}

static void mend_apparmor(const struct host *host, const struct request *request, struct plan *plan)
{
	if (request->weaken & REQUEST_APPARMOR_USERNS) {
		mend_by_weakening(host, plan);
		return;
	}
	if (!is_restricted(host) && !request->apparmor)
		return;
	if (host->lsm.apparmor_abi.state == FACT_KNOWN)
		plan_profile(host, plan);
	else if (request->apparmor)
		plan_apparmor(plan, DROPIN_APPARMOR, false); /* which says why it cannot */
}

/* What will be set at boot and forbids. */
static const struct setting at_boot[] = {
	{ SYSCTL_MAX_USER_NAMESPACES, LIMIT_LOW, LIMIT_GOOD },
	{ SYSCTL_MAX_MNT_NAMESPACES, 1, LIMIT_GOOD },
	{ SYSCTL_MAX_PID_NAMESPACES, 1, LIMIT_GOOD },
	{ SYSCTL_MAX_NET_NAMESPACES, 1, LIMIT_GOOD },
	{ SYSCTL_USERNS_CLONE, 1, 1 },
};

/* A low limit is a warning now, and will be none worse then. */
static bool forbids_at_boot(const struct host *host)
{
	for (size_t i = 0; i < ARRAY_SIZE(at_boot); i++)
		if (setting_is_low_at_boot(host, &at_boot[i]) &&
			host->sysctl.keys[at_boot[i].key].boot.value <= 0)
			return true;
	return false;
}

static void judge_boot(const struct host *host, struct verdict *v)
{
	setting_judge_boot(v, host, at_boot, ARRAY_SIZE(at_boot));
	if (v->kind != VERDICT_WARN)
		return;
	if (forbids_at_boot(host)) {
		v->kind = VERDICT_FAIL;
		verdict_effect(v, "containers that start now will not after the next boot");
	} else {
		verdict_effect(v, "builds and many containers at once will run out");
	}
}

static void mend_boot(const struct host *host, const struct request *request, struct plan *plan)
{
	(void)request;
	setting_mend(plan, host, at_boot, ARRAY_SIZE(at_boot));
}

static const struct check checks[] = {
	{
		.id = "userns.max",
		.title = "enough namespaces are allowed",
		.see = "namespaces(7)",
		.scope = CHECK_HOST,
		.sections = HOST_SYSCTL | HOST_IDMAP,
		.probes = 1u << PROBE_USERNS,
		.needs = NEEDS("kernel.userns"),
		.judge = judge_max,
		.mend = mend_max,
	},
	{
		.id = "userns.clone",
		.title = "ordinary users may make user namespaces",
		.see = "user_namespaces(7)",
		.scope = CHECK_HOST,
		.sections = HOST_SYSCTL,
		.needs = NEEDS("kernel.userns"),
		.judge = judge_clone,
		.mend = mend_clone,
	},
	{
		.id = "userns.apparmor",
		.title = "AppArmor allows user namespaces",
		.see = "apparmor.d(5)",
		.scope = CHECK_HOST,
		.sections = HOST_SYSCTL | HOST_LSM,
		.probes = 1u << PROBE_SINGLE_MAP | 1u << PROBE_USERNS,
		.needs = NEEDS("kernel.userns", "userns.max", "userns.clone"),
		.judge = judge_apparmor,
		.mend = mend_apparmor,
	},
	{
		.id = "userns.boot",
		.title = "these settings survive the next boot",
		.see = "sysctl.d(5)",
		.scope = CHECK_HOST,
		.sections = HOST_SYSCTL,
		.needs = NEEDS("userns.max", "userns.clone"),
		.judge = judge_boot,
		.mend = mend_boot,
	},
};

const struct check_group userns_group = { "userns", checks, ARRAY_SIZE(checks) };
