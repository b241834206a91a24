/* SPDX-License-Identifier: Apache-2.0 */
#include "host/mounts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/macro.h"
#include "base/text.h"
#include "host/mount-table.h"
#include "host/root.h"

/* Directories the kernel makes to be mounted on: proc_create_mount_point(),
 * sysfs_create_mount_point(). */
static const char *const empty_directories[] = {
	"/proc/sys/fs/binfmt_misc",
	"/proc/fs/nfsd",
	"/proc/openprom",
	"/sys/fs/cgroup",
	"/sys/fs/bpf",
	"/sys/fs/pstore",
	"/sys/fs/resctrl",
	"/sys/fs/selinux",
	"/sys/fs/smackfs",
	"/sys/fs/fuse/connections",
	"/sys/kernel/debug",
	"/sys/kernel/tracing",
	"/sys/kernel/security",
	"/sys/kernel/config",
	"/sys/firmware/efi/efivars",
	"/sys/hypervisor/s390",
};

static bool is_harmless(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(empty_directories); i++)
		if (text_is_within(path, empty_directories[i], strlen(empty_directories[i])))
			return true;
	return false;
}

static void note_cover(struct fact_text *ret, const char *path, const char *top)
{
	if (ret->state == FACT_KNOWN || strcmp(path, top) == 0 ||
		!text_is_within(path, top, strlen(top)) || is_harmless(path))
		return;
	ret->state = FACT_KNOWN;
	(void)text_copy(ret->value, sizeof(ret->value), path);
}

static void note_hidepid(struct fact_text *ret, const char *options)
{
	const char *at = options ? strstr(options, "hidepid=") : NULL;

	*ret = (struct fact_text){ .state = at ? FACT_KNOWN : FACT_ABSENT };
	if (at)
		(void)snprintf(ret->value, sizeof(ret->value), "%.*s",
			(int)MIN(strcspn(at + 8, ","), sizeof(ret->value) - 1), at + 8);
}

/* Later lines are mounted over earlier ones: the last word on a path is the true one. */
static void note(void *data, const struct mount_row *row)
{
	struct mounts *ret = data;
	const char *path = row->target;

	note_cover(&ret->proc_covered, path, "/proc");
	note_cover(&ret->sys_covered, path, "/sys");
	if (strcmp(path, "/proc") == 0) {
		note_hidepid(&ret->hidepid, row->fs_options);
		ret->proc_sys_read_only = mount_has_option(row->vfs_options, "ro");
	}
	if (strcmp(path, "/proc/sys") == 0)
		ret->proc_sys_read_only = mount_has_option(row->vfs_options, "ro");
	if (strcmp(path, "/") == 0) {
		ret->chrooted = false;
		ret->root_shared = row->shared;
		ret->root_receives = row->receives;
	}
}

int mounts_parse(struct mounts *ret, const char *data, size_t length)
{
	int r;

	*ret = (struct mounts){ .chrooted = true };
	ret->proc_covered.state = ret->sys_covered.state = ret->hidepid.state = FACT_ABSENT;
	r = mount_table_read(data, length, note, ret);
	if (r > 0) {
		ret->state = FACT_KNOWN;
		return 0;
	}
	*ret = (struct mounts){ 0 };
	return r < 0 ? r : -EINVAL;
}

static void read_wsl(struct mounts *ret, struct root *root)
{
	_cleanup_text_ struct text data = { 0 };
	int r = root_read(root, MOUNTS_WSL_PATH, MOUNTS_WSL - 1, &data);

	ret->wsl_conf = fact_state_of(r);
	if (r >= 0)
		(void)text_copy(ret->wsl, sizeof(ret->wsl), text_get(&data));
}

void mounts_read(struct mounts *ret, struct root *root)
{
	_cleanup_text_ struct text data = { 0 };
	int r = root_read(root, "/proc/self/mountinfo", ROOT_READ_LIMIT, &data);

	*ret = (struct mounts){ .state = fact_state_of(r) };
	if (r >= 0)
		r = mounts_parse(ret, data.data, data.length);
	if (r < 0) {
		ret->state = r == -ENOENT && data.length > 0 ? FACT_UNKNOWN : fact_state_of(r);
		ret->error = ret->state == FACT_UNKNOWN ? -r : 0;
	}
	read_wsl(ret, root);
}
