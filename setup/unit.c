/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/unit.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum {
	NAME_MAX_LENGTH = 200, /* with ".service" and a suffix for files below a name's 255 */
	STOP_SECONDS = 10,     /* what both engines wait if nothing is said */
	STOP_SLACK = 20,       /* to clean up after it */
};

static const struct unit_engine engines[] = {
	{
		.word = "rpod",
		.page = "rpod-run",
		/* it forks when the container runs, and its monitor ends as the container does */
		.type = "Type=forking\nPIDFile=%t/%n.pid\n",
		.run = "",
		.start_s = "90",
	},
	{
		.word = "podman",
		.page = "podman-run",
		/* a PIDFile would be read before conmon is in this cgroup; podman tells by itself */
		.type = "Type=notify\nNotifyAccess=all\n",
		.run = " --sdnotify conmon",
		.start_s = "300",
	},
};

const struct unit_engine *unit_engine_find(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(engines); i++)
		if (strcmp(engines[i].word, word) == 0)
			return &engines[i];
	return NULL;
}

/* Options that the unit gives, or that make no sense without a terminal. */
static const char *const own_options[] = { "--detach", "--rm", "--replace", "--name", "--cidfile",
	"--conmon-pidfile", "--pidfile", "--cgroups", "--sdnotify", "--tty", "--interactive",
	"--restart" };

/* "-d", "-itd" */
static bool is_own_bundle(const char *word)
{
	size_t n = strspn(word + 1, "dit");

	return word[0] == '-' && n > 0 && !word[1 + n];
}

static int check_option(const char *word, struct error *err)
{
	size_t length = strcspn(word, "=");

	if (is_own_bundle(word))
		return error_say(err, -EINVAL,
			"the option '%s' is the unit's own matter; leave it out", word);
	for (size_t i = 0; i < ARRAY_SIZE(own_options); i++)
		if (strlen(own_options[i]) == length && strncmp(word, own_options[i], length) == 0)
			return error_say(err, -EINVAL,
				"the option '%s' is the unit's own matter; leave it out", word);
	return 0;
}

/* An option has at most one value: two words without a dash in a row begin a command. */
static int check_options(const struct unit *unit, struct error *err)
{
	for (size_t i = 0; i < unit->option_count; i++) {
		const char *word = unit->options[i];
		int r = word[0] == '-' ? check_option(word, err) : 0;

		if (r < 0)
			return r;
		if (word[0] != '-' && (i == 0 || unit->options[i - 1][0] != '-'))
			return error_say(err, -EINVAL,
				"'%s' is no option; put '--' between the options and the command",
				word);
	}
	return 0;
}

static int check_name(const char *name, size_t length, struct error *err)
{
	static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_.-";

	if (length > 0 && length <= NAME_MAX_LENGTH && isalnum((unsigned char)name[0]) &&
		strspn(name, more) >= length)
		return 0;
	return error_say(err, -EINVAL,
		"'%s' can be no unit's and container's name: it begins with a letter or a digit, "
		"goes on with these and _ . -, and has at most %d",
		name, NAME_MAX_LENGTH);
}

static bool has_option(const struct unit *unit, const char *option)
{
	for (size_t i = 0; i < unit->option_count; i++)
		if (strcmp(unit->options[i], option) == 0)
			return true;
	return false;
}

/* A unit begins in the home: a place relative to where its author stood is another one there. */
static int check_image(const struct unit *unit, struct error *err)
{
	const char *image = unit->image;
	const char *place = text_starts(image, "oci:") ? image + 4 : image;
	bool is_place = place != image || has_option(unit, "--rootfs") || image[0] == '.';

	if (!*image || image[0] == '-')
		return error_say(err, -EINVAL, "'%s' can be no image", image);
	if (is_place && place[0] != '/')
		return error_say(err, -EINVAL,
			"'%s' is relative to where you are now; give the whole path", image);
	return 0;
}

/* systemd reads UTF-8, and NUL ends every string of ours. */
static int check_words(const struct unit *unit, struct error *err)
{
	for (size_t i = 0; i < unit->option_count; i++)
		if (!text_is_utf8(unit->options[i], strlen(unit->options[i])))
			return error_say(err, -EINVAL, "an option is not UTF-8");
	for (size_t i = 0; i < unit->command_count; i++)
		if (!text_is_utf8(unit->command[i], strlen(unit->command[i])))
			return error_say(err, -EINVAL, "the command is not UTF-8");
	return text_is_utf8(unit->image, strlen(unit->image))
		       ? 0
		       : error_say(err, -EINVAL, "the image's name is not UTF-8");
}

static void split(int argc, char *argv[], struct unit *ret)
{
	int at = 0;

	while (at < argc && strcmp(argv[at], "--") != 0)
		at++;
	ret->options = argv;
	ret->option_count = (size_t)at;
	ret->command = argv + at + (at < argc);
	ret->command_count = (size_t)(argc - at - (at < argc));
	if (at == argc && argc > 0 && argv[0][0] != '-') {
		ret->command = argv;
		ret->command_count = (size_t)argc;
		ret->option_count = 0;
	}
}

int unit_parse(int argc, char *argv[], struct unit *ret, struct error *err)
{
	size_t length;
	int r;

	if (argc < 3)
		return error_say(err, -EINVAL, "'unit' needs a name and an image");
	length = strlen(argv[1]);
	if (text_ends(argv[1], ".service"))
		length -= strlen(".service");
	argv[1][length] = '\0';
	ret->name = argv[1];
	ret->image = argv[2];
	split(argc - 3, argv + 3, ret);
	r = check_name(ret->name, length, err);
	if (r >= 0)
		r = check_options(ret, err);
	if (r >= 0)
		r = check_words(ret, err);
	return r < 0 ? r : check_image(ret, err);
}

static bool is_plain(const char *word)
{
	for (const char *c = word; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-_./:=,@+", *c))
			return false;
	return *word;
}

void unit_quote(struct text *ret, const char *word)
{
	if (is_plain(word)) {
		text_add(ret, word);
		return;
	}
	text_add(ret, "\"");
	for (const char *c = word; *c; c++) {
		if (*c == '"' || *c == '\\')
			text_addf(ret, "\\%c", *c);
		else if (*c == '%' || *c == '$')
			text_addf(ret, "%c%c", *c, *c);
		else if ((unsigned char)*c < ' ' || *c == 0x7f)
			text_addf(ret, "\\x%02x", (unsigned)(unsigned char)*c);
		else
			text_add_bytes(ret, c, 1);
	}
	text_add(ret, "\"");
}

unsigned unit_stop_seconds(const struct unit *unit)
{
	static const char option[] = "--stop-timeout";
	uint32_t seconds = STOP_SECONDS;

	for (size_t i = 0; i < unit->option_count; i++) {
		const char *word = unit->options[i];
		const char *value = text_starts(word, option) ? word + strlen(option) : NULL;

		if (value && *value == '=')
			(void)!parse_u32(value + 1, &seconds);
		else if (value && !*value && i + 1 < unit->option_count)
			(void)!parse_u32(unit->options[i + 1], &seconds);
	}
	return seconds;
}

static void words(struct text *ret, char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		text_add(ret, " ");
		unit_quote(ret, list[i]);
	}
}

static void run(const struct unit *unit, const char *program, struct text *ret)
{
	text_addf(ret,
		"ExecStart=%s run --detach --rm --replace --name %s --cgroups no-conmon%s"
		" --conmon-pidfile %%t/%%n.pid --cidfile %%t/%%n.cid",
		program, unit->name, unit->engine->run);
	words(ret, unit->options, unit->option_count);
	words(ret, &(char *){ (char *)(uintptr_t)unit->image }, 1);
	words(ret, unit->command, unit->command_count);
	text_add(ret, "\n");
}

/* "-" before a command: its failure is none of the unit's. */
static void clean(const char *when, const char *program, struct text *ret)
{
	text_addf(ret,
		"%s=-%s rm --force --ignore --cidfile %%t/%%n.cid\n"
		"%s=/bin/rm -f %%t/%%n.pid %%t/%%n.cid\n",
		when, program, when);
}

void unit_print(const struct unit *unit, struct text *ret)
{
	_cleanup_text_ struct text program = { 0 }, image = { 0 };
	unsigned stop = unit_stop_seconds(unit);

	unit_quote(&program, unit->program);
	for (const char *c = unit->image; *c; c++)
		text_addf(&image, *c == '%' ? "%%%%" : "%c",
			(unsigned char)*c < ' ' || *c == '\\' ? '?' : *c);
	text_addf(ret,
		UNIT_HEADER "[Unit]\nDescription=Container %s of %s\nDocumentation=man:%s(1)\n"
			    "StartLimitIntervalSec=60\nStartLimitBurst=5\n\n"
			    "[Service]\n%sRestart=on-failure\nRestartSec=2\n"
			    /* 128 + SIGTERM: it ended because it was asked to */
			    "SuccessExitStatus=143\nKillMode=mixed\n"
			    "TimeoutStartSec=%s\nTimeoutStopSec=%u\n",
		unit->name, text_get(&image), unit->engine->page, unit->engine->type,
		unit->engine->start_s, stop + STOP_SLACK);
	clean("ExecStartPre", text_get(&program), ret);
	run(unit, text_get(&program), ret);
	text_addf(ret, "ExecStop=%s stop --ignore --time %u %s\n", text_get(&program), stop,
		unit->name);
	clean("ExecStopPost", text_get(&program), ret);
	text_add(ret, "\n[Install]\nWantedBy=default.target\n");
}
