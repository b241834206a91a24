/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a host for containers without root is given by its distribution, where the admin asks for it.
 * rpod itself needs no engine: nothing here is ever amiss. What it does need has a check of its own
 * (idmap.newuidmap, net.pasta, session.bus), which says so.
 */
#include <string.h>

#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"
#include "checks/request.h"

static bool lacks_helpers(const struct host *host)
{
	return judge_lacks(host, TOOL_NEWUIDMAP) || judge_lacks(host, TOOL_NEWGIDMAP);
}

static bool lacks_network(const struct host *host)
{
	return judge_lacks(host, TOOL_PASTA) && judge_lacks(host, TOOL_SLIRP4NETNS);
}

static bool lacks_bus(const struct host *host)
{
	return judge_has_systemd(host) && host->session.bus_unit.state == FACT_ABSENT;
}

static bool lacks_pam(const struct host *host)
{
	return judge_has_systemd(host) && host->session.logind_pam.state == FACT_ABSENT;
}

/* Where the kernel mounts overlay for the user itself, nothing is gained by it. */
static bool lacks_overlay(const struct host *host)
{
	return host->kernel.major > 0 && !kernel_at_least(&host->kernel, 5, 11) &&
	       judge_lacks(host, TOOL_FUSE_OVERLAYFS);
}

static bool lacks_podman(const struct host *host)
{
	return judge_lacks(host, TOOL_PODMAN);
}

/* An older podman starts slirp4netns and nothing else, whatever rpod has. */
static bool lacks_podman_network(const struct host *host)
{
	const char *name = os_package_name(&host->os, OS_PACKAGE_PODMAN_NETWORK);
	const char *ours = os_package_name(&host->os, OS_PACKAGE_NETWORK);

	return name && ours && strcmp(name, ours) != 0 && judge_lacks(host, TOOL_SLIRP4NETNS) &&
	       os_package_name(&host->os, OS_PACKAGE_PODMAN);
}

static bool lacks_buildah(const struct host *host)
{
	return judge_lacks(host, TOOL_BUILDAH);
}

static bool lacks_crun(const struct host *host)
{
	return judge_lacks(host, TOOL_CRUN);
}

static bool lacks_fuse(const struct host *host)
{
	return judge_lacks(host, TOOL_FUSERMOUNT3);
}

static const struct {
	enum os_package package;
	bool (*lacks)(const struct host *host);
	const char *engine; /* what it is called everywhere; NULL: rpod needs it itself */
} packages[] = {
	{ OS_PACKAGE_UIDMAP, lacks_helpers, NULL },
	{ OS_PACKAGE_NETWORK, lacks_network, NULL },
	{ OS_PACKAGE_USER_BUS, lacks_bus, NULL },
	{ OS_PACKAGE_PAM_SYSTEMD, lacks_pam, NULL },
	{ OS_PACKAGE_FUSE_OVERLAYFS, lacks_overlay, NULL },
	{ OS_PACKAGE_PODMAN, lacks_podman, "podman" },
	{ OS_PACKAGE_PODMAN_NETWORK, lacks_podman_network, NULL },
	{ OS_PACKAGE_BUILDAH, lacks_buildah, "buildah" },
	{ OS_PACKAGE_CRUN, lacks_crun, "crun" },
	{ OS_PACKAGE_FUSE3, lacks_fuse, "fuse3" },
};

static void judge_installed(const struct host *host, struct verdict *v)
{
	_cleanup_text_ struct text missing = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(packages); i++)
		if (packages[i].engine && packages[i].lacks(host))
			text_addf(&missing, "%s%s", missing.length ? ", " : "", packages[i].engine);
	if (missing.length)
		verdict_pass(v, "not installed: %s; rpod needs none", text_get(&missing));
	else
		verdict_pass(v, "podman, buildah, crun, fuse3");
}

static void mend_installed(
	const struct host *host, const struct request *request, struct plan *plan)
{
	for (size_t i = 0; request->packages && i < ARRAY_SIZE(packages); i++) {
		const char *name = os_package_name(&host->os, packages[i].package);

		if (!packages[i].lacks(host))
			continue;
		if (name)
			plan_package(plan, name);
		else if (packages[i].engine)
			plan_no_package(plan, packages[i].engine);
	}
}

static const struct check checks[] = {
	{
		.id = "packages.installed",
		.title = "the distribution's container programs are known",
		.see = "podman(1)",
		.scope = CHECK_HOST,
		.sections = HOST_TOOL | HOST_OS | HOST_SESSION | HOST_CONTEXT | HOST_CGROUP |
			    HOST_KERNEL,
		.judge = judge_installed,
		.mend = mend_installed,
	},
};

const struct check_group packages_group = { "packages", checks, ARRAY_SIZE(checks) };
