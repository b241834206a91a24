/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lsm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/cleanup.h"
#include "base/dl.h"
#include "base/io.h"
#include "host/helper.h"
#include "host/root.h"
#include "host/user.h"

enum {
	LABEL_LIMIT_MS = 700
};

struct selabel_handle;
struct selinux_opt;

static struct libselinux {
	struct selabel_handle *(*open)(unsigned, const struct selinux_opt *, unsigned);
	int (*lookup)(struct selabel_handle *, char **, const char *, int);
	void (*close)(struct selabel_handle *);
	void (*freecon)(char *);
} lib;

static int load(void)
{
	static const char *const names[] = { "libselinux.so.1", NULL };
	static const struct dl_symbol symbols[] = {
		{ "selabel_open", offsetof(struct libselinux, open) },
		{ "selabel_lookup", offsetof(struct libselinux, lookup) },
		{ "selabel_close", offsetof(struct libselinux, close) },
		{ "freecon", offsetof(struct libselinux, freecon) },
	};

	return lib.freecon ? 0 : dl_load(names, symbols, ARRAY_SIZE(symbols), &lib);
}

static enum selinux_mode mode_of(struct root *root)
{
	struct fact_number enforce;

	/* an image's own setting says what it will boot into, not what holds */
	if (root->kind == ROOT_IMAGE)
		return SELINUX_UNKNOWN;
	root_read_number(root, "/sys/fs/selinux/enforce", &enforce);
	if (enforce.state == FACT_ABSENT)
		return SELINUX_DISABLED;
	if (enforce.state == FACT_UNKNOWN)
		return SELINUX_UNKNOWN;
	return enforce.value ? SELINUX_ENFORCING : SELINUX_PERMISSIVE;
}

static void read_policy(struct fact_text *ret, struct root *root)
{
	_cleanup_text_ struct text data = { 0 };
	int r = root_read(root, "/etc/selinux/config", ROOT_READ_LIMIT, &data);
	const char *line;
	size_t at = 0, n;

	*ret = (struct fact_text){ .state = r < 0 ? fact_state_of(r) : FACT_ABSENT };
	if (ret->state == FACT_UNKNOWN)
		ret->error = -r;
	while ((line = text_line(data.data, data.length, &at, &n))) {
		char copy[256];

		(void)snprintf(copy, sizeof(copy), "%.*s", (int)MIN(n, sizeof(copy) - 1), line);
		if (sscanf(copy, " SELINUXTYPE = %63s", ret->value) == 1 ||
			sscanf(copy, " SELINUXTYPE=%63s", ret->value) == 1)
			ret->state = FACT_KNOWN;
	}
}

/* In a child: the home may be on a file system that hangs. */
static int look_label(void *arg, int out)
{
	char label[256];
	ssize_t n = getxattr(arg, "security.selinux", label, sizeof(label));

	if (n < 0)
		return errno == ENODATA ? -ENOENT : -errno;
	return io_write_all(out, label, strnlen(label, (size_t)n));
}

static int ask_label(void *arg, struct text *ret)
{
	return helper_run(look_label, arg, LABEL_LIMIT_MS, ret);
}

static int ask_wanted(void *arg, struct text *ret)
{
	struct selabel_handle *handle;
	char *label = NULL;
	int r = load();

	if (r < 0)
		return r == -ENOENT ? -ENOSYS : r;
	handle = lib.open(0 /* SELABEL_CTX_FILE */, NULL, 0);
	if (!handle)
		return -errno;
	r = lib.lookup(handle, &label, arg, S_IFDIR) < 0 ? -errno : 0;
	if (r >= 0) {
		text_add(ret, label);
		lib.freecon(label);
	}
	lib.close(handle);
	return r;
}

static void ask_text(struct root *root, const char *what, root_look *look, const char *path,
	struct fact_text *ret)
{
	_cleanup_text_ struct text value = { 0 };
	char key[PATH_MAX + 32];
	int r;

	(void)snprintf(key, sizeof(key), "%s %s", what, path);
	r = root_ask(root, key, look, (void *)(uintptr_t)path, &value);
	*ret = (struct fact_text){ .state = fact_state_of(r) };
	if (ret->state == FACT_UNKNOWN)
		ret->error = -r;
	(void)text_copy(ret->value, sizeof(ret->value), text_get(&value));
}

/* Lines "PATH ORIGINAL": what is below PATH is labelled as if it were below ORIGINAL. */
static bool substitutes(struct root *root, const char *file, const char *home)
{
	_cleanup_text_ struct text data = { 0 };
	const char *line;
	size_t at = 0, n;

	if (root_read(root, file, ROOT_READ_LIMIT, &data) < 0)
		return false;
	while ((line = text_line(data.data, data.length, &at, &n))) {
		char copy[1024], path[512], original[512];
		size_t length;

		(void)snprintf(copy, sizeof(copy), "%.*s", (int)MIN(n, sizeof(copy) - 1), line);
		if (sscanf(copy, " %511s %511s", path, original) != 2 || path[0] != '/')
			continue;
		length = strlen(path);
		if (strncmp(home, path, length) == 0 && (home[length] == '/' || !home[length]) &&
			(strcmp(original, "/home") == 0 || text_starts(original, "/home/")))
			return true;
	}
	return false;
}

static bool is_substituted(struct root *root, const char *policy, const char *home)
{
	static const char *const files[] = { "file_contexts.subs", "file_contexts.subs_dist" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char path[PATH_MAX];

		(void)snprintf(
			path, sizeof(path), "/etc/selinux/%s/contexts/files/%s", policy, files[i]);
		if (substitutes(root, path, home))
			return true;
	}
	return false;
}

static void read_selinux(struct lsm *ret, struct root *root, const struct user *user)
{
	ret->selinux = mode_of(root);
	read_policy(&ret->selinux_policy, root);
	if (ret->selinux == SELINUX_DISABLED || user->state != FACT_KNOWN || !*user->home)
		return;
	ask_text(root, "label", ask_label, user->home, &ret->home_label);
	ask_text(root, "wanted label", ask_wanted, user->home, &ret->home_wanted);
	if (ret->selinux_policy.state == FACT_KNOWN)
		ret->home_is_substituted =
			is_substituted(root, ret->selinux_policy.value, user->home);
}

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

void lsm_read(struct lsm *ret, struct root *root, const struct user *user)
{
	*ret = (struct lsm){ 0 };
	read_selinux(ret, root, user);
	ret->apparmor = apparmor_state(root);
	read_profile(ret, root);
	read_programs(ret, root);
}
