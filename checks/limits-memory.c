/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What memory the user may have in all: the limits of his slice and of his manager, which no limit
 * of a container can exceed. Who meets memory.max is ended by the kernel; who meets memory.high
 * stands still, and systemd-oomd takes that for pressure.
 */
#include <inttypes.h>
#include <stdio.h>

#include "checks/groups.h"
#include "checks/judge.h"

enum {
	MIB = 1 << 20,
	LEAST = 256 /* MiB: an engine and one small container */
};

/* "/sys/fs/cgroup/user.slice/user-1000.slice" and what is below it. */
struct place {
	const struct manager_memory *memory;
	char path[128];
	char unit[48];
};

static void say_more(struct verdict *v, const struct place *at, const char *key)
{
	verdict_effect(v, "containers are ended when it is used up, and nobody tells them why");
	verdict_fix(v, "sudo systemctl set-property %s %s=infinity", at->unit, key);
}

static void judge_limit(struct verdict *v, const struct place *at, const struct fact_number *limit,
	const char *file, const char *key)
{
	long long mib = (long long)(limit->value / MIB);
	char source[160];

	if (limit->state != FACT_KNOWN || mib >= LEAST)
		return;
	(void)snprintf(source, sizeof(source), "%s/%s", at->path, file);
	verdict_warn(v, "the user may have only %lld MiB of memory", mib);
	verdict_evidence(v, source, ">= 256 MiB", "%" PRId64, limit->value);
	say_more(v, at, key);
}

/* The kernel counts how often the limit of this very cgroup was met, not those of containers in it. */
static void judge_met(struct verdict *v, const struct place *at)
{
	const struct manager_memory *memory = at->memory;
	char source[160];

	if (v->kind == VERDICT_WARN || memory->max.state != FACT_KNOWN ||
		memory->max.value == INT64_MAX || memory->met.state != FACT_KNOWN ||
		memory->met.value == 0)
		return;
	verdict_warn(v, "the user's memory was used up");
	(void)snprintf(source, sizeof(source), "%s/memory.events.local", at->path);
	verdict_evidence(v, source, "oom 0", "oom %" PRId64, memory->met.value);
	(void)snprintf(source, sizeof(source), "%s/memory.max", at->path);
	verdict_evidence(v, source, NULL, "%" PRId64, memory->max.value);
	say_more(v, at, "MemoryMax");
}

static void judge_place(struct verdict *v, const struct place *at)
{
	judge_limit(v, at, &at->memory->max, "memory.max", "MemoryMax");
	judge_limit(v, at, &at->memory->high, "memory.high", "MemoryHigh");
	judge_met(v, at);
}

static void judge_memory(const struct host *host, struct verdict *v)
{
	unsigned uid = (unsigned)host->user.uid;
	struct place slice = { .memory = &host->manager.slice_memory };
	struct place manager = { .memory = &host->manager.memory };

	if (!host->live) {
		judge_unknown(v, host, "memory.max", 0);
		return;
	}
	(void)snprintf(slice.unit, sizeof(slice.unit), "user-%u.slice", uid);
	(void)snprintf(manager.unit, sizeof(manager.unit), "user@%u.service", uid);
	(void)snprintf(slice.path, sizeof(slice.path), "/sys/fs/cgroup/user.slice/%s", slice.unit);
	(void)snprintf(manager.path, sizeof(manager.path), "/sys/fs/cgroup/user.slice/%s/%s",
		slice.unit, manager.unit);
	judge_place(v, &slice);
	judge_place(v, &manager);
}

static const struct check checks[] = {
	{
		.id = "limits.memory",
		.title = "the user may have enough memory",
		.see = "systemd.resource-control(5)",
		.scope = CHECK_USER,
		.sections = HOST_MANAGER | HOST_USER,
		.needs = NEEDS("user.exists"),
		.judge = judge_memory,
	},
};

const struct check_group limits_memory_group = { "limits", checks, ARRAY_SIZE(checks) };
