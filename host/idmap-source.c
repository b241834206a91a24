/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/idmap.h"
#include "host/library.h"
#include "host/root.h"

/* nsswitch.conf(5): only the first service of the line is consulted by shadow (lib/nss.c). */
static void read_service(struct fact_text *ret, struct root *root)
{
	_cleanup_text_ struct text data = { 0 };
	int r = root_read(root, "/etc/nsswitch.conf", ROOT_READ_LIMIT, &data);
	const char *line;
	size_t at = 0, n;

	*ret = (struct fact_text){ .state = r < 0 ? fact_state_of(r) : FACT_ABSENT };
	if (ret->state == FACT_UNKNOWN)
		ret->error = -r;
	while ((line = text_line(data.data, data.length, &at, &n))) {
		char copy[256], service[64] = "";

		(void)snprintf(copy, sizeof(copy), "%.*s", (int)MIN(n, sizeof(copy) - 1), line);
		copy[strcspn(copy, "#")] = '\0';
		if (sscanf(copy, " subid: %63s", service) != 1 || strcmp(service, "files") == 0)
			continue;
		ret->state = FACT_KNOWN;
		(void)text_copy(ret->value, sizeof(ret->value), service);
	}
}

/* Where the plugin cannot be loaded, shadow says "Using files" and does. */
void idmap_read_source(struct idmap *ret, struct root *root)
{
	char name[96];

	read_service(&ret->source, root);
	if (ret->source.state != FACT_KNOWN)
		return;
	(void)snprintf(name, sizeof(name), "libsubid_%.64s.so", ret->source.value);
	library_find(root, name, &ret->plugin);
}

bool idmap_is_elsewhere(const struct idmap *idmap)
{
	return idmap->source.state == FACT_KNOWN && idmap->plugin.state != FACT_ABSENT;
}
