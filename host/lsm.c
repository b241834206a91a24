/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lsm.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "host/root.h"
#include "host/user.h"

static enum fact_state apparmor_state(struct root *root)
{
	struct fact_file dir;
	struct fact_text enabled;

	root_stat(root, "/sys/kernel/security/apparmor", &dir);
	if (dir.state == FACT_KNOWN)
		return FACT_KNOWN;
	/* securityfs may not be mounted, or not be ours to look into */
	root_read_text(root, "/sys/module/apparmor/parameters/enabled", &enabled);
	if (enabled.state != FACT_KNOWN)
		return enabled.state == FACT_ABSENT ? FACT_ABSENT : dir.state;
	return enabled.value[0] == 'Y' ? FACT_KNOWN : FACT_ABSENT;
}

/* What is written into a profile unquoted. */
static bool is_plain(const char *path)
{
	return path[strspn(path, "/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789._+-")] == '\0';
}

static void add_program(struct lsm *ret, struct root *root, const char *path)
{
	struct fact_file file;
	char real[PATH_MAX];

	root_stat(root, path, &file);
	if (file.state != FACT_KNOWN || !S_ISREG(file.mode) || !(file.mode & 0111) ||
		ret->program_count == LSM_PROGRAMS || root_real_path(root, path, real) < 0 ||
		!is_plain(real) || strlen(real) >= sizeof(ret->programs[0]))
		return;
	for (size_t i = 0; i < ret->program_count; i++)
		if (strcmp(ret->programs[i], real) == 0)
			return;
	(void)text_copy(ret->programs[ret->program_count++], sizeof(ret->programs[0]), real);
}

static void read_programs(struct lsm *ret, struct root *root)
{
	static const char *const dirs[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
		"/usr/bin" };
	static const char *const names[] = { "rpod", "rpod-doctor", "rpod-oci", "rpod-setup" };

	for (size_t name = 0; name < ARRAY_SIZE(names); name++)
		for (size_t dir = 0; dir < ARRAY_SIZE(dirs); dir++) {
			char path[64];

			(void)snprintf(path, sizeof(path), "%s/%s", dirs[dir], names[name]);
			add_program(ret, root, path);
		}
}

static void read_profile(struct lsm *ret, struct root *root)
{
	_cleanup_text_ struct text text = { 0 };

	root_stat(root, LSM_PROFILE_PATH, &ret->apparmor_profile);
	root_stat(root, "/etc/apparmor.d/abi/4.0", &ret->apparmor_abi);
	if (root_read(root, LSM_PROFILE_PATH, LSM_PROFILE - 1, &text) >= 0)
		(void)text_copy(ret->profile, sizeof(ret->profile), text_get(&text));
}

void lsm_read(struct lsm *ret, struct root *root, const struct user *user, const char *storage)
{
	*ret = (struct lsm){ 0 };
	selinux_read(ret, root, user, storage);
	ret->apparmor = apparmor_state(root);
	read_profile(ret, root);
	read_programs(ret, root);
}
