/* SPDX-License-Identifier: Apache-2.0 */
#include "host/dropin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static const char *base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

static bool has_name(const struct text_list *paths, const char *name)
{
	for (size_t i = 0; i < paths->count; i++)
		if (strcmp(base_name(paths->items[i]), name) == 0)
			return true;
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(base_name(*(char *const *)a), base_name(*(char *const *)b));
}

static int add_directory(
	struct root *root, const char *dir, const char *suffix, struct text_list *paths)
{
	_cleanup_text_list_ struct text_list names = { 0 };
	int r = root_list(root, dir, &names);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.items[i];

		if (name[0] == '.' || !text_ends(name, suffix) || has_name(paths, name))
			continue;
		r = text_list_addf(paths, "%s/%s", dir, name);
		if (r < 0)
			return r;
	}
	return 0;
}

int dropin_list(
	struct root *root, const char *const *dirs, const char *suffix, struct text_list *ret)
{
	_cleanup_text_list_ struct text_list paths = { 0 };
	char target[PATH_MAX];
	int r;

	for (size_t i = 0; dirs[i]; i++) {
		r = add_directory(root, dirs[i], suffix, &paths);
		if (r < 0)
			return r;
	}
	if (paths.count > 1)
		qsort(paths.items, paths.count, sizeof(*paths.items), by_name);
	for (size_t i = 0; i < paths.count; i++) {
		r = root_readlink(root, paths.items[i], target, sizeof(target));
		if (r >= 0 && strcmp(target, "/dev/null") == 0)
			continue;
		r = text_list_add(ret, paths.items[i]);
		if (r < 0)
			return r;
	}
	return 0;
}
