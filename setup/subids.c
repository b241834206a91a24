/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/subids.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/idmap.h"
#include "setup/account.h"
#include "setup/shadow.h"
#include "setup/target.h"

static const char *const options[] = {
	[IDMAP_UID] = "--del-subuids",
	[IDMAP_GID] = "--del-subgids",
};
_Static_assert(ARRAY_SIZE(options) == IDMAP_KIND_COUNT, "an option per kind");

static int give_back(struct target *t, const struct account *who, enum idmap_kind kind,
	const struct idmap_range *range, struct error *err)
{
	char ids[64];
	const char *const argv[] = { "usermod", options[kind], ids, "--", who->name, NULL };

	(void)snprintf(ids, sizeof(ids), "%llu-%llu", (unsigned long long)range->start,
		(unsigned long long)(range->start + range->count - 1));
	return shadow_run(who->name, t->timeout_s, err, argv);
}

static int give_back_all(
	struct target *t, const struct account *who, enum idmap_kind kind, struct error *err)
{
	_cleanup_text_ struct text content = { 0 };
	struct idmap_file file = { 0 };
	int r = target_read(t, idmap_path(kind), &content, NULL);

	if (r >= 0)
		r = idmap_parse(&file, text_get(&content), content.length, who->name, who->uid);
	if (r < 0 && r != -ENOENT)
		(void)error_set(err, r, "cannot read '%s'", idmap_path(kind));
	for (size_t i = 0; r >= 0 && i < file.count; i++)
		if (file.ranges[i].ours)
			r = give_back(t, who, kind, &file.ranges[i], err);
	free(file.ranges);
	return r == -ENOENT ? 0 : r;
}

int subids_give_back(struct target *t, const struct account *who, struct error *err)
{
	int r = give_back_all(t, who, IDMAP_UID, err);

	return r < 0 ? r : give_back_all(t, who, IDMAP_GID, err);
}
