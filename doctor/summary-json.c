/* SPDX-License-Identifier: Apache-2.0 */
/* For programs: schema rpod-doctor-summary/1. Keys are added, never renamed. */
#include <errno.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "doctor/summary.h"

static struct json *check_of(const struct summary *summary, size_t column)
{
	static const char *const keys[] = {
		[CELL_ABSENT] = "absent",
		[CELL_PASS] = "pass",
		[CELL_WARN] = "warn",
		[CELL_FAIL] = "fail",
		[CELL_SKIP] = "skip",
		[CELL_IGNORED] = "ignored",
	};
	struct json *to = json_new_object();
	size_t sum = 0;

	_Static_assert(ARRAY_SIZE(keys) == CELL_COUNT, "a key per cell");
	json_set_text(to, "id", summary->ids.items[column]);
	for (size_t i = CELL_PASS; i < CELL_COUNT; i++) {
		json_set_number(to, keys[i], (int64_t)summary->sums[column][i]);
		sum += summary->sums[column][i];
	}
	json_set_number(to, keys[CELL_ABSENT], (int64_t)(summary->count - sum));
	return to;
}

static struct json *ids_with(
	const struct summary *summary, const struct summary_host *host, enum summary_cell cell)
{
	struct json *to = json_new_array();

	for (size_t i = 0; i < summary->ids.count; i++)
		if (summary_cell(host, i) == cell)
			json_add(to, json_new_text(summary->ids.items[i]));
	return to;
}

static struct json *host_of(const struct summary *summary, const struct summary_host *host)
{
	struct json *to = json_new_object();

	json_set_text(to, "host", host->name);
	json_set(to, "warn", ids_with(summary, host, CELL_WARN));
	for (size_t i = 0; i < TRAIT_COUNT; i++)
		json_set_text(to, summary_trait_word((enum summary_trait)i),
			summary->traits[i].words.items[host->traits[i]]);
	return to;
}

static struct json *groups_of(const struct summary *summary)
{
	struct json *to = json_new_array();

	for (size_t at = 0, n; at < summary->count; at += n) {
		struct json *group = json_new_object(), *hosts = json_new_array();

		n = summary_group_size(summary, at);
		for (size_t i = at; i < at + n; i++)
			json_add(hosts, host_of(summary, summary->hosts[i]));
		json_set_number(group, "count", (int64_t)n);
		json_set(group, "fail", ids_with(summary, summary->hosts[at], CELL_FAIL));
		json_set(group, "hosts", hosts);
		json_add(to, group);
	}
	return to;
}

static struct json *drift_of(const struct summary_values *values)
{
	struct json *to = json_new_object();

	for (size_t i = 0; i < values->words.count; i++)
		json_set_number(to, values->words.items[i], (int64_t)values->hosts[i]);
	return to;
}

int summary_json(const struct summary *summary, const struct out *out)
{
	_cleanup_json_ struct json *all = json_new_object();
	struct json *checks = json_new_array(), *drift = json_new_object();
	struct json *refused = json_new_array();
	const char *text;

	for (size_t i = 0; i < summary->ids.count; i++)
		json_add(checks, check_of(summary, i));
	for (size_t i = 0; i < TRAIT_COUNT; i++)
		json_set(drift, summary_trait_word((enum summary_trait)i),
			drift_of(&summary->traits[i]));
	for (size_t i = 0; i < summary->refused.count; i++)
		json_add(refused, json_new_text(summary->refused.items[i]));
	json_set_text(all, "schema", "rpod-doctor-summary/1");
	json_set_number(all, "hosts", (int64_t)summary->count);
	json_set_number(all, "failing", (int64_t)summary->failing);
	json_set(all, "checks", checks);
	json_set(all, "groups", groups_of(summary));
	json_set(all, "drift", drift);
	json_set(all, "refused", refused);
	text = json_print(all, true);
	return text && fprintf(out->stream, "%s\n", text) >= 0 ? 0 : -EIO;
}
