/* SPDX-License-Identifier: Apache-2.0 */
/* rpod rm. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "runtime/cli/command.h"
#include "runtime/engine/remove.h"
#include "runtime/engine/stop.h"

static struct {
	struct text_list cidfiles;
	int64_t timeout;
	bool all, force, ignore;
} args;

static const struct cli_option options[] = {
	{ 'a', "all", NULL, "all containers", cli_flag, &args.all },
	{ 0, "cidfile", "FILE", "the container whose id is in FILE", cli_list, &args.cidfiles },
	{ 'f', "force", NULL, "kill those that run; no error for those not there", cli_flag,
		&args.force },
	{ 'i', "ignore", NULL, "no error for a container that is not there", cli_flag,
		&args.ignore },
	{ 't', "time", "SECONDS", "with -f: how long to wait before it is killed", read_seconds,
		&args.timeout },
	{ 0 },
};

static const struct cli rm_cli = {
	.program = "rpod rm",
	.synopsis = "[options] CONTAINER...",
	.about = "Remove containers.",
	.options = options,
};

/* Its own name and runtime directory go with one that ran with --rm. */
static bool is_gone(const struct subject *subject, const struct place *place)
{
	return faccessat(place->containers_fd, subject->container.id, F_OK, 0) < 0;
}

static int remove_one(
	struct subject *subject, const struct place *place, void *arg, struct error *err)
{
	const char *name =
		subject->container.name[0] ? subject->container.name : subject->container.id;
	int r;

	(void)arg;
	if (subject->state.kind == STATE_RUNNING && !args.force)
		return error_say(err, -EBUSY,
			"cannot remove container '%s' as it is running; stop it "
			"first, or use 'rpod rm -f'",
			name);
	r = stop_container(&subject->container, &subject->state, args.timeout ? SIGTERM : SIGKILL,
		args.timeout, err);
	if (r >= 0 && !is_gone(subject, place))
		r = container_remove(&subject->container, place, err);
	if (r >= 0)
		(void)printf("%s\n", name);
	return r;
}

static int add_cidfile(const char *path, struct text_list *words, struct error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_text_ struct text id = { 0 };
	int r = fd < 0 ? -errno : io_read_all(fd, ID_SIZE + 1, &id);

	if (r == -ENOENT && (args.ignore || args.force))
		return 0;
	if (r >= 0 && id.length > 0 && id.data[id.length - 1] == '\n')
		id.data[--id.length] = '\0';
	if (r >= 0)
		r = text_list_add(words, text_get(&id));
	return r < 0 ? error_set(err, r, "cannot read '%s'", path) : 0;
}

static int gather_words(int operands, char *argv[], struct text_list *words, struct error *err)
{
	int r = 0;

	for (int i = 0; r >= 0 && i < operands; i++)
		r = text_list_add(words, argv[1 + i]);
	if (r < 0)
		return error_set(err, r, "cannot keep the names");
	for (size_t i = 0; r >= 0 && i < args.cidfiles.count; i++)
		r = add_cidfile(args.cidfiles.items[i], words, err);
	return r;
}

int rm_main(int argc, char *argv[], struct error *err)
{
	_cleanup_place_ struct place place = { .containers_fd = -1, .names_fd = -1, .run_fd = -1 };
	_cleanup_text_list_ struct text_list words = { 0 };
	struct command_each each = { .program = "rpod", .act = remove_one };
	int r = cli_parse(&rm_cli, argc, argv, err);

	if (r >= 0 && !args.all && !args.cidfiles.count)
		r = command_need(rm_cli.program, r, 1, -1, err) < 0 ? err->code : r;
	if (r >= 0)
		r = gather_words(r, argv, &words, err);
	if (r >= 0)
		r = command_enter(&place, err);
	if (r < 0)
		return r;
	each.count = (int)words.count;
	each.words = words.items;
	each.all = args.all;
	each.ignore_missing = args.ignore || args.force;
	return command_each(&each, &place, err);
}
