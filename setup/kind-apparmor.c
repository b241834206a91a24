/* SPDX-License-Identifier: Apache-2.0 */
/* Loading an AppArmor profile now; the profile is a change of its own (a file). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "checks/dropin.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/target.h"
#include "setup/tool.h"

#define LOADED "/sys/kernel/security/apparmor/profiles"

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "load the AppArmor profile '%s'", c->path);
}

/* A line "rpod (unconfined)"; profiles are named as their file. */
static bool is_loaded(const char *path)
{
	_cleanup_text_ struct text profiles = { 0 };
	const char *name = strrchr(path, '/') + 1, *line;
	size_t at = 0, n, length = strlen(name);

	(void)!io_read_file_at(AT_FDCWD, LOADED, 4 << 20, &profiles);
	while ((line = text_line(profiles.data, profiles.length, &at, &n)))
		if (n > length + 1 && memcmp(line, name, length) == 0 &&
			memcmp(line + length, " (", 2) == 0)
			return true;
	return false;
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	if (!t->live || access("/sys/kernel/security/apparmor", F_OK) < 0)
		return LOOK_NONE;
	if (!c->number && access(c->path, F_OK) < 0)
		return error_say(err, -EOPNOTSUPP,
			"AppArmor on this host has no rule for user namespaces (no "
			"/etc/apparmor.d/abi/4.0), so it keeps none from anybody");
	if (!tool_is_here("apparmor_parser"))
		return error_say(err, -EOPNOTSUPP,
			"cannot load '%s': no apparmor_parser on this host; "
			"install apparmor",
			c->path);
	if (!is_loaded(c->path))
		return LOOK_TODO;
	if (!c->number)
		return LOOK_DONE;
	return entry_note(&entry->live, "loaded") < 0 ? -ENOMEM : LOOK_TODO;
}

static int parser(const char *verb, const char *path, struct error *err)
{
	const char *const argv[] = { "apparmor_parser", verb, "--", path, NULL };

	return tool_run(TOOL_SECONDS, err, argv);
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	(void)t;
	(void)entry;
	return parser("-r", c->path, err);
}

/* One that was loaded before stays so: settle() loads it as it was, when its file is back. */
static int undo(struct target *t, struct entry *entry, struct error *err)
{
	if (!t->live || strcmp(entry->live, "loaded") == 0 || !is_loaded(entry->path))
		return 0;
	return parser("-R", entry->path, err);
}

static int settle(struct target *t, struct error *err)
{
	bool is_back = t->live && is_loaded(DROPIN_APPARMOR) && access(DROPIN_APPARMOR, F_OK) == 0;

	return is_back ? parser("-r", DROPIN_APPARMOR, err) : 0;
}

const struct kind kind_apparmor = {
	.word = "apparmor",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
	.settle = settle,
};
