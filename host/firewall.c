/* SPDX-License-Identifier: Apache-2.0 */
#include "host/firewall.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "host/root.h"

/* A service that runs has a cgroup; its own files need root, and its pid file is an option. */
static enum fact_state has_cgroup(struct root *root, const char *service)
{
	static const char *const tops[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/systemd",
		"/sys/fs/cgroup/unified" };
	enum fact_state state = FACT_ABSENT;

	for (size_t i = 0; i < ARRAY_SIZE(tops) && state == FACT_ABSENT; i++) {
		struct fact_file dir;
		char path[128];

		(void)snprintf(path, sizeof(path), "%s/system.slice/%s", tops[i], service);
		root_stat(root, path, &dir);
		state = dir.state;
	}
	return state;
}

/* ufw.conf: "ENABLED=yes", which may be in quotes: a shell reads it. */
static enum fact_state is_enabled(struct root *root)
{
	_cleanup_text_ struct text data = { 0 };
	int r = root_read(root, "/etc/ufw/ufw.conf", 1 << 16, &data);
	enum fact_state state = FACT_ABSENT;
	const char *line;
	size_t at = 0, n;

	if (r < 0)
		return fact_state_of(r);
	while ((line = text_line(data.data, data.length, &at, &n))) {
		size_t value = 8;

		if (n <= value || memcmp(line, "ENABLED=", value) != 0)
			continue;
		value += line[value] == '"' || line[value] == '\'';
		state = n - value >= 3 && strncasecmp(line + value, "yes", 3) == 0 ? FACT_KNOWN
										   : FACT_ABSENT;
	}
	return state;
}

void firewall_read(struct firewall *ret, struct root *root)
{
	*ret = (struct firewall){ .firewalld = has_cgroup(root, "firewalld.service"),
		.ufw = is_enabled(root) };
}
