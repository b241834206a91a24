/* SPDX-License-Identifier: Apache-2.0 */
#include "host/session.h"

#include <limits.h>
#include <stdio.h>

#include "host/library.h"
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

void session_read(struct session *ret, struct root *root, const struct user *user)
{
	static const char *const units[] = { "/etc/systemd/user", "/usr/lib/systemd/user",
		"/lib/systemd/user", NULL };
	char path[PATH_MAX];

	*ret = (struct session){ 0 };
	library_find(root, "security/pam_systemd.so", &ret->logind_pam);
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
