/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/user-manager.h"

#include <poll.h>

#include "base/io.h"
#include "setup/entry.h"
#include "setup/systemd.h"
#include "setup/target.h"

enum {
	WAIT_MS = 15000, /* a busy or emulated host takes seconds; an idle one 50 ms */
	STEP_MS = 50
};

int user_manager_needs_restart(struct entry *entry, uid_t uid)
{
	entry->needs |= NEEDS_RELOGIN;
	return entry_note(&entry->hint, "systemctl restart user@%u.service", (unsigned)uid);
}

int user_manager_await(struct target *t, const struct change *change, struct entry *entry,
	uid_t uid, bool told, user_manager_test *is_set)
{
	uint64_t deadline = io_now_ms() + (told ? WAIT_MS : 0);
	bool set;

	while (!(set = is_set(t, change, uid)) && io_now_ms() < deadline)
		(void)poll(NULL, 0, STEP_MS);
	return set ? 0 : user_manager_needs_restart(entry, uid);
}

int user_manager_settle(struct target *t, struct error *err)
{
	return t->systemd ? systemd_nudge_all(err) : 0;
}
