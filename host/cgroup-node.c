/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/text.h"
#include "host/cgroup.h"
#include "host/root.h"

static const char *node_file(const struct cgroup_node *node, const char *name, char ret[PATH_MAX])
{
	(void)snprintf(ret, PATH_MAX, "/sys/fs/cgroup%s%s%s",
		strcmp(node->path, "/") == 0 ? "" : node->path, *name ? "/" : "", name);
	return ret;
}

static void read_texts(struct cgroup_node *ret, struct root *root)
{
	const struct {
		const char *name;
		struct fact_text *to;
	} files[] = {
		{ "cgroup.controllers", &ret->controllers },
		{ "cgroup.subtree_control", &ret->handed_on },
		{ "cgroup.type", &ret->type },
	};
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		root_read_text(root, node_file(ret, files[i].name, path), files[i].to);
}

static void read_numbers(struct cgroup_node *ret, struct root *root)
{
	const struct {
		const char *name;
		struct fact_number *to;
	} files[] = {
		{ "cgroup.freeze", &ret->frozen },
		{ "pids.current", &ret->tasks },
		{ "pids.max", &ret->tasks_max },
		{ "cgroup.max.descendants", &ret->below_max },
		{ "cgroup.max.depth", &ret->depth_max },
	};
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		root_read_number(root, node_file(ret, files[i].name, path), files[i].to);
}

/* "nr_descendants 12", the first line of cgroup.stat. */
static void read_below(struct fact_number *ret, const struct cgroup_node *node, struct root *root)
{
	char path[PATH_MAX], line[64];
	int r = root_read_line(root, node_file(node, "cgroup.stat", path), line, sizeof(line));

	*ret = (struct fact_number){ .state = fact_state_of(r) };
	if (ret->state == FACT_UNKNOWN)
		ret->error = -r;
	else if (r >= 0 && sscanf(line, "nr_descendants %" SCNd64, &ret->value) != 1)
		ret->state = FACT_ABSENT;
}

void cgroup_read_node(struct cgroup_node *ret, struct root *root)
{
	struct fact_file dir;
	char path[PATH_MAX], line[24];

	root_stat(root, node_file(ret, "", path), &dir);
	ret->state = dir.state;
	ret->owner = dir.uid;
	ret->read_only = dir.state == FACT_KNOWN && dir.fs_flags & ST_RDONLY;
	if (dir.state != FACT_KNOWN)
		return;
	read_texts(ret, root);
	read_numbers(ret, root);
	read_below(&ret->below, ret, root);
	ret->has_processes = root_read_line(root, node_file(ret, "cgroup.procs", path), line,
				     sizeof(line)) >= 0 &&
			     *line;
}
