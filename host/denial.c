/* SPDX-License-Identifier: Apache-2.0 */
/* What AppArmor and SELinux say in the kernel's log, syslog(2), where no auditd takes it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>

#include "base/text.h"
#include "host/lsm.h"
#include "host/root.h"

enum {
	READ_ALL = 3, /* of syslog(2), by what their man page calls them */
	SIZE = 10
};

void lsm_parse_denial(const char *log, size_t length, char *ret, size_t size)
{
	static const char *const marks[] = { "apparmor=\"DENIED\"", "avc:  denied" };
	const char *line;
	size_t at = 0, n;

	*ret = '\0';
	while ((line = text_line(log, length, &at, &n))) {
		if (!memmem(line, n, "comm=\"newuidmap\"", 16) &&
			!memmem(line, n, "comm=\"newgidmap\"", 16))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
			const char *from = memmem(line, n, marks[i], strlen(marks[i]));

			if (from)
				(void)snprintf(ret, size, "%.*s",
					(int)MIN((size_t)(line + n - from), size - 1), from);
		}
	}
}

static int ask_log(void *arg, struct text *ret)
{
	_cleanup_text_ struct text log = { 0 };
	char denial[256];
	int n = klogctl(SIZE, NULL, 0);

	(void)arg;
	if (n < 0 || text_reserve(&log, (size_t)n) < 0)
		return n < 0 ? -errno : -ENOMEM;
	n = klogctl(READ_ALL, log.data, n);
	if (n < 0)
		return -errno;
	lsm_parse_denial(log.data, (size_t)n, denial, sizeof(denial));
	text_add(ret, denial);
	return *denial ? 0 : -ENOENT;
}

void lsm_read_denial(struct lsm *ret, struct root *root)
{
	_cleanup_text_ struct text line = { 0 };
	int r = root_ask(root, "denied to newuidmap", ask_log, NULL, &line);

	ret->denial = (struct fact_text){ .state = fact_state_of(r) };
	if (ret->denial.state == FACT_UNKNOWN)
		ret->denial.error = -r;
	(void)text_copy(ret->denial.value, sizeof(ret->denial.value), text_get(&line));
}
