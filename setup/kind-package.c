/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packages, all of a plan in one call of the host's package manager: where each call makes a new
 * deployment or snapshot, one reboot has to do for all. What was new by it, with all it drew in, is
 * what undo removes, and only as long as nothing else has come to need it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/os.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/package-manager.h"
#include "setup/target.h"
#include "setup/waiting.h"

static void words(const struct change *c, struct text *ret)
{
	bool several = strchr(c->name, ' ') != NULL;

	text_addf(ret, "install the package%s '", several ? "s" : "");
	for (const char *at = c->name; *at; at++)
		if (*at == ' ')
			text_add(ret, "', '");
		else
			text_add_bytes(ret, at, 1);
	text_add(ret, "'");
}

static int refuse(struct target *t, const struct change *c, const struct package_manager *manager,
	struct error *err)
{
	if (strcmp(c->text, PLAN_NO_PACKAGE) == 0)
		return error_say(err, -EOPNOTSUPP,
			"no package of this release of the distribution is known for it");
	if (!manager)
		return error_say(err, -EOPNOTSUPP,
			"no package manager that rpod-setup knows is here; install '%s' yourself",
			c->name);
	if (!t->live)
		return error_say(err, -EOPNOTSUPP,
			"no program is run in a tree; on the host itself: %s %s", manager->typed,
			c->name);
	if (!t->packages)
		return error_say(err, -EOPNOTSUPP,
			"packages were not asked for; add --packages, or run 'rpod-setup "
			"packages'");
	return 0;
}

static int look(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	_cleanup_text_ struct text there = { 0 }, fresh = { 0 };
	const struct package_manager *manager;
	struct os os;
	int r;

	os_read(&os, t->root);
	manager = package_manager_of(&os);
	r = refuse(t, c, manager, err);
	if (r < 0)
		return r;
	entry->needs = manager->reboot ? NEEDS_REBOOT : 0;
	if (manager->reboot && waiting_is(t, CHANGE_PACKAGE, c->name))
		return LOOK_PENDING;
	r = package_manager_list(manager, &there, err);
	if (r < 0)
		return r;
	package_names_in(c->name, text_get(&there), false, &fresh);
	if (fresh.length == 0)
		return LOOK_DONE;
	if (waiting_note(entry, manager->word) < 0 ||
		entry_note(&entry->text, "%s", text_get(&fresh)) < 0)
		return error_set(err, -ENOMEM, "cannot keep a record of the change");
	return LOOK_TODO;
}

static const struct package_manager *manager_of(const struct entry *entry)
{
	char word[32];

	waiting_word(entry, word, sizeof(word));
	return package_manager_find(word);
}

/* What is there now and was not before. */
static int note_new(const struct package_manager *manager, const char *before, struct entry *entry,
	struct error *err)
{
	_cleanup_text_ struct text after = { 0 }, fresh = { 0 };
	int r = package_manager_list(manager, &after, err);

	if (r < 0)
		return r;
	package_names_in(text_get(&after), before, false, &fresh);
	return text_failed(&fresh) || entry_note(&entry->text, "%s", text_get(&fresh)) < 0
		       ? error_set(err, -ENOMEM, "cannot keep a record of the change")
		       : 0;
}

static int apply(struct target *t, const struct change *c, struct entry *entry, struct error *err)
{
	const struct package_manager *manager = manager_of(entry);
	_cleanup_text_ struct text before = { 0 };
	int r, noted;

	(void)c;
	r = package_manager_list(manager, &before, err);
	if (r < 0)
		return r;
	r = package_manager_install(t, manager, entry->text, err);
	if (manager->reboot)
		return r;
	/* also after a failure: what it brought until then is ours to take back */
	noted = note_new(manager, text_get(&before), entry, r < 0 ? NULL : err);
	return r < 0 ? r : noted;
}

static int left(struct error *err, const char *names)
{
	struct error why = *err;

	(void)error_say(err, -ECANCELED, "'%.300s' stays: something else needs it: %.400s", names,
		why.text);
	return UNDO_LEFT;
}

static int undo(struct target *t, struct entry *entry, struct error *err)
{
	const struct package_manager *manager = manager_of(entry);
	_cleanup_text_ struct text there = { 0 }, names = { 0 };
	int r;

	if (!manager || !*entry->text)
		return UNDO_ALL;
	r = package_manager_list(manager, &there, err);
	if (r < 0)
		return r;
	if (manager->reboot)
		text_add(&names, entry->text);
	else
		package_names_in(entry->text, text_get(&there), true, &names);
	if (names.length == 0)
		return UNDO_ALL;
	r = package_manager_test(manager, text_get(&names), err);
	if (r != 0)
		return r < 0 ? r : left(err, text_get(&names));
	r = package_manager_remove(t, manager, text_get(&names), err);
	if (r < 0 || !manager->stays)
		return r;
	(void)error_say(err, -ECANCELED, "%s", manager->stays);
	return UNDO_PARTLY;
}

const struct kind kind_package = {
	.word = "package",
	.words = words,
	.look = look,
	.apply = apply,
	.undo = undo,
};
