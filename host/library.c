/* SPDX-License-Identifier: Apache-2.0 */
#include "host/library.h"

#include <limits.h>
#include <stdio.h>

#include "host/root.h"

static void try(struct root *root, const char *dir, const char *name, struct fact_file *ret)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%.300s/%.300s", dir, name);
	root_stat(root, path, ret);
}

/* Debian's directories are named after the machine. */
static bool is_of_machine(const char *name)
{
	return text_ends(name, "-linux-gnu") || text_ends(name, "-linux-gnueabihf");
}

static void try_machines(
	struct root *root, const char *top, const char *name, struct fact_file *ret)
{
	_cleanup_text_list_ struct text_list names = { 0 };

	if (root_list(root, top, &names) < 0)
		return;
	for (size_t i = 0; i < names.count && ret->state != FACT_KNOWN; i++) {
		char dir[300];

		if (!is_of_machine(names.items[i]))
			continue;
		(void)snprintf(dir, sizeof(dir), "%s/%.255s", top, names.items[i]);
		try(root, dir, name, ret);
	}
}

void library_find(struct root *root, const char *name, struct fact_file *ret)
{
	static const char *const dirs[] = { "/usr/lib64", "/usr/lib", "/lib64", "/lib" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		try(root, dirs[i], name, ret);
		if (ret->state == FACT_KNOWN)
			return;
	}
	try_machines(root, "/usr/lib", name, ret);
	if (ret->state != FACT_KNOWN) /* Debian 11 may not have its /usr merged */
		try_machines(root, "/lib", name, ret);
}
