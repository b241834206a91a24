/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/root.h"

static const char *const paths[LOCKS] = { "/etc/passwd.lock", "/etc/group.lock", "/etc/shadow.lock",
	"/etc/gshadow.lock", "/etc/subuid.lock", "/etc/subgid.lock" };

/* The number and its terminating NUL, nothing else. */
static bool parse_holder(const struct text *text, uint64_t *ret)
{
	return text->length > 0 && strlen(text->data) + 1 >= text->length &&
	       parse_u64(text->data, ret) == 0;
}

static void read_one(struct lock *ret, struct root *root)
{
	_cleanup_text_ struct text text = { 0 };
	char path[64];
	int r = root_read(root, ret->path, 4096, &text);

	ret->state = r == -EACCES ? FACT_KNOWN : fact_state_of(r);
	ret->command.state = FACT_UNKNOWN;
	if (r < 0)
		return;
	ret->holder = parse_holder(&text, &ret->pid) ? FACT_KNOWN : FACT_ABSENT;
	if (ret->holder != FACT_KNOWN)
		return;
	(void)snprintf(path, sizeof(path), "/proc/%" PRIu64 "/comm", ret->pid);
	root_read_text(root, path, &ret->command);
}

void lock_read(struct lock ret[LOCKS], struct root *root)
{
	for (size_t i = 0; i < LOCKS; i++) {
		ret[i] = (struct lock){ .path = paths[i] };
		read_one(&ret[i], root);
	}
}
