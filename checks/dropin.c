/* SPDX-License-Identifier: Apache-2.0 */
#include "checks/dropin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "checks/plan.h"
#include "host/host.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool dropin_comes_later(const char *path, const char *ours)
{
	return strcmp(base_name(path), base_name(ours)) > 0;
}

/* Does @line set @key? "key = value" or the bare word. */
static bool sets(const char *line, size_t length, const char *key)
{
	size_t n = strlen(key);

	if (length < n || memcmp(line, key, n) != 0)
		return false;
	return length == n || line[n] == ' ' || line[n] == '\t' || line[n] == '=';
}

/* The file @before with @line in place of those that set @key, or at its end; one that is still to
 * be made begins with @head. */
static char *with_line(const char *before, const char *head, const char *key, const char *line)
{
	struct text after = { 0 };
	size_t at = 0, length, all = strlen(before);
	bool placed = false;
	const char *s;

	if (all == 0)
		text_addf(&after, DROPIN_HEADER "%s", head);
	while ((s = text_line(before, all, &at, &length))) {
		if (!sets(s, length, key)) {
			text_add_bytes(&after, s, length);
			text_add(&after, "\n");
		} else if (!placed) {
			text_addf(&after, "%s\n", line);
			placed = true;
		}
	}
	if (!placed)
		text_addf(&after, "%s\n", line);
	return text_take(&after);
}

static void put_line(struct plan *plan, const char *path, const char *present, const char *head,
	const char *key, const char *line)
{
	struct change *file = plan_find_file(plan, path);
	_cleanup_free_ char *content = with_line(file ? file->text : present, head, key, line);

	if (!content) {
		plan->failed = true;
	} else if (!file) {
		plan_file(plan, path, 0644, content);
	} else {
		free(file->text);
		file->text = take_ptr(content);
		file->cost = file->cost ? file->cost : plan->cost;
	}
}

static void put_sysctl(struct plan *plan, const char *key, const char *value)
{
	_cleanup_text_ struct text line = { 0 };

	text_addf(&line, "%s = %s", key, value);
	put_line(plan, DROPIN_SYSCTL, plan->host ? plan->host->sysctl.ours : "", "", key,
		text_get(&line));
	plan_sysctl_live(plan, key, value);
}

void plan_sysctl(struct plan *plan, const char *key, uint64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	put_sysctl(plan, key, text);
}

void plan_sysctl_range(struct plan *plan, const char *key, uint64_t from, uint64_t last)
{
	char text[48];

	(void)snprintf(text, sizeof(text), "%llu %llu", (unsigned long long)from,
		(unsigned long long)last);
	put_sysctl(plan, key, text);
}

void plan_module(struct plan *plan, const char *name)
{
	put_line(plan, DROPIN_MODULES, plan->host ? plan->host->kernel.ours : "", "", name, name);
	plan_module_now(plan, name, false);
}

void plan_dropin_line(struct plan *plan, const char *path, const char *present, const char *section,
	const char *key, uint64_t value)
{
	char head[64], line[80];

	(void)snprintf(head, sizeof(head), "[%s]\n", section);
	(void)snprintf(line, sizeof(line), "%s=%llu", key, (unsigned long long)value);
	put_line(plan, path, present, head, key, line);
}
