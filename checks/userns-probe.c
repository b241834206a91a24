/* SPDX-License-Identifier: Apache-2.0 */
/* The proof: a user namespace is made by clone(2). Where it is refused, who refuses it. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"

static bool is_filtered(const struct host *host)
{
	const struct fact_number *seccomp = &host->context.seccomp;

	return seccomp->state == FACT_KNOWN && seccomp->value == 2;
}

static void explain_filter(const struct host *host, struct verdict *v)
{
	verdict_evidence(v, "/proc/self/status", "Seccomp: 0", "Seccomp: 2");
	if (host->context.filtered_by.state == FACT_KNOWN)
		verdict_evidence(v, "first so", NULL, "%.150s", host->context.filtered_by.value);
	verdict_fix(v, "log in as the user and try there: this session is filtered by the unit "
		       "or container around it");
}

/* current_chrooted() in kernel/user_namespace.c */
static void explain_chroot(const struct host *host, struct verdict *v)
{
	(void)host;
	verdict_evidence(v, "/proc/self/mountinfo", "a mount at '/'", "none: we are in a chroot");
	verdict_fix(v, "leave the chroot, or enter it with a mount namespace and pivot_root: "
		       "systemd-nspawn, unshare -m");
}

/* A profile that names no user namespaces, on kernels since 6.7 without Ubuntu's switch too. */
static void explain_apparmor(const struct host *host, struct verdict *v)
{
	verdict_evidence(v, "/proc/self/attr/apparmor/current", "a profile with 'userns,'",
		"%.150s", host->context.apparmor.value);
	verdict_fix(v, "add 'userns,' to that profile below /etc/apparmor.d, and load it: "
		       "sudo apparmor_parser -r FILE");
}

/* USER:ROLE:TYPE:LEVEL. Since Linux 6.1 policies say who may make user namespaces. */
static void explain_selinux(const struct host *host, struct verdict *v)
{
	verdict_evidence(v, "/proc/self/attr/current", "a type that may make user namespaces",
		"%.150s", host->context.label.value);
	verdict_fix(v, "sudo setsebool -P user_t_run_containers 1");
	verdict_fix(v, "sudo semanage login -a -s staff_u %s", host->user.name);
}

static void explain_depth(const struct host *host, struct verdict *v)
{
	(void)host;
	verdict_evidence(v, "user_namespaces(7)", "fewer levels", "32 levels, one in another");
	verdict_fix(v, "start the container in fewer containers around it");
}

static bool is_in_chroot(const struct host *host)
{
	return host->mounts.state == FACT_KNOWN && host->mounts.chrooted;
}

static bool is_in_profile(const struct host *host)
{
	const struct fact_text *profile = &host->context.apparmor;

	return profile->state == FACT_KNOWN && !text_starts(profile->value, "unconfined");
}

static bool is_in_domain(const struct host *host)
{
	const struct fact_text *label = &host->context.label;

	return label->state == FACT_KNOWN && strchr(label->value, ':') &&
	       !strstr(label->value, ":unconfined_t");
}

/* What is a mount itself looks like the root of a namespace from within. Where neither a filter nor
 * a switch nor a profile is in the way, the kernel has no other reason for EPERM. */
static bool is_unexplained(const struct host *host)
{
	const struct fact_number *seccomp = &host->context.seccomp;

	return !is_in_chroot(host) && seccomp->state == FACT_KNOWN && seccomp->value == 0 &&
	       !is_in_profile(host) && !is_in_domain(host);
}

static void explain_by_elimination(const struct host *host, struct verdict *v)
{
	(void)host;
	verdict_evidence(v, "/proc/self/status", NULL, "Seccomp: 0: no filter refuses it");
	verdict_fix(v, "is this a chroot? In one the kernel refuses them: leave it, or enter it "
		       "with a mount namespace and pivot_root: systemd-nspawn, unshare -m");
}

static bool is_always(const struct host *host)
{
	(void)host;
	return true;
}

/* One errno has several causes; those that this host shows are told. */
static const struct {
	int error;
	bool (*holds)(const struct host *host);
	void (*explain)(const struct host *host, struct verdict *v);
} causes[] = {
	{ EPERM, is_filtered, explain_filter },
	{ EPERM, is_in_chroot, explain_chroot },
	{ EPERM, is_unexplained, explain_by_elimination },
	{ EACCES, is_in_profile, explain_apparmor },
	{ EACCES, is_in_domain, explain_selinux },
	{ EUSERS, is_always, explain_depth },
};

static void judge_userns(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_USERNS];

	if (judge_probe_is_silent(v, host, PROBE_USERNS) || probe->result == PROBE_OK)
		return;
	/* a container's filter is everybody's in it */
	if (probe->error == EPERM && is_filtered(host) && !judge_is_own(host) &&
		!judge_is_guest(host)) {
		verdict_skip(v, "this session of uid %u is filtered; the user's may not be",
			(unsigned)host->context.uid);
		v->skipped_because = "userns.probe";
		return;
	}
	verdict_fail(v, "cannot make a user namespace: %s", strerror(probe->error));
	judge_probe_evidence(v, probe, "a user namespace");
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++)
		if (causes[i].error == probe->error && causes[i].holds(host))
			causes[i].explain(host, v);
	verdict_effect(v, "no rootless container can start");
}

static const struct check checks[] = {
	{
		.id = "userns.probe",
		.title = "a user namespace can be made",
		.see = "user_namespaces(7)",
		.scope = CHECK_USER,
		.sections = HOST_CONTEXT | HOST_IDMAP | HOST_MOUNTS | HOST_USER,
		.probes = 1u << PROBE_USERNS,
		.needs = NEEDS("user.exists", "kernel.userns", "userns.max", "userns.clone",
			"userns.apparmor"),
		.judge = judge_userns,
	},
};

const struct check_group userns_probe_group = { "userns", checks, ARRAY_SIZE(checks) };
