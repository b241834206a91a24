/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/kind.h"

#include <errno.h>
#include <string.h>

static const struct kind *const kinds[] = {
	[CHANGE_USER] = &kind_user,
	[CHANGE_PACKAGE] = &kind_package,
	[CHANGE_SUBID] = &kind_subid,
	[CHANGE_FILE] = &kind_file,
	[CHANGE_USER_FILE] = &kind_user_file,
	[CHANGE_MODE] = &kind_mode,
	[CHANGE_CAPS] = &kind_caps,
	[CHANGE_SYSCTL] = &kind_sysctl,
	[CHANGE_MODULE] = &kind_module,
	[CHANGE_SHARE] = &kind_share,
	[CHANGE_KERNEL_ARG] = &kind_kernel_arg,
	[CHANGE_LINGER] = &kind_linger,
	[CHANGE_RELOAD] = &kind_reload,
	[CHANGE_DELEGATE] = &kind_delegate,
	[CHANGE_LIMIT] = &kind_limit,
	[CHANGE_DIRECTORY] = &kind_directory,
	[CHANGE_LABEL] = &kind_label,
	[CHANGE_APPARMOR] = &kind_apparmor,
	[CHANGE_PORT] = &kind_port,
	[CHANGE_USER_UNIT] = &kind_user_unit,
};
_Static_assert(ARRAY_SIZE(kinds) == CHANGE_KIND_COUNT, "every kind of change has its row");

const struct kind *kind_of(enum change_kind kind)
{
	return kinds[kind];
}

int kind_find(const char *word)
{
	for (size_t i = 0; word && i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i]->word, word) == 0)
			return (int)i;
	return -ENOENT;
}
