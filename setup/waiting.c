/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "setup/entry.h"
#include "setup/journal.h"
#include "setup/target.h"

enum {
	BOOT_ID = 36 + 1
};

/* random(4); "" where it cannot be had: then nothing is known to wait. */
static void boot_id(char ret[static BOOT_ID])
{
	_cleanup_text_ struct text id = { 0 };

	*ret = '\0';
	if (io_read_file_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 64, &id) == 0)
		(void)snprintf(ret, BOOT_ID, "%.*s", BOOT_ID - 1, text_get(&id));
}

int waiting_note(struct entry *entry, const char *word)
{
	char id[BOOT_ID];

	boot_id(id);
	return entry_note(&entry->live, "%s%s%s", word, *id ? " " : "", id);
}

void waiting_word(const struct entry *entry, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%.*s", (int)strcspn(entry->live, " "), entry->live);
}

bool waiting_is(struct target *t, enum change_kind kind, const char *name)
{
	_cleanup_text_list_ struct text_list runs = { 0 };
	char id[BOOT_ID];

	boot_id(id);
	if (!*id || journal_list(t, &runs, NULL) < 0)
		return false;
	for (size_t i = runs.count; i-- > 0;) {
		_cleanup_journal_ struct journal journal = { 0 };
		const struct entry *entry;

		if (journal_load(t, runs.items[i], &journal, NULL) < 0)
			continue;
		entry = journal_newest(&journal, kind, name);
		if (entry)
			return entry->state == ENTRY_DONE && (entry->needs & NEEDS_REBOOT) &&
			       text_ends(entry->live, id);
	}
	return false;
}
