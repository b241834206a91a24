/* SPDX-License-Identifier: Apache-2.0 */
/* Causes before what depends on them: a check may only need one that stands above it. */
#include "checks/groups.h"

const struct check_group *const check_groups[] = {
	&context_group,
	&user_group,
	&kernel_group,
	&platform_group,
	&userns_group,
	&userns_probe_group,
	&idmap_tools_group,
	&idmap_ranges_group,
	&idmap_overlap_group,
	&idmap_files_group,
	&idmap_group,
	&idmap_pause_group,
	&proc_group,
	&mounts_group,
	&home_group,
	&storage_place_group,
	&quota_group,
	&storage_group,
	&session_group,
	&caller_group,
	&cgroup_group,
	&cgroup_nodes_group,
	&delegation_group,
	&device_group,
	&feature_group,
	&net_group,
	&limits_group,
	&limits_memory_group,
	&limits_use_group,
	&start_group,
	&selinux_group,
	&config_group,
	&engine_group,
	&rootlesskit_group,
	&engine_state_group,
	&packages_group,
};

const size_t check_group_count = ARRAY_SIZE(check_groups);
