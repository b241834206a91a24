/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/label.h"

#include "base/dl.h"

struct selinux {
	int (*is_enabled)(void);
	int (*restorecon)(const char *path, unsigned flags);
};

static const struct selinux *selinux_get(void)
{
	static const char *const names[] = { "libselinux.so.1", NULL };
	static const struct dl_symbol symbols[] = {
		{ "is_selinux_enabled", offsetof(struct selinux, is_enabled) },
		{ "selinux_restorecon", offsetof(struct selinux, restorecon) },
	};
	static struct selinux selinux;
	static int loaded = 1;

	if (loaded == 1)
		loaded = dl_load(names, symbols, ARRAY_SIZE(symbols), &selinux);
	return loaded == 0 ? &selinux : NULL;
}

bool label_is_enabled(void)
{
	const struct selinux *s = selinux_get();

	return s && s->is_enabled() == 1;
}

void label_restore(const char *path)
{
	if (label_is_enabled())
		(void)selinux_get()->restorecon(path, 0);
}
