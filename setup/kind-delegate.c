/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Controllers for a user manager that runs already. The drop-in with Delegate= and the reload are
 * changes of their own, and after them systemd *knows* the new set, but the running manager's
 * cgroup.controllers stay as they are until systemd next realises cgroups in that subtree. The
 * system's own manager must start a unit there, in user-UID.slice; one that the user's manager
 * starts is not enough (seen on systemd 257, while 252 is done at the reload). A restart of
 * user@UID.service would be sure, and would end what the user runs: that is left to the admin.
 */
#include <fcntl.h>

#include "base/io.h"
#include "setup/account.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/systemd.h"
#include "setup/target.h"
#include "setup/user-manager.h"

static void words(const struct change *c, struct text *ret)
{
	text_addf(ret, "hand '%s' to the running user manager of '%s'", c->text, c->name);
}

static void controllers_of(uid_t uid, struct text *ret)
{
	char path[256];

	(void)snprintf(path, sizeof(path),
		"/sys/fs/cgroup/user.slice/user-%u.slice/user@%u.service/cgroup.controllers",
		(unsigned)uid, (unsigned)uid);
	(void)!io_read_file_at(AT_FDCWD, path, 4096, ret);
}

static bool has_all(struct target *t, const struct change *c, uid_t uid)
{
	_cleanup_text_ struct text has = { 0 };
	char word[32];

	(void)t;
	controllers_of(uid, &has);
	for (const char *at = c->text; *at;) {
		size_t n;

		at += strspn(at, " ");
		n = strcspn(at, " ");
		(void)snprintf(word, sizeof(word), "%.*s", (int)n, at);
		if (n && !text_has_word(text_get(&has), word))
			return false;
		at += n;
	}
	return true;
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	_cleanup_text_ struct text has = { 0 };
	struct account who;
	int r;

	(void)entry;
	if (!t->systemd)
		return LOOK_NONE;
	r = account_find(t, c->name, &who, err);
	if (r < 0)
		return r;
	controllers_of(who.uid, &has);
	if (!has.length) /* no manager: it will be born with them */
		return LOOK_NONE;
	return has_all(t, c, who.uid) ? LOOK_DONE : LOOK_TODO;
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	struct error why = { 0 };
	struct account who;
	int r = account_find(t, c->name, &who, err);

	if (r < 0)
		return r;
	/* systemd that does not answer was told by the reload before; a restart is left in any case */
	r = systemd_nudge(who.uid, &why);
	return user_manager_await(t, c, entry, who.uid, r == 0, has_all);
}

/* The drop-in and the reload are what undo takes back. */
const struct kind kind_delegate = {
	.word = "delegate",
	.words = words,
	.look = look,
	.apply = apply,
	.settle = user_manager_settle,
};
