/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/summary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "checks/check.h"

#define SCHEMA "rpod-doctor/1"

static const char *const trait_words[] = { "os", "kernel", "version" };
_Static_assert(ARRAY_SIZE(trait_words) == TRAIT_COUNT, "a word per trait");

const char *summary_trait_word(enum summary_trait trait)
{
	return trait_words[trait];
}

/* The same order in every report makes the first guess right. */
static int find_column(struct summary *to, const char *id, size_t guess, size_t *ret)
{
	if (guess < to->ids.count && strcmp(to->ids.items[guess], id) == 0) {
		*ret = guess;
		return 0;
	}
	for (size_t i = 0; i < to->ids.count; i++)
		if (strcmp(to->ids.items[i], id) == 0) {
			*ret = i;
			return 0;
		}
	if (to->ids.count == SUMMARY_CHECKS)
		return -E2BIG;
	*ret = to->ids.count;
	return text_list_add(&to->ids, id);
}

static int cell_of(struct json *check, unsigned char *ret)
{
	const char *word = json_get_text(check, "verdict");

	if (!word)
		return -EINVAL;
	if (json_get_text(check, "ignored")) {
		*ret = CELL_IGNORED;
		return 0;
	}
	for (int kind = 0; kind < VERDICT_KIND_COUNT; kind++)
		if (strcmp(verdict_word(kind), word) == 0) {
			*ret = (unsigned char)(CELL_PASS + kind);
			return 0;
		}
	return -EINVAL;
}
_Static_assert(CELL_PASS + (int)VERDICT_WARN == CELL_WARN &&
		       CELL_PASS + (int)VERDICT_FAIL == CELL_FAIL &&
		       CELL_PASS + (int)VERDICT_SKIP == CELL_SKIP,
	"cells are in the order of verdicts");

/* The row of a report: @cells has SUMMARY_CHECKS places, all absent. */
static int read_cells(struct summary *to, struct json *checks, unsigned char *cells, size_t *ret)
{
	*ret = 0;
	for (size_t i = 0; i < json_count(checks); i++) {
		struct json *check = json_at(checks, i);
		const char *id = json_get_text(check, "id");
		size_t column = 0;
		int r = id ? find_column(to, id, i, &column) : -EINVAL;

		if (r >= 0)
			r = cell_of(check, &cells[column]);
		if (r < 0)
			return r;
		*ret = MAX(*ret, column + 1);
	}
	return 0;
}

static int intern(struct summary_values *values, const char *word, uint16_t *ret)
{
	size_t *more;

	for (size_t i = 0; i < values->words.count; i++)
		if (strcmp(values->words.items[i], word) == 0) {
			*ret = (uint16_t)i;
			return 0;
		}
	if (values->words.count == UINT16_MAX)
		return -E2BIG;
	more = reallocarray(values->hosts, values->words.count + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	values->hosts = more;
	more[values->words.count] = 0;
	*ret = (uint16_t)values->words.count;
	return text_list_add(&values->words, word);
}

/* "alice@web-1", or where the host has no name that of the file: "web-1" of /reports/web-1.json. */
static char *name_of(struct json *context, const char *file)
{
	const char *host = json_get_text(context, "host"), *user = json_get_text(context, "user");
	const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
	size_t length = strlen(base) - (text_ends(base, ".json") ? strlen(".json") : 0);
	_cleanup_text_ struct text name = { 0 };

	if (!host)
		text_add_bytes(&name, base, length);
	else if (user && *user)
		text_addf(&name, "%s@%s", user, host);
	else
		text_add(&name, host);
	return text_take(&name);
}

static int read_traits(struct summary *to, struct json *context, uint16_t *ret)
{
	static const char *const keys[] = { "os", "kernel", "version" };
	int r = 0;

	for (size_t i = 0; i < TRAIT_COUNT && r >= 0; i++) {
		const char *word = json_get_text(context, keys[i]);

		r = intern(&to->traits[i], word ? word : "unknown", &ret[i]);
	}
	return r;
}

static int push(struct summary *to, struct summary_host *host)
{
	if (to->count == to->room) {
		size_t room = to->room ? to->room * 2 : 64;
		struct summary_host **more = reallocarray(to->hosts, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		to->hosts = more;
		to->room = room;
	}
	to->hosts[to->count++] = host;
	return 0;
}

static void count_cells(struct summary *to, const struct summary_host *host)
{
	bool fails = false;

	for (size_t i = 0; i < host->count; i++) {
		to->sums[i][host->cells[i]]++;
		fails = fails || host->cells[i] == CELL_FAIL;
	}
	for (size_t i = 0; i < TRAIT_COUNT; i++)
		to->traits[i].hosts[host->traits[i]]++;
	to->failing += fails;
}

static int add_host(struct summary *to, struct json *report, const char *file)
{
	unsigned char cells[SUMMARY_CHECKS] = { 0 };
	_cleanup_free_ struct summary_host *host = NULL;
	_cleanup_free_ char *name = name_of(json_get(report, "context"), file);
	size_t n;
	int r = read_cells(to, json_get(report, "checks"), cells, &n);

	if (r < 0)
		return r;
	host = calloc(1, sizeof(*host) + n);
	if (!host || !name)
		return -ENOMEM;
	host->count = (uint16_t)n;
	(void)memcpy(host->cells, cells, n);
	r = read_traits(to, json_get(report, "context"), host->traits);
	if (r >= 0)
		r = push(to, host);
	if (r < 0)
		return r;
	count_cells(to, host);
	host->name = take_ptr(name);
	host = NULL;
	return 0;
}

int summary_add(
	struct summary *to, const char *data, size_t length, const char *file, struct error *err)
{
	_cleanup_json_ struct json *report = NULL;
	const char *schema, *why;
	int r = json_parse(data, length, file, &report, err);

	if (r < 0)
		return r;
	schema = json_get_text(report, "schema");
	if (!schema || strcmp(schema, SCHEMA) != 0)
		return error_say(err, -EINVAL, "'%s' is no report of rpod-doctor --json", file);
	why = json_get_text(report, "error");
	if (why)
		return error_say(
			err, -EINVAL, "'%s': that host could not be looked at: %s", file, why);
	r = add_host(to, report, file);
	if (r == -ENOMEM)
		return error_set(err, r, "cannot merge '%s'", file);
	return r < 0 ? error_say(err, r, "'%s' has checks that are none", file) : 0;
}

enum summary_cell summary_cell(const struct summary_host *host, size_t column)
{
	return column < host->count ? (enum summary_cell)host->cells[column] : CELL_ABSENT;
}

bool summary_shows(const struct summary *summary, size_t column)
{
	return summary->sums[column][CELL_FAIL] > 0 || summary->sums[column][CELL_WARN] > 0;
}

/* Which fails first, in the order of the checks; 0: they fail in the same. */
static int compare_failing(const struct summary_host *a, const struct summary_host *b)
{
	size_t n = MAX(a->count, b->count);

	for (size_t i = 0; i < n; i++) {
		int fails_a = summary_cell(a, i) == CELL_FAIL;
		int fails_b = summary_cell(b, i) == CELL_FAIL;

		if (fails_a != fails_b)
			return fails_b - fails_a;
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct summary_host *const *x = a, *const *y = b;
	int r = compare_failing(*x, *y);

	return r ? r : strverscmp((*x)->name, (*y)->name);
}

void summary_group(struct summary *summary)
{
	if (summary->count > 0)
		qsort(summary->hosts, summary->count, sizeof(*summary->hosts), compare);
}

size_t summary_group_size(const struct summary *summary, size_t at)
{
	size_t n = 1;

	while (at + n < summary->count &&
		compare_failing(summary->hosts[at], summary->hosts[at + n]) == 0)
		n++;
	return n;
}

void summary_done(struct summary *summary)
{
	for (size_t i = 0; i < summary->count; i++) {
		free(summary->hosts[i]->name);
		free(summary->hosts[i]);
	}
	for (size_t i = 0; i < TRAIT_COUNT; i++) {
		text_list_done(&summary->traits[i].words);
		free(summary->traits[i].hosts);
	}
	free(summary->hosts);
	text_list_done(&summary->ids);
	text_list_done(&summary->refused);
	*summary = (struct summary){ 0 };
}
