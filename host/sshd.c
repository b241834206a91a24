/* SPDX-License-Identifier: Apache-2.0 */
#include "host/sshd.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "host/dropin.h"
#include "host/root.h"

/* sshd_config(5): the first value counts, and Debian's file begins with its drop-ins. Match blocks
 * may not have it. */
static bool take_use_pam(struct sshd *ret, struct root *root, const char *path)
{
	_cleanup_text_ struct text data = { 0 };
	const char *line;
	size_t at = 0, n;

	if (root_read(root, path, ROOT_READ_LIMIT, &data) < 0)
		return false;
	while ((line = text_line(data.data, data.length, &at, &n))) {
		char copy[128], key[32], value[32];

		(void)snprintf(copy, sizeof(copy), "%.*s", (int)MIN(n, sizeof(copy) - 1), line);
		if (sscanf(copy, " %31[A-Za-z]%*[ \t=]%31[A-Za-z]", key, value) != 2 ||
			strcasecmp(key, "UsePAM") != 0)
			continue;
		ret->use_pam.state = FACT_KNOWN;
		(void)text_copy(ret->use_pam.value, sizeof(ret->use_pam.value), value);
		(void)text_copy(ret->file, sizeof(ret->file), path);
		return true;
	}
	return false;
}

void sshd_read(struct sshd *ret, struct root *root)
{
	static const char *const dirs[] = { "/etc/ssh/sshd_config.d", NULL };
	_cleanup_text_list_ struct text_list paths = { 0 };

	*ret = (struct sshd){ .use_pam.state = FACT_ABSENT };
	if (dropin_list(root, dirs, ".conf", &paths) >= 0)
		for (size_t i = 0; i < paths.count; i++)
			if (take_use_pam(ret, root, paths.items[i]))
				return;
	(void)take_use_pam(ret, root, "/etc/ssh/sshd_config");
}
