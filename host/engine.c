/* SPDX-License-Identifier: Apache-2.0 */
#include "host/engine.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/spawn.h"
#include "host/helper.h"
#include "host/host.h"
#include "host/root.h"

/* Twenty times what a start takes. Who is slower is not judged: a machine under load, and one emulated
 * in software that reads podman from its disk for the first time, took as long. */
enum {
	LIMIT_MS = 700
};

/* What a child says whose program was never executed. */
#define NOT_EXECUTED "cannot be executed: "

/* Where an engine looks for a program: containers.conf(5), helper_binaries_dir, and PATH. */
enum search {
	SEARCH_HELPERS = 1 << 0,
	SEARCH_PATH = 1 << 1,
	SEARCH_TOOL = 1 << 2, /* in PATH too, and that was done: host/tool.h */
};

static const struct row {
	const char *name;
	unsigned search;
	enum tool_name tool;
	bool is_mute; /* it takes no --version */
} rows[] = {
	[ENGINE_PODMAN] = { "podman", SEARCH_TOOL, TOOL_PODMAN },
	[ENGINE_BUILDAH] = { "buildah", SEARCH_TOOL, TOOL_BUILDAH },
	[ENGINE_CRUN] = { "crun", SEARCH_TOOL, TOOL_CRUN },
	[ENGINE_RUNC] = { "runc", SEARCH_TOOL, TOOL_RUNC },
	[ENGINE_CONMON] = { "conmon", SEARCH_HELPERS | SEARCH_PATH },
	[ENGINE_PASTA] = { "pasta", SEARCH_HELPERS | SEARCH_TOOL, TOOL_PASTA },
	[ENGINE_SLIRP4NETNS] = { "slirp4netns", SEARCH_HELPERS | SEARCH_TOOL, TOOL_SLIRP4NETNS },
	[ENGINE_NETAVARK] = { "netavark", SEARCH_HELPERS },
	[ENGINE_AARDVARK] = { "aardvark-dns", SEARCH_HELPERS },
	[ENGINE_ROOTLESSPORT] = { "rootlessport", SEARCH_HELPERS, .is_mute = true },
	[ENGINE_NFT] = { "nft", SEARCH_PATH },
	[ENGINE_IPTABLES] = { "iptables", SEARCH_PATH },
	[ENGINE_FUSE_OVERLAYFS] = { "fuse-overlayfs", SEARCH_TOOL, TOOL_FUSE_OVERLAYFS },
};
_Static_assert(ARRAY_SIZE(rows) == ENGINE_PROGRAM_COUNT, "a row for every program");

static const char *const start_words[] = {
	[START_NOT_TRIED] = "not-tried",
	[START_OK] = "ok",
	[START_FAILED] = "failed",
	[START_HUNG] = "hung",
};

const char *engine_program_name(enum engine_program program)
{
	return (unsigned)program < ENGINE_PROGRAM_COUNT ? rows[program].name : NULL;
}

static void find(
	struct engine_part *ret, struct root *root, const struct row *row, const struct host *host)
{
	const struct tool *tool = &host->tool.tools[row->tool];

	*ret = (struct engine_part){ .file = { .state = FACT_ABSENT } };
	if (row->search & SEARCH_HELPERS)
		tool_find_in(root,
			*host->config.helper_dirs ? host->config.helper_dirs : CONFIG_HELPER_DIRS,
			row->name, ret->path, &ret->file);
	if (row->search & SEARCH_PATH)
		tool_find_in(root, SPAWN_PATH, row->name, ret->path, &ret->file);
	if (row->search & SEARCH_TOOL && !*ret->path) {
		ret->file = tool->file;
		(void)text_copy(ret->path, sizeof(ret->path), tool->path);
	}
}

/* -- in a child ------------------------------------------------------------------------------ */

struct starting {
	const struct user *user;
	const char *path;
};

static int say_failure(int out, int error)
{
	char words[128];

	(void)snprintf(words, sizeof(words), NOT_EXECUTED "%s", strerror(error));
	(void)!io_write_all(out, words, strlen(words));
	return -error;
}

static int run(void *arg, int out)
{
	const struct starting *s = arg;
	char home[PATH_MAX + 8], runtime[64];
	const char *argv[] = { s->path, "--version", NULL };
	const char *env[] = { "PATH=" SPAWN_PATH, "LC_ALL=C", home, runtime, NULL };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int r = helper_become(s->user->uid, s->user->gid);

	if (r < 0)
		return say_failure(out, -r);
	(void)snprintf(home, sizeof(home), "HOME=%s", s->user->home);
	(void)snprintf(
		runtime, sizeof(runtime), "XDG_RUNTIME_DIR=/run/user/%u", (unsigned)s->user->uid);
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 || chdir("/") < 0)
		return say_failure(out, errno);
	(void)execve(s->path, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
	return say_failure(out, errno);
}

/* -- in the parent --------------------------------------------------------------------------- */

/*
 * A program that ends with an error of its own has started: crun 1.21 wants a runtime directory
 * to tell its version. It has not where it was never executed, where the loader lacked something
 * (which says so, and ends it with 127 or 1), or where a signal killed it before a word.
 */
static bool has_started(const struct helper *child, const char *said)
{
	static const char *const never[] = { NOT_EXECUTED, "error while loading shared libraries",
		"symbol lookup error", "not found (required by" };

	for (size_t i = 0; i < ARRAY_SIZE(never); i++)
		if (strstr(said, never[i]))
			return false;
	return child->result != -127 && (child->result != -EINTR || *said);
}

static void take(struct engine_part *ret, const struct helper *child)
{
	const char *said = text_get(&child->output);
	size_t n = strcspn(said, "\n");

	ret->start = child->result == -ETIMEDOUT ? START_HUNG
		     : has_started(child, said)  ? START_OK
						 : START_FAILED;
	ret->status = -child->result;
	(void)snprintf(
		ret->said, sizeof(ret->said), "%.*s", (int)MIN(n, sizeof(ret->said) - 1), said);
}

/* Who may not become that user has not seen anything fail. */
static bool may_start(const struct host *host)
{
	return host->user.state == FACT_KNOWN && (geteuid() == 0 || geteuid() == host->user.uid);
}

static void start_all(struct engine *ret, struct root *root, const struct host *host)
{
	struct helper children[ENGINE_PROGRAM_COUNT] = { 0 };
	struct starting starting[ENGINE_PROGRAM_COUNT];

	for (size_t i = 0; i < ENGINE_PROGRAM_COUNT && may_start(host); i++) {
		starting[i] = (struct starting){ .user = &host->user, .path = ret->parts[i].path };
		if (!rows[i].is_mute && *ret->parts[i].path &&
			helper_start(&children[i], run, &starting[i], root_limit(root, LIMIT_MS)) <
				0)
			children[i] = (struct helper){ 0 };
		children[i].may_be_slow = true;
	}
	helper_wait(children, ENGINE_PROGRAM_COUNT);
	for (size_t i = 0; i < ENGINE_PROGRAM_COUNT; i++) {
		if (children[i].started)
			take(&ret->parts[i], &children[i]);
		text_done(&children[i].output);
	}
}

/* Not the digits of a name: x86_64. */
static bool begins_a_number(const char *said, const char *at)
{
	return isdigit((unsigned char)*at) &&
	       (at == said || !isalnum((unsigned char)at[-1]) || at[-1] == 'v') &&
	       (at == said || at[-1] != '_');
}

void engine_parse_version(const char *said, unsigned *ret_major, unsigned *ret_minor)
{
	for (const char *at = said; *at; at++) {
		unsigned major, minor;

		if (!begins_a_number(said, at) || sscanf(at, "%5u.%5u", &major, &minor) != 2)
			continue;
		*ret_major = major;
		*ret_minor = minor;
		return;
	}
}

static int print_start(void *arg, struct text *ret)
{
	const struct engine_part *part = arg;

	if (part->start == START_NOT_TRIED)
		return -ENODATA;
	text_addf(ret, "%s %d %s", start_words[part->start], part->status, part->said);
	return 0;
}

static void parse_start(const char *line, struct engine_part *ret)
{
	char word[16];
	int status, used = 0;

	if (sscanf(line, "%15s %d%n", word, &status, &used) != 2)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(start_words); i++)
		if (strcmp(word, start_words[i]) == 0)
			ret->start = i;
	ret->status = status;
	(void)text_copy(ret->said, sizeof(ret->said), line + used + (line[used] == ' '));
}

/* What was seen is written down, or, of a recorded host, read. */
static void take_answers(struct engine *ret, struct root *root)
{
	for (size_t i = 0; i < ENGINE_PROGRAM_COUNT; i++) {
		struct engine_part *part = &ret->parts[i];
		_cleanup_text_ struct text line = { 0 };
		char key[PATH_MAX + 16];

		if (!*part->path || rows[i].is_mute)
			continue;
		(void)snprintf(key, sizeof(key), "start %s", part->path);
		if (root_ask(root, key, print_start, part, &line) >= 0)
			parse_start(text_get(&line), part);
		engine_parse_version(part->said, &part->major, &part->minor);
	}
}

bool engine_is_installed(const struct host *host)
{
	return host->tool.tools[TOOL_PODMAN].file.state == FACT_KNOWN ||
	       host->tool.tools[TOOL_BUILDAH].file.state == FACT_KNOWN;
}

void engine_read(struct engine *ret, struct root *root, const struct host *host)
{
	*ret = (struct engine){ 0 };
	for (size_t i = 0; i < ENGINE_PROGRAM_COUNT; i++)
		ret->parts[i].file.state = FACT_ABSENT;
	if (!engine_is_installed(host))
		return;
	for (size_t i = 0; i < ENGINE_PROGRAM_COUNT; i++)
		find(&ret->parts[i], root, &rows[i], host);
	if (root_is_live(root))
		start_all(ret, root, host);
	take_answers(ret, root);
}
