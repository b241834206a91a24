/* SPDX-License-Identifier: Apache-2.0 */
#include "host/session.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "host/dropin.h"
#include "host/library.h"
#include "host/pam.h"
#include "host/root.h"
#include "host/user.h"

/* The first of the directories that has @name; where none has, @ret is what the last said. */
static void find(
	struct root *root, const char *const *dirs, const char *name, struct fact_file *ret)
{
	for (size_t i = 0; dirs[i]; i++) {
		char path[PATH_MAX];

		(void)snprintf(path, sizeof(path), "%s/%s", dirs[i], name);
		root_stat(root, path, ret);
		if (ret->state == FACT_KNOWN)
			return;
	}
}

static bool is_masked(struct root *root, const char *path)
{
	char target[PATH_MAX];

	return root_readlink(root, path, target, sizeof(target)) >= 0 &&
	       strcmp(target, "/dev/null") == 0;
}

static void read_masks(struct session *ret, struct root *root, unsigned uid)
{
	static const char *const dirs[] = { "/etc/systemd/system", "/run/systemd/system" };
	char units[4][48] = { "systemd-logind.service", "user@.service",
		"user-runtime-dir@.service" };

	(void)snprintf(units[3], sizeof(units[3]), "user@%u.service", uid);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(units) && !*ret->masked; i++) {
		char path[96];

		(void)snprintf(path, sizeof(path), "%s/%s", dirs[i % 2], units[i / 2]);
		if (is_masked(root, path))
			(void)text_copy(ret->masked, sizeof(ret->masked), path);
	}
}

static void read_bus_mask(struct session *ret, struct root *root)
{
	static const char *const paths[] = { "/etc/systemd/user/dbus.socket",
		"/run/systemd/user/dbus.socket" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (is_masked(root, paths[i]))
			(void)text_copy(ret->bus_mask, sizeof(ret->bus_mask), paths[i]);
}

void session_read_home(struct session *session, struct root *root, const struct user *user)
{
	char path[PATH_MAX];

	if (user->state != FACT_KNOWN || !*user->home || *session->bus_mask)
		return;
	(void)snprintf(path, sizeof(path), "%.3900s/.config/systemd/user/dbus.socket", user->home);
	if (is_masked(root, path))
		(void)text_copy(session->bus_mask, sizeof(session->bus_mask), path);
}

/* Others' drop-ins: ours are judged where they belong. */
static void read_dropins(struct session *ret, struct root *root, unsigned uid)
{
	char own[2][64];
	const char *const dirs[] = { own[0], own[1], "/etc/systemd/system/user@.service.d",
		"/run/systemd/system/user@.service.d", NULL };
	_cleanup_text_list_ struct text_list paths = { 0 };
	_cleanup_text_ struct text joined = { 0 };

	(void)snprintf(own[0], sizeof(own[0]), "/etc/systemd/system/user@%u.service.d", uid);
	(void)snprintf(own[1], sizeof(own[1]), "/run/systemd/system/user@%u.service.d", uid);
	if (dropin_list(root, dirs, ".conf", &paths) < 0)
		return;
	for (size_t i = 0; i < paths.count; i++)
		if (!strstr(paths.items[i], "/60-rpod-"))
			text_addf(&joined, "%s%s", joined.length ? " " : "", paths.items[i]);
	(void)text_copy(ret->dropins, sizeof(ret->dropins), text_get(&joined));
}

static bool has_entries(struct root *root, const char *dir, const char *name)
{
	_cleanup_text_list_ struct text_list names = { 0 };
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (root_list(root, path, &names) < 0)
		return false;
	for (size_t i = 0; i < names.count; i++) /* beside the stores' own files */
		if (strlen(names.items[i]) >= 64)
			return true;
	return false;
}

static void read_fallback(struct session *ret, struct root *root, unsigned uid)
{
	static const char *const dirs[] = { "/tmp/storage-run-", "/tmp/podman-run-",
		"/tmp/containers-user-" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs) && !*ret->fallback; i++) {
		struct fact_file dir;
		char path[64];

		(void)snprintf(path, sizeof(path), "%s%u", dirs[i], uid);
		root_stat(root, path, &dir);
		if (dir.state != FACT_KNOWN)
			continue;
		(void)text_copy(ret->fallback, sizeof(ret->fallback), path);
		ret->fallback_owner = dir.uid;
		ret->fallback_used = has_entries(root, path, "containers/overlay-containers") ||
				     has_entries(root, path, "containers/vfs-containers") ||
				     has_entries(root, path, "overlay-containers") ||
				     has_entries(root, path, "vfs-containers");
	}
}

void session_read(struct session *ret, struct root *root, const struct user *user)
{
	static const char *const units[] = { "/etc/systemd/user", "/usr/lib/systemd/user",
		"/lib/systemd/user", NULL };
	char path[PATH_MAX];

	*ret = (struct session){ 0 };
	library_find(root, "security/pam_systemd.so", &ret->logind_pam);
	find(root, units, "dbus.socket", &ret->bus_unit);
	read_bus_mask(ret, root);
	ret->pam_sshd = pam_session_state(root, "sshd", "pam_systemd.so");
	ret->pam_login = pam_session_state(root, "login", "pam_systemd.so");
	sshd_read(&ret->sshd, root);
	if (user->state != FACT_KNOWN)
		return;
	(void)snprintf(
		ret->runtime_dir, sizeof(ret->runtime_dir), "/run/user/%u", (unsigned)user->uid);
	root_stat(root, ret->runtime_dir, &ret->runtime);
	(void)snprintf(path, sizeof(path), "%s/bus", ret->runtime_dir);
	root_stat(root, path, &ret->bus);
	(void)snprintf(path, sizeof(path), "%s/systemd/private", ret->runtime_dir);
	root_stat(root, path, &ret->manager);
	(void)snprintf(path, sizeof(path), "/var/lib/systemd/linger/%s", user->name);
	root_stat(root, path, &ret->linger);
	read_masks(ret, root, (unsigned)user->uid);
	read_dropins(ret, root, (unsigned)user->uid);
	read_fallback(ret, root, (unsigned)user->uid);
}
