/* SPDX-License-Identifier: Apache-2.0 */
/* rpod inspect and rpod port. */
#include <stdio.h>

#include "base/cleanup.h"
#include "runtime/cli/command.h"
#include "runtime/cli/describe.h"
#include "runtime/cli/template.h"
#include "runtime/engine/assemble.h"

static struct {
	const char *format, *type;
} args;

static const struct cli_option options[] = {
	{ 'f', "format", "FORMAT", "a template like '{{.State.Status}}'", cli_text, &args.format },
	{ 't', "type", "TYPE", NULL, cli_text, &args.type },
	{ 0 },
};

static const struct cli inspect_cli = {
	.program = "rpod inspect",
	.synopsis = "[options] CONTAINER...",
	.about = "Show everything that is known of containers, as JSON.",
	.options = options,
};

struct inspection {
	struct json *all;
};

static int inspect(struct subject *subject, const struct place *place, void *arg, struct error *err)
{
	struct inspection *inspection = arg;
	_cleanup_json_ struct json *whole = describe_whole(subject, place);
	_cleanup_text_ struct text line = { 0 };
	int r;

	if (!args.format) {
		json_add(inspection->all, take_ptr(whole));
		return 0;
	}
	r = template_show(args.format, whole, &line, err);
	if (r >= 0)
		(void)printf("%s\n", text_get(&line));
	return r;
}

int inspect_main(int argc, char *argv[], struct error *err)
{
	_cleanup_place_ struct place place = { .containers_fd = -1, .names_fd = -1, .run_fd = -1 };
	_cleanup_json_ struct json *all = json_new_array();
	struct inspection inspection = { .all = all };
	struct command_each each = { .program = "rpod", .act = inspect, .arg = &inspection };
	int r = cli_parse(&inspect_cli, argc, argv, err);

	each.count = r;
	each.words = argv + 1;
	if (r >= 0)
		r = command_need(inspect_cli.program, r, 1, -1, err);
	if (r >= 0)
		r = place_open(&place, err);
	if (r < 0)
		return r;
	r = command_each(&each, &place, err);
	if (!args.format)
		(void)printf("%s\n", json_print(all, true));
	return r;
}

static const struct cli port_cli = {
	.program = "rpod port",
	.synopsis = "CONTAINER",
	.about = "List the ports of the host that lead into a container.",
};

static int port(struct subject *subject, const struct place *place, void *arg, struct error *err)
{
	(void)place;
	(void)arg;
	for (size_t i = 0; i < subject->settings.publish.count; i++) {
		struct net_port parsed;
		int r = net_parse_port(subject->settings.publish.items[i], &parsed, err);

		if (r < 0)
			return r;
		(void)printf("%s -> %s\n", parsed.inside, parsed.host);
	}
	return 0;
}

int port_main(int argc, char *argv[], struct error *err)
{
	_cleanup_place_ struct place place = { .containers_fd = -1, .names_fd = -1, .run_fd = -1 };
	struct command_each each = { .program = "rpod", .act = port };
	int r = cli_parse(&port_cli, argc, argv, err);

	each.count = r;
	each.words = argv + 1;
	if (r >= 0)
		r = command_need(port_cli.program, r, 1, 1, err);
	if (r >= 0)
		r = place_open(&place, err);
	return r < 0 ? r : command_each(&each, &place, err);
}
