/* SPDX-License-Identifier: Apache-2.0 */
#include "host/session.h"

#include <limits.h>
#include <stdio.h>

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

static void find_pam(struct root *root, struct fact_file *ret)
{
	static const char *const dirs[] = { "/usr/lib64/security", "/usr/lib/security",
		"/lib64/security", "/lib/security", NULL };
	_cleanup_text_list_ struct text_list names = { 0 };

	find(root, dirs, "pam_systemd.so", ret);
	if (ret->state == FACT_KNOWN || root_list(root, "/usr/lib", &names) < 0)
		return;
	/* Debian's directories are named after the machine */
	for (size_t i = 0; i < names.count && ret->state != FACT_KNOWN; i++) {
		char path[PATH_MAX];

		if (!text_ends(names.items[i], "-linux-gnu") &&
			!text_ends(names.items[i], "-linux-gnueabihf"))
			continue;
		(void)snprintf(
			path, sizeof(path), "/usr/lib/%s/security/pam_systemd.so", names.items[i]);
		root_stat(root, path, ret);
	}
}

void session_read(struct session *ret, struct root *root, const struct user *user)
{
	static const char *const units[] = { "/etc/systemd/user", "/usr/lib/systemd/user",
		"/lib/systemd/user", NULL };
	char path[PATH_MAX];

	*ret = (struct session){ 0 };
	find_pam(root, &ret->logind_pam);
	find(root, units, "dbus.socket", &ret->bus_unit);
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
}
