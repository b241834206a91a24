/* SPDX-License-Identifier: Apache-2.0 */
/* rpod version and rpod info. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/version.h"
#include "runtime/cli/command.h"
#include "runtime/cli/template.h"
#include "runtime/oci/userns.h"

static const char *format;

static const struct cli_option options[] = {
	{ 'f', "format", "FORMAT", "json, or a template", cli_text, &format },
	{ 0 },
};

static const struct cli version_cli = {
	.program = "rpod version",
	.synopsis = "[options]",
	.about = "Show the version.",
	.options = options,
};

static const struct cli info_cli = {
	.program = "rpod info",
	.synopsis = "[options]",
	.about = "Show where containers are kept and how many there are.",
	.options = options,
};

static int show(struct json *value, struct error *err)
{
	_cleanup_text_ struct text line = { 0 };
	int r = 0;

	if (!format || strcmp(format, "json") == 0)
		text_add(&line, json_print(value, true));
	else
		r = template_show(format, value, &line, err);
	if (r >= 0)
		(void)printf("%s\n", text_get(&line));
	return r;
}

int version_main(int argc, char *argv[], struct error *err)
{
	_cleanup_json_ struct json *value = NULL;
	struct json *client;
	int r = cli_parse(&version_cli, argc, argv, err);

	if (r >= 0)
		r = command_need(version_cli.program, r, 0, 0, err);
	if (r < 0)
		return r;
	if (!format) {
		(void)printf("Version:      %s\n", RPOD_VERSION);
		return 0;
	}
	value = json_new_object();
	client = json_new_object();
	json_set_text(client, "Version", RPOD_VERSION);
	json_set(value, "Client", client);
	json_set_text(value, "Version", RPOD_VERSION);
	return show(value, err);
}

static struct json *new_host(void)
{
	struct json *host = json_new_object();
	struct utsname name;

	(void)uname(&name);
	json_set_text(host, "hostname", name.nodename);
	json_set_text(host, "kernel", name.release);
	json_set_text(host, "arch", name.machine);
	json_set_bool(host, "rootless", userns_owner() != 0);
	return host;
}

static struct json *new_store(const struct place *place, const struct subjects *subjects)
{
	struct json *store = json_new_object();
	int64_t running = 0;

	for (size_t i = 0; i < subjects->count; i++)
		running += subjects->items[i].state.kind == STATE_RUNNING;
	json_set_text(store, "graphRoot", place->store.path);
	json_set_text(store, "runRoot", place->run);
	json_set_number(store, "containers", (int64_t)subjects->count);
	json_set_number(store, "running", running);
	return store;
}

int info_main(int argc, char *argv[], struct error *err)
{
	_cleanup_place_ struct place place = { .containers_fd = -1, .names_fd = -1, .run_fd = -1 };
	_cleanup_subjects_ struct subjects subjects = { 0 };
	_cleanup_json_ struct json *value = json_new_object();
	int r = cli_parse(&info_cli, argc, argv, err);

	if (r >= 0)
		r = command_need(info_cli.program, r, 0, 0, err);
	if (r >= 0)
		r = place_open(&place, err);
	if (r >= 0)
		r = subjects_open(&subjects, &place, err);
	if (r < 0)
		return r;
	json_set(value, "host", new_host());
	json_set(value, "store", new_store(&place, &subjects));
	json_set_text(value, "version", RPOD_VERSION);
	return show(value, err);
}
