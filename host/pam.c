/* SPDX-License-Identifier: Apache-2.0 */
#include "host/pam.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/macro.h"
#include "base/text.h"
#include "host/root.h"

enum {
	STACK_LIMIT = 1 << 16,
	DEEPEST = 8, /* a stack that includes itself ends here */
};

static int read_stack(struct root *root, const char *service, struct text *ret)
{
	static const char *const dirs[] = { "/etc/pam.d", "/usr/etc/pam.d", "/usr/lib/pam.d",
		"/usr/share/pam.d" };
	int r = -ENOENT;

	for (size_t i = 0; i < ARRAY_SIZE(dirs) && r == -ENOENT; i++) {
		char path[256];

		(void)snprintf(path, sizeof(path), "%s/%s", dirs[i], service);
		r = root_read(root, path, STACK_LIMIT, ret);
	}
	return r;
}

/* The service whose stack this line takes in: "@include NAME" is Debian's, of all parts. */
static bool includes(const char *line, char ret[static 64])
{
	char control[16];

	if (sscanf(line, "@include %63s", ret) == 1)
		return true;
	line += *line == '-';
	return sscanf(line, "session %15s %63s", control, ret) == 2 &&
	       (strcmp(control, "include") == 0 || strcmp(control, "substack") == 0);
}

/* A control may be "[success=1 default=ignore]": the module is the word that ends as one. */
static bool runs(const char *line, const char *module)
{
	const char *at = strstr(line, module);
	size_t n = strlen(module);

	line += *line == '-';
	return at && text_starts(line, "session") && strchr(" \t/", at[-1]) && strchr(" \t", at[n]);
}

/* 1: it is in there, 0: it is not, or a negative errno. */
static int search(struct root *root, const char *service, const char *module, unsigned depth)
{
	_cleanup_text_ struct text stack = { 0 };
	const char *at;
	size_t from = 0, n;
	int r = depth == DEEPEST ? -ELOOP : read_stack(root, service, &stack), failed = 0;

	if (r < 0)
		return r;
	while ((at = text_line(stack.data, stack.length, &from, &n))) {
		char line[512], other[64];

		(void)snprintf(line, sizeof(line), "%.*s", (int)MIN(n, sizeof(line) - 1), at);
		if (runs(line, module))
			return 1;
		if (!includes(line, other))
			continue;
		r = search(root, other, module, depth + 1);
		if (r > 0)
			return r;
		if (r < 0)
			failed = r;
	}
	return failed;
}

enum fact_state pam_session_state(struct root *root, const char *service, const char *module)
{
	int r = search(root, service, module, 0);

	return r < 0 ? FACT_UNKNOWN : r == 0 ? FACT_ABSENT : FACT_KNOWN;
}

bool pam_session_has(struct root *root, const char *service, const char *module)
{
	return pam_session_state(root, service, module) == FACT_KNOWN;
}
