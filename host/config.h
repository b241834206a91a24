/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user's containers.conf(5), storage.conf(5) and registries.conf(5): do they parse, and what
 * do the keys that can contradict the host say. Layers: /usr/share/containers, /etc/containers,
 * ~/.config/containers, each with its .d directory.
 */
#pragma once

#include <limits.h>

#include "host/fact.h"

enum {
	CONFIG_FILES = 24
};

/* Where podman looks for its helpers, where nobody says otherwise. */
#define CONFIG_HELPER_DIRS                                                                         \
	"/usr/local/libexec/podman:/usr/local/lib/podman:/usr/libexec/podman:/usr/lib/podman"

struct config_file {
	char path[PATH_MAX];
	enum fact_state state;
	int error;
	unsigned bad_line; /* 0: parses */
	char why[160];     /* the parser's words when it does not */
};

struct config {
	struct config_file files[CONFIG_FILES]; /* those that are there, or unreadable */
	size_t count;
	/* the effective value and the file that set it; absent: nobody did */
	struct fact_text cgroup_manager, runtime, network_cmd, storage_driver, mount_program,
		graphroot, runroot, conmon, copy_tmp;
	char cgroup_manager_file[PATH_MAX], runtime_file[PATH_MAX], network_cmd_file[PATH_MAX],
		storage_file[PATH_MAX], graphroot_file[PATH_MAX], mount_program_file[PATH_MAX];
	char storage
		[PATH_MAX]; /* the graphroot with $HOME, $USER and $UID put in; "": nobody set it */
	char helper_dirs[1024]; /* helper_binaries_dir, ':' between them; "": nobody set it */
	char helper_dirs_file[PATH_MAX];
	bool own_runtimes; /* a table [engine.runtimes] says where runtimes are */
	struct fact_number num_locks;
	char ulimits[256]; /* default_ulimits, blanks between them: "nofile=1024:4096" */
	char ulimits_file[PATH_MAX];
	struct fact_text oom_score_adj; /* of every container */
	char oom_score_adj_file[PATH_MAX];
	bool search_registries; /* unqualified-search-registries is not empty */
};

struct root;
struct user;
void config_read(struct config *ret, struct root *root, const struct user *user);
/* Of storage.conf(5) alone: for who only wants to know where images are. */
void config_read_storage(struct config *ret, struct root *root, const struct user *user);
