/* SPDX-License-Identifier: Apache-2.0 */
/* rpod ps: one row for a container, from its small files; nothing is locked, nothing waits. */
#include <errno.h>
#include <regex.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "runtime/cli/command.h"
#include "runtime/cli/describe.h"
#include "runtime/cli/table.h"
#include "runtime/cli/template.h"

static struct {
	struct text_list filters;
	const char *format;
	uint32_t last;
	bool all, quiet, no_trunc, no_heading, latest;
} args;

static const struct cli_option options[] = {
	{ 'a', "all", NULL, "those that do not run too", cli_flag, &args.all },
	{ 'f', "filter", "KEY=VALUE", "id, name, label, status, exited, ancestor", cli_list,
		&args.filters },
	{ 0, "format", "FORMAT", "json, or a template like '{{.ID}} {{.Names}}'", cli_text,
		&args.format },
	{ 'n', "last", "NUMBER", "the last NUMBER made, running or not", cli_u32, &args.last },
	{ 'l', "latest", NULL, "the last one made", cli_flag, &args.latest },
	{ 0, "no-trunc", NULL, "whole ids and commands", cli_flag, &args.no_trunc },
	{ 0, "noheading", NULL, "no line of titles", cli_flag, &args.no_heading },
	{ 'q', "quiet", NULL, "ids only", cli_flag, &args.quiet },
	{ 0 },
};

static const struct cli ps_cli = {
	.program = "rpod ps",
	.synopsis = "[options]",
	.about = "List containers.",
	.options = options,
};

static bool matches(const char *pattern, const char *value)
{
	regex_t regex;
	bool found;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return strcmp(pattern, value) == 0;
	found = regexec(&regex, value, 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

static bool by_id(const struct subject *s, const char *value)
{
	return text_starts(s->container.id, value);
}

static bool by_name(const struct subject *s, const char *value)
{
	return matches(value, s->container.name);
}

static bool by_label(const struct subject *s, const char *value)
{
	if (strchr(value, '='))
		return text_list_has(&s->settings.labels, value);
	return settings_value(&s->settings.labels, value) != NULL;
}

static bool by_status(const struct subject *s, const char *value)
{
	return strcmp(value, state_word(s->state.kind)) == 0 ||
	       (strcmp(value, "stopped") == 0 && s->state.kind == STATE_EXITED);
}

static bool by_exit(const struct subject *s, const char *value)
{
	uint32_t status;

	return s->state.kind == STATE_EXITED && parse_u32(value, &status) >= 0 &&
	       (int)status == s->state.exit_status;
}

static bool by_image(const struct subject *s, const char *value)
{
	return s->settings.image && strcmp(s->settings.image, value) == 0;
}

struct filter {
	const char *key;
	bool (*holds)(const struct subject *subject, const char *value);
	bool every; /* several must all hold; otherwise one of them */
};

static const struct filter filters[] = {
	{ "id", by_id, false },
	{ "name", by_name, false },
	{ "label", by_label, true },
	{ "status", by_status, false },
	{ "exited", by_exit, false },
	{ "ancestor", by_image, false },
};

static const struct filter *find_filter(const char *word)
{
	size_t n = strcspn(word, "=");

	for (size_t i = 0; word[n] && i < ARRAY_SIZE(filters); i++)
		if (strlen(filters[i].key) == n && memcmp(filters[i].key, word, n) == 0)
			return &filters[i];
	return NULL;
}

static int check_filters(struct error *err)
{
	for (size_t i = 0; i < args.filters.count; i++) {
		if (!find_filter(args.filters.items[i]))
			return error_say(err, -EINVAL,
				"unknown filter '%s'; there are id=, name=, "
				"label=, status=, exited= and ancestor=",
				args.filters.items[i]);
		if (text_starts(args.filters.items[i], "status=") ||
			text_starts(args.filters.items[i], "exited="))
			args.all = true;
	}
	return 0;
}

/* podman-ps(1): of one key any may hold, of different keys all must. */
static bool passes(const struct subject *s)
{
	for (size_t f = 0; f < ARRAY_SIZE(filters); f++) {
		size_t given = 0, held = 0;

		for (size_t i = 0; i < args.filters.count; i++) {
			const char *word = args.filters.items[i];

			if (find_filter(word) != &filters[f])
				continue;
			given++;
			held += filters[f].holds(s, strchr(word, '=') + 1);
		}
		if (given && (filters[f].every ? held < given : held == 0))
			return false;
	}
	return args.all || args.last || s->state.kind == STATE_RUNNING;
}

static const struct table_column columns[] = {
	{ "CONTAINER ID", "ID" },
	{ "IMAGE", "Image" },
	{ "COMMAND", "Command" },
	{ "CREATED", "CreatedHuman" },
	{ "STATUS", "Status" },
	{ "PORTS", "Ports" },
	{ "NAMES", "Names" },
};

static int show_rows(struct json *rows, struct error *err)
{
	bool table = args.format && text_starts(args.format, "table ");
	const char *format = table ? args.format + strlen("table ") : args.format;

	if (!args.format || strcmp(args.format, "table") == 0) {
		table_print(columns, ARRAY_SIZE(columns), rows, !args.no_heading);
		return 0;
	}
	if (table)
		return table_print_template(format, rows, !args.no_heading, err);
	for (size_t i = 0; i < json_count(rows); i++) {
		_cleanup_text_ struct text line = { 0 };
		int r = template_show(format, json_at(rows, i), &line, err);

		if (r < 0)
			return r;
		(void)printf("%s\n", text_get(&line));
	}
	return 0;
}

static int show(const struct subjects *subjects, struct error *err)
{
	bool json = args.format && strcmp(args.format, "json") == 0;
	_cleanup_json_ struct json *rows = json_new_array();

	for (size_t i = 0; i < subjects->count; i++) {
		const struct subject *s = &subjects->items[i];

		if (!passes(s) || (args.last && json_count(rows) >= args.last))
			continue;
		json_add(rows, json ? describe_brief(s) : describe_row(s, !args.no_trunc));
	}
	if (json) {
		(void)printf("%s\n", json_print(rows, true));
		return 0;
	}
	return show_rows(rows, err);
}

/* -q alone needs no JSON. */
static int show_ids(const struct subjects *subjects)
{
	uint32_t shown = 0;

	for (size_t i = 0; i < subjects->count; i++)
		if (passes(&subjects->items[i]) && (!args.last || shown++ < args.last))
			(void)printf("%.*s\n", args.no_trunc ? ID_SIZE : ID_SHORT,
				subjects->items[i].container.id);
	return 0;
}

int ps_main(int argc, char *argv[], struct error *err)
{
	_cleanup_place_ struct place place = { .containers_fd = -1, .names_fd = -1, .run_fd = -1 };
	_cleanup_subjects_ struct subjects subjects = { 0 };
	int r = cli_parse(&ps_cli, argc, argv, err);

	if (r >= 0)
		r = command_need(ps_cli.program, r, 0, 0, err);
	if (args.latest)
		args.last = 1;
	if (r >= 0)
		r = check_filters(err);
	if (r >= 0)
		r = place_open(&place, err);
	if (r >= 0)
		r = subjects_open(&subjects, &place, err);
	if (r < 0)
		return r;
	return args.quiet && !args.format ? show_ids(&subjects) : show(&subjects, err);
}
