/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/choice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/cli.h"
#include "checks/check.h"

static int mark_one(const char *pattern, bool value, bool *ret, struct error *err)
{
	bool found = false;

	for (size_t i = 0; i < check_count(); i++) {
		if (!check_matches(check_at(i), pattern))
			continue;
		ret[i] = value;
		found = true;
	}
	if (found)
		return 0;
	(void)error_say(err, -EINVAL,
		"there is no check or group '%s'; 'rpod-doctor list' shows all", pattern);
	return error_exit(err, CLI_USAGE);
}

static int mark(const struct text_list *patterns, bool value, bool *ret, struct error *err)
{
	for (size_t i = 0; i < patterns->count; i++) {
		_cleanup_free_ char *words = strdup(patterns->items[i]);
		char *rest = words, *word;

		if (!words)
			return error_set(err, -ENOMEM, "cannot read the command line");
		while ((word = strsep(&rest, ","))) {
			int r = mark_one(word, value, ret, err);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

int choice_make(
	const struct text_list *check, const struct text_list *skip, bool *ret, struct error *err)
{
	int r;

	for (size_t i = 0; i < check_count(); i++)
		ret[i] = check->count == 0;
	r = mark(check, true, ret, err);
	return r < 0 ? r : mark(skip, false, ret, err);
}
