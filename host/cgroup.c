/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cgroup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <linux/magic.h>

#include "base/cleanup.h"
#include "host/root.h"
#include "host/user.h"

#define MOUNT_POINT "/sys/fs/cgroup"

bool cgroup_has(const struct cgroup_node *node, const char *controller)
{
	return node->controllers.state == FACT_KNOWN &&
	       text_has_word(node->controllers.value, controller);
}

bool cgroup_hands_on(const struct cgroup_node *node, const char *controller)
{
	return node->handed_on.state == FACT_KNOWN &&
	       text_has_word(node->handed_on.value, controller);
}

const char *cgroup_version_words(enum cgroup_version version)
{
	static const char *const words[] = {
		[CGROUP_UNKNOWN] = "unknown",
		[CGROUP_NONE] = "none",
		[CGROUP_V1] = "version 1",
		[CGROUP_HYBRID] = "hybrid",
		[CGROUP_V2] = "version 2",
	};

	return (size_t)version < ARRAY_SIZE(words) ? words[version] : words[0];
}

static bool is_there(struct root *root, const char *path)
{
	struct fact_file file;

	root_stat(root, path, &file);
	return file.state == FACT_KNOWN;
}

/*
 * A tmpfs holds one mount for each version 1 hierarchy. With version 2 at "unified" beside them it
 * is systemd's hybrid layout; where neither systemd made it nor a controller that matters is on it,
 * that mount means nothing.
 */
static enum cgroup_version version_on_tmpfs(struct root *root)
{
	struct fact_file unified;
	struct fact_text controllers;

	root_stat(root, MOUNT_POINT "/unified", &unified);
	if (unified.state != FACT_KNOWN || unified.fs_type != CGROUP2_SUPER_MAGIC)
		return CGROUP_V1;
	root_read_text(root, MOUNT_POINT "/unified/cgroup.controllers", &controllers);
	if (text_has_word(controllers.value, "memory") || text_has_word(controllers.value, "pids"))
		return CGROUP_HYBRID;
	return is_there(root, "/run/systemd/system") ? CGROUP_HYBRID : CGROUP_V1;
}

static enum cgroup_version version_of(struct root *root, bool *ret_read_only)
{
	struct fact_file top;

	if (root_is_still(root))
		return CGROUP_UNKNOWN;
	root_stat(root, MOUNT_POINT, &top);
	*ret_read_only = top.state == FACT_KNOWN && top.fs_flags & ST_RDONLY;
	if (top.state == FACT_UNKNOWN)
		return CGROUP_UNKNOWN;
	if (top.state == FACT_ABSENT || top.fs_type == SYSFS_MAGIC)
		return CGROUP_NONE;
	if (top.fs_type == CGROUP2_SUPER_MAGIC)
		return CGROUP_V2;
	return top.fs_type == TMPFS_MAGIC ? version_on_tmpfs(root) : CGROUP_UNKNOWN;
}

static void read_chain(struct cgroup *ret, struct root *root, const struct user *user)
{
	unsigned uid = (unsigned)user->uid;
	struct cgroup_node *n = ret->chain;
	char path[PATH_MAX];

	(void)text_copy(n[0].path, sizeof(n[0].path), "/");
	ret->count = 1;
	if (user->state == FACT_KNOWN) {
		(void)text_copy(n[1].path, sizeof(n[1].path), "/user.slice");
		(void)snprintf(
			n[2].path, sizeof(n[2].path), "%s/user-%u.slice", "/user.slice", uid);
		(void)snprintf(n[3].path, sizeof(n[3].path),
			"/user.slice/user-%u.slice/user@%u.service", uid, uid);
		ret->count = 4;
	}
	for (size_t i = 0; i < ret->count; i++)
		cgroup_read_node(&n[i], root);
	if (ret->count < 4)
		return;
	(void)snprintf(
		ret->containers.path, sizeof(ret->containers.path), "%.200s/user.slice", n[3].path);
	cgroup_read_node(&ret->containers, root);
	(void)snprintf(path, sizeof(path), MOUNT_POINT "%s/memory.swap.max", n[3].path);
	ret->no_swap_limit = cgroup_has(&n[3], "memory") && !is_there(root, path);
}

/* Read where cpu stays away though a unit asks for it: it is a quarter of a megabyte. */
static bool has_rt_groups(const struct cgroup *cgroup, struct root *root)
{
	_cleanup_text_ struct text config = { 0 };
	struct fact_text release;
	char path[320];

	if (cgroup->count < 4 || cgroup->chain[3].controllers.state != FACT_KNOWN ||
		cgroup_has(&cgroup->chain[3], "cpu"))
		return false;
	root_read_text(root, "/proc/sys/kernel/osrelease", &release);
	(void)snprintf(path, sizeof(path), "/boot/config-%s", release.value);
	return release.state == FACT_KNOWN &&
	       root_read(root, path, ROOT_READ_LIMIT, &config) >= 0 &&
	       memmem(config.data, config.length, "\nCONFIG_RT_GROUP_SCHED=y\n", 25);
}

void cgroup_boot_words(const char *line, struct fact_text *ret)
{
	static const char *const deciding[] = { "systemd.unified_cgroup_hierarchy",
		"systemd.legacy_systemd_cgroup_controller", "cgroup_no_v1=", "cgroup_disable=",
		"cgroup_enable=", "swapaccount=", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=" };
	_cleanup_text_ struct text found = { 0 };

	while (*(line += strspn(line, " \n"))) {
		size_t length = strcspn(line, " \n");

		for (size_t i = 0; i < ARRAY_SIZE(deciding); i++)
			if (text_starts(line, deciding[i]))
				text_addf(&found, "%s%.*s", found.length ? " " : "", (int)length,
					line);
		line += length;
	}
	*ret = (struct fact_text){ .state = FACT_KNOWN };
	(void)text_copy(ret->value, sizeof(ret->value), text_get(&found));
}

static void read_boot_argument(struct fact_text *ret, struct root *root)
{
	_cleanup_text_ struct text line = { 0 };
	int r = root_read(root, "/proc/cmdline", 1 << 16, &line);

	*ret = (struct fact_text){ .state = fact_state_of(r) };
	if (ret->state == FACT_UNKNOWN)
		ret->error = -r;
	if (ret->state == FACT_KNOWN)
		cgroup_boot_words(text_get(&line), ret);
}

/* From the name of systemd's private library, libsystemd-shared-252.so: nothing need be run. */
static unsigned version_in(struct root *root, const char *dir)
{
	_cleanup_text_list_ struct text_list names = { 0 };
	unsigned version = 0;

	if (root_list(root, dir, &names) < 0)
		return 0;
	for (size_t i = 0; i < names.count; i++)
		if (sscanf(names.items[i], "libsystemd-shared-%u", &version) == 1)
			return version;
	return 0;
}

unsigned cgroup_systemd_version(struct root *root)
{
	static const char *const dirs[] = { "/usr/lib/systemd", "/usr/lib64/systemd",
		"/lib/systemd" };
	_cleanup_text_list_ struct text_list names = { 0 };
	unsigned version = 0;

	for (size_t i = 0; i < ARRAY_SIZE(dirs) && !version; i++)
		version = version_in(root, dirs[i]);
	if (version || root_list(root, "/usr/lib", &names) < 0)
		return version;
	for (size_t i = 0; i < names.count && !version; i++) {
		char dir[PATH_MAX];

		if (!strstr(names.items[i], "-linux-gnu"))
			continue;
		(void)snprintf(dir, sizeof(dir), "/usr/lib/%s/systemd", names.items[i]);
		version = version_in(root, dir);
	}
	return version;
}

void cgroup_read(struct cgroup *ret, struct root *root, const struct user *user)
{
	*ret = (struct cgroup){ 0 };
	ret->version = version_of(root, &ret->read_only);
	if (ret->version == CGROUP_V2)
		read_chain(ret, root, user);
	read_boot_argument(&ret->boot_argument, root);
	delegate_read(&ret->delegate, root, user);
	ret->rt_groups = has_rt_groups(ret, root);
	ret->systemd_version = cgroup_systemd_version(root);
}
