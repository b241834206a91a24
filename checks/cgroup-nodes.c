/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroups on the way to the user's containers: may each of them have children with controllers,
 * and room for them. The first that may not is named, with the file that says so.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"

#define NO_LIMITS "no limits for containers; they still run"

static void judge_readonly(const struct host *host, struct verdict *v)
{
	if (!judge_has_v2(v, host) || !host->cgroup.read_only)
		return;
	verdict_warn(v, "the cgroup file system is read-only");
	verdict_evidence(v, "/sys/fs/cgroup", "rw", "ro");
	verdict_effect(v, NO_LIMITS);
	verdict_fix(v, "start the container around us with a cgroup namespace of its own and a "
		       "writable mount");
}

/* "FILE of NODE: found, wanted". */
static void say_node(struct verdict *v, const struct cgroup_node *node, const char *name,
	const char *found, const char *wanted)
{
	char source[160];

	(void)snprintf(source, sizeof(source), "/sys/fs/cgroup%.120s%s%s", node->path,
		*name ? "/" : "", name);
	verdict_evidence(v, source, wanted, "%s", found);
}

static bool is_manager(const struct cgroup_node *node)
{
	return text_ends(node->path, ".service");
}

/* cgroup-v2.rst: "threaded" takes no controller that counts memory or tasks. */
static bool judge_type(const struct host *host, struct verdict *v, const struct cgroup_node *node)
{
	if (node->type.state != FACT_KNOWN || strcmp(node->type.value, "domain") == 0)
		return false;
	verdict_fail(v, "'%.100s' is a cgroup for threads", node->path);
	say_node(v, node, "cgroup.type", node->type.value, "domain");
	if (is_manager(node)) /* a threaded one never becomes a domain again */
		verdict_fix(v, "sudo systemctl restart user@%u", (unsigned)host->user.uid);
	else
		verdict_fix(v, "sudo reboot");
	return true;
}

static bool judge_mount(const struct host *host, struct verdict *v, const struct cgroup_node *node)
{
	if (!node->read_only || host->cgroup.read_only)
		return false;
	verdict_fail(v, "'%.100s' is seen through a read-only mount", node->path);
	say_node(v, node, "", "ro", "rw");
	verdict_fix(v, "sudo umount /sys/fs/cgroup%.200s", node->path);
	return true;
}

static bool judge_owner(const struct host *host, struct verdict *v, const struct cgroup_node *node)
{
	char found[32];

	if (!is_manager(node) || node->owner == host->user.uid)
		return false;
	(void)snprintf(found, sizeof(found), "owner %u", (unsigned)node->owner);
	verdict_fail(v, "the cgroup of the user's manager is not his");
	say_node(v, node, "", found, "owner the user");
	verdict_fix(v, "sudo systemctl daemon-reload && sudo systemctl restart user@%u",
		(unsigned)host->user.uid);
	return true;
}

/* No node may have processes and hand on controllers; EBUSY is all that is said. */
static bool judge_inner(const struct host *host, struct verdict *v, const struct cgroup_node *node)
{
	if (!node->has_processes || node->handed_on.state != FACT_KNOWN || *node->handed_on.value)
		return false;
	verdict_fail(v, "'%.100s' has processes, and can hand on nothing", node->path);
	say_node(v, node, "cgroup.procs", "processes", "empty");
	say_node(v, node, "cgroup.subtree_control", "(empty)", NULL);
	if (is_manager(node))
		verdict_fix(v, "sudo systemctl restart user@%u # ends what the user runs",
			(unsigned)host->user.uid);
	else
		verdict_fix(v, "end them, or move them into a cgroup below");
	return true;
}

static bool judge_frozen(const struct host *host, struct verdict *v, const struct cgroup_node *node)
{
	(void)host;
	if (node->frozen.state != FACT_KNOWN || node->frozen.value == 0)
		return false;
	verdict_fail(v, "'%.100s' is frozen: all in it stands still", node->path);
	say_node(v, node, "cgroup.freeze", "1", "0");
	verdict_fix(v, "sudo systemctl thaw %.120s", strrchr(node->path, '/') + 1);
	return true;
}

static bool judge_room(const struct host *host, struct verdict *v, const struct cgroup_node *node)
{
	static const struct fact_number none = { .state = FACT_KNOWN };
	const struct {
		const char *name;
		const struct fact_number *used, *limit;
		int64_t spare; /* what one container takes */
	} rows[] = {
		{ "cgroup.max.descendants", &node->below, &node->below_max, 2 },
		{ "cgroup.max.depth", &none, &node->depth_max, 4 },
	};

	(void)host;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t used = rows[i].used->state == FACT_KNOWN ? rows[i].used->value : 0;
		char found[64];

		if (rows[i].limit->state != FACT_KNOWN ||
			rows[i].limit->value - used >= rows[i].spare)
			continue;
		(void)snprintf(found, sizeof(found), "%" PRId64 ", of which %" PRId64 " are there",
			rows[i].limit->value, used);
		verdict_fail(v, "no cgroup can be made below '%.100s'", node->path);
		say_node(v, node, rows[i].name, found, "max");
		verdict_fix(v, "sudo sh -c 'echo max > /sys/fs/cgroup%.120s/%s'", node->path,
			rows[i].name);
		return true;
	}
	return false;
}

/* Those of the slice around the manager are told by limits.room. */
static bool judge_tasks(const struct host *host, struct verdict *v, const struct cgroup_node *node)
{
	int64_t limit = node->tasks_max.value, used = node->tasks.value;
	char found[64];

	(void)host;
	if (!is_manager(node) || node->tasks_max.state != FACT_KNOWN ||
		node->tasks.state != FACT_KNOWN || limit < JUDGE_TASKS_LEAST ||
		used <= limit / 20 * 19)
		return false;
	(void)snprintf(found, sizeof(found), "%" PRId64 " of %" PRId64, used, limit);
	verdict_warn(v, "nearly all tasks of '%.100s' are in use", node->path);
	say_node(v, node, "pids.current", found, NULL);
	verdict_fix(v, "sudo rpod-setup --tasks %" PRId64 " --only limits.tasks user %s", 2 * limit,
		host->user.name);
	return true;
}

static bool (*const judges[])(const struct host *, struct verdict *, const struct cgroup_node *) = {
	judge_type,
	judge_mount,
	judge_owner,
	judge_inner,
	judge_frozen,
	judge_room,
	judge_tasks,
};

static void judge_nodes(const struct host *host, struct verdict *v)
{
	const struct cgroup *cgroup = &host->cgroup;

	if (!judge_has_v2(v, host))
		return;
	for (size_t i = 1; i < cgroup->count; i++) /* the root is what the others are not */
		for (size_t j = 0; j < ARRAY_SIZE(judges); j++) {
			if (cgroup->chain[i].state != FACT_KNOWN ||
				!judges[j](host, v, &cgroup->chain[i]))
				continue;
			verdict_effect(v, "containers of this user get no cgroups or no limits");
			return;
		}
}

static const struct check checks[] = {
	{
		.id = "cgroup.readonly",
		.title = "the cgroup file system is writable",
		.see = "cgroup_namespaces(7)",
		.scope = CHECK_HOST,
		.sections = HOST_CGROUP,
		.needs = NEEDS("cgroup.v2"),
		.judge = judge_readonly,
	},
	{
		.id = "cgroup.nodes",
		.title = "the cgroups above containers can have children",
		.see = "cgroups(7)",
		.scope = CHECK_USER,
		.sections = HOST_CGROUP | HOST_USER,
		.needs = NEEDS("user.exists", "cgroup.v2"),
		.judge = judge_nodes,
	},
};

const struct check_group cgroup_nodes_group = { "cgroup", checks, ARRAY_SIZE(checks) };
