/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A unit for a user's manager: a user file, and a manager that runs reads its units again, on the
 * way here and on the way back. systemctl speaks to it directly, so no bus is needed.
 */
#include <errno.h>
#include <unistd.h>

#include "base/spawn.h"
#include "setup/account.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/target.h"

enum {
	TIMEOUT_MS = 10000
};

static bool is_running(const struct target *t, const struct account *who)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "/run/user/%u/systemd/private", (unsigned)who->uid);
	return t->systemd && access(path, F_OK) == 0;
}

static int reload(void *arg, struct error *err)
{
	static const char *const argv[] = { "systemctl", "--user", "daemon-reload", NULL };
	const struct account *who = arg;
	char runtime[64];
	const char *const env[] = { "PATH=" SPAWN_PATH, "LC_ALL=C.UTF-8", runtime, NULL };
	_cleanup_text_ struct text output = { 0 };
	int r;

	(void)snprintf(
		runtime, sizeof(runtime), "XDG_RUNTIME_DIR=/run/user/%u", (unsigned)who->uid);
	r = spawn_run(
		&(struct spawn){
			.argv = argv, .env = env, .timeout_ms = TIMEOUT_MS, .output = &output },
		err);
	return r > 0 ? -EIO : r;
}

/* The file is in place: a manager that does not listen reads it when it starts. */
static int tell_manager(struct target *t, struct entry *entry, struct error *err)
{
	struct account who;
	int r = account_find(t, entry->name, &who, err);

	if (r < 0 || !is_running(t, &who) || account_run(&who, true, reload, &who, err) == 0)
		return r;
	entry->needs |= NEEDS_RELOGIN;
	return entry_note(&entry->hint, "systemctl --user daemon-reload");
}

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "write the unit '%s' of '%s'", c->path, c->name);
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	return kind_user_file.look(t, c, entry, err);
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	int r = kind_user_file.apply(t, c, entry, err);

	return r < 0 ? r : tell_manager(t, entry, err);
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	struct error why = { 0 };
	int r = kind_user_file.undo(t, entry, err);

	if (r >= 0 && r != UNDO_LEFT)
		(void)!tell_manager(t, entry, &why); /* its user may be gone */
	return r;
}

const struct kind kind_user_unit = {
	.word = "user-unit",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
