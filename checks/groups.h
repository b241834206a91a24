/* SPDX-License-Identifier: Apache-2.0 */
/* Every subject's group; checks.c lists them in the order they are judged. */
#pragma once

#include "checks/check.h"

extern const struct check_group context_group, user_group, kernel_group, userns_group,
	userns_probe_group;
extern const struct check_group idmap_tools_group, idmap_ranges_group, idmap_overlap_group,
	idmap_files_group, idmap_group, idmap_pause_group;
extern const struct check_group home_group, storage_group, proc_group, mounts_group;
extern const struct check_group session_group, session_manager_group;
extern const struct check_group caller_group;
extern const struct check_group cgroup_nodes_group, delegation_group;
extern const struct check_group cgroup_group, device_group, feature_group, net_group, limits_group;
extern const struct check_group limits_memory_group, limits_use_group, storage_place_group,
	quota_group, platform_group;
extern const struct check_group start_group;
extern const struct check_group selinux_group, config_group, engine_group, rootlesskit_group,
	engine_state_group, packages_group;
