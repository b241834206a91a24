/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one loop over all checks. Needs point backwards, so one pass from the end marks what a wish
 * draws in, and one pass from the start judges it.
 */
#include "checks/check.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "checks/plan.h"
#include "checks/request.h"

enum {
	CHECKS_MAX = 160
};

const struct request request_default = {
	.subid_count = 65536,
	.controllers = "cpu cpuset io memory pids",
};

size_t check_count(void)
{
	size_t n = 0;

	for (size_t i = 0; i < check_group_count; i++)
		n += check_groups[i]->count;
	assert(n <= CHECKS_MAX);
	return n;
}

const struct check *check_at(size_t index)
{
	for (size_t i = 0; i < check_group_count; i++) {
		if (index < check_groups[i]->count)
			return &check_groups[i]->checks[index];
		index -= check_groups[i]->count;
	}
	return NULL;
}

static size_t find(const char *id)
{
	size_t i = 0;

	while (i < check_count() && strcmp(check_at(i)->id, id) != 0)
		i++;
	return i;
}

const struct check *check_find(const char *id)
{
	return check_at(find(id));
}

bool check_matches(const struct check *check, const char *pattern)
{
	size_t group = strcspn(check->id, ".");

	return strcmp(check->id, pattern) == 0 ||
	       (strlen(pattern) == group && strncmp(check->id, pattern, group) == 0);
}

/* The id of the failure that makes @check a skip, or NULL. */
static const char *blocked_by(const struct check *check, const struct verdict *verdicts)
{
	for (const char *const *need = check->needs; need && *need; need++) {
		const struct verdict *v = &verdicts[find(*need)];

		if (v->kind == VERDICT_FAIL)
			return *need;
		if (v->kind == VERDICT_SKIP && v->skipped_because)
			return v->skipped_because;
	}
	return NULL;
}

static void put_fix_first(struct verdict *v, const char *fix)
{
	if (v->fix_count < VERDICT_FIXES)
		v->fix_count++;
	memmove(v->fix[1], v->fix[0], sizeof(v->fix[0]) * (v->fix_count - 1));
	(void)text_copy(v->fix[0], sizeof(v->fix[0]), fix);
}

/* Packages are installed where that is asked for: then only those that this check misses. */
static bool changes_more_than_packages(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (plan->changes[i].kind != CHANGE_PACKAGE)
			return true;
	return false;
}

static void promise_setup(const struct check *check, const struct host *host, struct verdict *v)
{
	_cleanup_plan_ struct plan plan = { .check = check->id, .host = host };
	char fix[sizeof(v->fix[0])];
	bool packages, is_tree = !host->live && !host->next_boot;

	if (!check->mend || (v->kind != VERDICT_FAIL && v->kind != VERDICT_WARN))
		return;
	check->mend(host, &request_default, &plan);
	if (plan.count == 0)
		return;
	packages = !changes_more_than_packages(&plan);
	/* where the package is not all, the check has said what more there is to do */
	if (packages && (is_tree || strstr(v->fix[0], "&&")))
		return;
	/* who is not there yet needs the whole of it */
	if (host->user.state == FACT_ABSENT && check->scope == CHECK_USER)
		(void)snprintf(fix, sizeof(fix), "sudo rpod-setup %suser %s",
			is_tree ? "--root DIR " : "", host->user.name);
	else
		(void)snprintf(fix, sizeof(fix), "sudo rpod-setup %s%s--only %s %s%s",
			is_tree ? "--root DIR " : "", packages ? "--packages " : "", check->id,
			check->scope == CHECK_HOST ? "host" : "user ",
			check->scope == CHECK_HOST ? "" : host->user.name);
	if (is_tree) /* commands for a running host would change this one, not the tree */
		v->fix_count = 0;
	put_fix_first(v, fix);
}

static void judge(const struct check *check, const struct host *host, struct verdict *verdicts,
	struct verdict *v)
{
	const char *cause = blocked_by(check, verdicts);

	if (cause) {
		verdict_skip(v, "because of %s", cause);
		v->skipped_because = cause;
	} else if (check->sections & ~host->sections || check->probes & ~host->probe.asked) {
		verdict_skip(v, "was not looked at");
	} else {
		check->judge(host, v);
		promise_setup(check, host, v);
	}
}

static void mark_needed(const struct check *check, bool *needed)
{
	for (const char *const *need = check->needs; need && *need; need++)
		needed[find(*need)] = true;
}

static void draw_in(const bool *wanted, bool needed[static CHECKS_MAX])
{
	for (size_t i = 0; i < check_count(); i++)
		needed[i] = !wanted || wanted[i];
	for (size_t i = check_count(); i-- > 0;)
		if (needed[i])
			mark_needed(check_at(i), needed);
}

struct host_parts check_parts(const bool *wanted)
{
	bool needed[CHECKS_MAX];
	struct host_parts parts = { 0 };

	draw_in(wanted, needed);
	for (size_t i = 0; i < check_count(); i++)
		if (needed[i]) {
			parts.sections |= check_at(i)->sections;
			parts.probes |= check_at(i)->probes;
		}
	if (parts.probes)
		parts.sections |= HOST_PROBE;
	return parts;
}

void check_judge(const struct host *host, const bool *wanted, struct verdict *ret)
{
	size_t n = check_count();
	bool needed[CHECKS_MAX] = { false };

	draw_in(wanted, needed);
	for (size_t i = 0; i < n; i++) {
		ret[i] = (struct verdict){ .kind = VERDICT_PASS };
		if (needed[i])
			judge(check_at(i), host, ret, &ret[i]);
		else
			verdict_skip(&ret[i], "not asked for");
	}
}
