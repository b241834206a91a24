/* SPDX-License-Identifier: Apache-2.0 */
#include "host/host.h"

#include <errno.h>

#include "host/root.h"

/* What a section cannot be read without: nearly everything asks who the user is. */
enum {
	NEED_USER = HOST_CONTEXT | HOST_IDMAP | HOST_CGROUP | HOST_SESSION | HOST_HOME | HOST_LSM |
		    HOST_CONFIG | HOST_PROBE | HOST_MANAGER | HOST_ENGINE | HOST_LIMITS |
		    HOST_STORAGE,
	NEED_HOME =
		HOST_LSM | HOST_CONFIG | HOST_PROBE | HOST_ENGINE, /* does looking there hang? */
	NEED_BY_PROBE = HOST_CONFIG | HOST_IDMAP | HOST_TOOL | HOST_CGROUP | HOST_SESSION |
			HOST_CONTEXT | HOST_PLATFORM,
};

unsigned host_with_needs(unsigned sections)
{
	if (sections & HOST_PROBE)
		sections |= NEED_BY_PROBE;
	if (sections & HOST_ENGINE)
		sections |= HOST_TOOL | HOST_CONFIG;
	if (sections & HOST_STORAGE)
		sections |= HOST_CONFIG | HOST_IDMAP;
	if (sections & HOST_LSM)
		sections |= HOST_CONFIG; /* it says where images are */
	if (sections & (NEED_HOME | HOST_SESSION))
		sections |= HOST_HOME;
	return sections & NEED_USER ? sections | HOST_USER : sections;
}

/* What looks into the home: not where that would hang. */
static void read_below_home(struct host *ret, struct root *root, unsigned probes)
{
	struct user user = ret->user;

	if (ret->sections & HOST_HOME)
		home_read(&ret->home, root, &ret->user);
	if (ret->home.hung)
		user.home[0] = '\0';
	if (ret->sections & HOST_SESSION)
		session_read_home(&ret->session, root, &user);
	if (ret->sections & HOST_CONFIG)
		config_read(&ret->config, root, &user);
	if (ret->sections & HOST_STORAGE)
		storage_read(&ret->storage, root, ret);
	if (ret->sections & HOST_LSM)
		lsm_read(&ret->lsm, root, &user, ret->config.storage);
	if (ret->sections & HOST_PROBE)
		probe_read(&ret->probe, root, ret, probes);
	if (ret->sections & HOST_ENGINE) /* large programs: slow ones take no probe's time */
		engine_read(&ret->engine, root, ret);
	if (ret->sections & HOST_ENGINE)
		rootlesskit_read(&ret->rootlesskit, root);
	if (ret->sections & HOST_ENGINE && engine_is_installed(ret))
		podman_read(&ret->podman, root, ret);
	if (ret->sections & HOST_LSM && ret->probe.probes[PROBE_MAP].result == PROBE_FAILED)
		lsm_read_denial(&ret->lsm, root);
}

int host_read(struct host *ret, struct root *root, const char *user, struct host_parts parts,
	struct error *err)
{
	unsigned s = host_with_needs(parts.sections);

	*ret = (struct host){
		.sections = s, .live = !root_is_still(root), .next_boot = root->next_boot
	};
	(void)err;
	if (s & HOST_USER)
		user_read(&ret->user, root, user);
	if (s & HOST_OS)
		os_read(&ret->os, root);
	if (s & HOST_KERNEL)
		kernel_read(&ret->kernel, root);
	if (s & HOST_CONTEXT)
		context_read(&ret->context, root, &ret->user);
	if (s & HOST_BOOT)
		boot_read(&ret->boot, root);
	if (s & HOST_MOUNTS)
		mounts_read(&ret->mounts, root);
	if (s & HOST_SYSCTL)
		sysctl_read(&ret->sysctl, root);
	if (s & HOST_IDMAP)
		idmap_read(&ret->idmap, root, &ret->user);
	if (s & HOST_TOOL)
		tool_read(&ret->tool, root);
	if (s & HOST_CGROUP)
		cgroup_read(&ret->cgroup, root, &ret->user);
	if (s & HOST_SESSION)
		session_read(&ret->session, root, &ret->user);
	if (s & HOST_DEVICE)
		device_read(&ret->device, root);
	if (s & HOST_FIREWALL)
		firewall_read(&ret->firewall, root);
	if (s & HOST_MANAGER)
		manager_read(&ret->manager, root, &ret->user);
	if (s & HOST_PLATFORM)
		platform_read(&ret->platform, root);
	if (s & HOST_LIMITS)
		limits_read(&ret->limits, root, &ret->user);
	read_below_home(ret, root, parts.probes);
	return 0;
}

void host_done(struct host *host)
{
	idmap_done(&host->idmap);
}
