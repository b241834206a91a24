/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/label.h"

#include "base/dl.h"

struct selabel_handle;
struct selinux_opt;

struct selinux {
	int (*is_enabled)(void);
	int (*restorecon)(const char *path, unsigned flags);
	void (*set_handle)(struct selabel_handle *handle);
	struct selabel_handle *(*open)(unsigned, const struct selinux_opt *, unsigned);
};

static const struct selinux *selinux_get(void)
{
	static const char *const names[] = { "libselinux.so.1", NULL };
	static const struct dl_symbol symbols[] = {
		{ "is_selinux_enabled", offsetof(struct selinux, is_enabled) },
		{ "selinux_restorecon", offsetof(struct selinux, restorecon) },
		{ "selinux_restorecon_set_sehandle", offsetof(struct selinux, set_handle) },
		{ "selabel_open", offsetof(struct selinux, open) },
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

/* The policy is read anew each time: libselinux would keep what it read before we, by semanage(8),
 * have changed it (seen with 3.8: files in a new home got default_t). The handle is libselinux's
 * then: it closes the one before, from some version on. */
void label_restore(const char *path)
{
	const struct selinux *s = selinux_get();
	struct selabel_handle *handle;

	if (!label_is_enabled())
		return;
	handle = s->open(0 /* SELABEL_CTX_FILE */, NULL, 0);
	if (!handle)
		return;
	s->set_handle(handle);
	(void)s->restorecon(path, 0);
}
