/* SPDX-License-Identifier: Apache-2.0 */
/* A path without links: component by component, as root_readlink() answers on every kind of root. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/root.h"

enum {
	LINKS = 40 /* as many as the kernel follows */
};

/* Put @target, and what is left of the path behind it, in place of what is still to be walked. */
static int follow(char rest[PATH_MAX], const char *target, const char *behind)
{
	char joined[2 * PATH_MAX];

	(void)snprintf(joined, sizeof(joined), "%s/%s", target, behind);
	return text_copy(rest, PATH_MAX, joined) ? 0 : -ENAMETOOLONG;
}

static void drop_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
}

/* One step: @rest becomes what is behind its first component, or where that one leads. */
static int step(struct root *root, char done[PATH_MAX], char rest[PATH_MAX], int *links)
{
	char tried[2 * PATH_MAX], target[PATH_MAX], name[NAME_MAX + 1];
	const char *at = rest + strspn(rest, "/");
	size_t n = strcspn(at, "/");

	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	(void)snprintf(name, sizeof(name), "%.*s", (int)n, at);
	memmove(rest, at + n, strlen(at + n) + 1);
	if (strcmp(name, "..") == 0)
		drop_last(done);
	if (n == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	(void)snprintf(tried, sizeof(tried), "%s/%s", done, name);
	if (strlen(tried) >= PATH_MAX)
		return -ENAMETOOLONG;
	if (root_readlink(root, tried, target, sizeof(target)) < 0) { /* no link: -EINVAL */
		(void)text_copy(done, PATH_MAX, tried);
		return 0;
	}
	if (++*links > LINKS)
		return -ELOOP;
	if (target[0] == '/')
		done[0] = '\0';
	(void)text_copy(tried, sizeof(tried), rest);
	return follow(rest, target, tried);
}

int root_real_path(struct root *root, const char *path, char ret[PATH_MAX])
{
	char done[PATH_MAX] = "", rest[PATH_MAX];
	int links = 0, r = 0;

	if (path[0] != '/' || !text_copy(rest, sizeof(rest), path))
		return -EINVAL;
	while (r >= 0 && *rest)
		r = step(root, done, rest, &links);
	if (r >= 0)
		(void)text_copy(ret, PATH_MAX, *done ? done : "/");
	return r;
}
