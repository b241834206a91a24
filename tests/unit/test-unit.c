/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "setup/unit.h"

enum {
	WORDS = 8
};

/* unit_parse() shortens the name in place. */
static char storage[WORDS][64];
static char *argv[WORDS + 1];

static int parse(const char *const *words, struct unit *ret, struct error *err)
{
	int argc = 0;

	for (; argc < WORDS && words[argc]; argc++) {
		(void)snprintf(storage[argc], sizeof(storage[argc]), "%s", words[argc]);
		argv[argc] = storage[argc];
	}
	*ret = (struct unit){ .engine = unit_engine_find("rpod"), .program = "/usr/bin/rpod" };
	return unit_parse(argc, argv, ret, err);
}

static void what_can_be_no_unit_is_refused_with_words(void **state)
{
	static const struct {
		const char *words[WORDS];
		const char *said;
	} rows[] = {
		{ { "unit" }, "needs a name and an image" },
		{ { "unit", "web" }, "needs a name and an image" },
		{ { "unit", "-web", "hello" }, "can be no unit's" },
		{ { "unit", ".service", "hello" }, "can be no unit's" },
		{ { "unit", "web@1", "hello" }, "can be no unit's" },
		{ { "unit", "a b", "hello" }, "can be no unit's" },
		{ { "unit", "../web", "hello" }, "can be no unit's" },
		{ { "unit", "web", "" }, "can be no image" },
		{ { "unit", "web", "-x" }, "can be no image" },
		{ { "unit", "web", "oci:./image" }, "relative" },
		{ { "unit", "web", "./tree" }, "relative" },
		{ { "unit", "web", "tree", "--rootfs" }, "relative" },
		{ { "unit", "web", "hello", "-d" }, "the unit's own" },
		{ { "unit", "web", "hello", "--name=x" }, "the unit's own" },
		{ { "unit", "web", "hello", "--cidfile", "x" }, "the unit's own" },
		{ { "unit", "web", "hello", "-it", "--" }, "the unit's own" },
		{ { "unit", "web", "hello", "-itd", "--" }, "the unit's own" },
		{ { "unit", "web", "hello", "-p", "80:80", "nginx" }, "put '--' between" },
		{ { "unit", "web", "hello", "-e", "A=\xff" }, "not UTF-8" },
		{ { "unit", "web", "hello", "--", "\xff" }, "not UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error err = { 0 };
		struct unit unit;

		if (parse(rows[i].words, &unit, &err) != -EINVAL || !strstr(err.text, rows[i].said))
			fail_msg("row %zu: '%s'", i, err.text);
	}
}

static void options_and_command_are_told_apart(void **state)
{
	static const struct {
		const char *words[WORDS];
		size_t options, command;
	} rows[] = {
		{ { "unit", "web", "hello" }, 0, 0 },
		{ { "unit", "web", "hello", "sh", "-c", "id" }, 0, 3 },
		{ { "unit", "web", "hello", "-p", "80:80" }, 2, 0 },
		{ { "unit", "web", "hello", "-p", "80:80", "--", "sh", "-x" }, 2, 2 },
		{ { "unit", "web", "hello", "--", "-x" }, 0, 1 },
		{ { "unit", "web", "hello", "--rootfs=false", "--", "a", "--" }, 1, 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error err = { 0 };
		struct unit unit;

		if (parse(rows[i].words, &unit, &err) < 0 || unit.option_count != rows[i].options ||
			unit.command_count != rows[i].command)
			fail_msg("row %zu: %zu and %zu; %s", i, unit.option_count,
				unit.command_count, err.text);
	}
}

static void a_suffix_is_no_part_of_the_name(void **state)
{
	struct error err = { 0 };
	struct unit unit;

	(void)state;
	assert_int_equal(
		parse((const char *const[]){ "unit", "web.service", "hello", NULL }, &unit, &err),
		0);
	assert_string_equal(unit.name, "web");
}

static void a_word_is_quoted_as_systemd_reads_it(void **state)
{
	static const struct {
		const char *word, *quoted;
	} rows[] = {
		{ "plain-1.2_x/y:z=@", "plain-1.2_x/y:z=@" },
		{ "", "\"\"" },
		{ "a b", "\"a b\"" },
		{ ";", "\";\"" },
		{ "100%", "\"100%%\"" },
		{ "$HOME", "\"$$HOME\"" },
		{ "a\"b\\c", "\"a\\\"b\\\\c\"" },
		{ "it's", "\"it's\"" },
		{ "a\nb\t", "\"a\\x0ab\\x09\"" },
		{ "\xc3\xa9", "\"\xc3\xa9\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char got[64];
		struct text text = { 0 };

		unit_quote(&text, rows[i].word);
		(void)snprintf(got, sizeof(got), "%s", text_get(&text));
		text_done(&text);
		assert_string_equal(got, rows[i].quoted);
	}
}

static void systemd_waits_longer_than_the_engine(void **state)
{
	static const struct {
		const char *words[WORDS];
		unsigned seconds;
		const char *line;
	} rows[] = {
		{ { "unit", "web", "hello" }, 10, "\nTimeoutStopSec=30\n" },
		{ { "unit", "web", "hello", "--stop-timeout", "60" }, 60, "\nTimeoutStopSec=80\n" },
		{ { "unit", "web", "hello", "--stop-timeout=0" }, 0, "\nTimeoutStopSec=20\n" },
		{ { "unit", "web", "hello", "--", "--stop-timeout=5" }, 10, "--time 10 web\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text text = { 0 };
		struct error err = { 0 };
		struct unit unit;
		bool has;

		assert_int_equal(parse(rows[i].words, &unit, &err), 0);
		unit_print(&unit, &text);
		has = strstr(text_get(&text), rows[i].line) != NULL;
		text_done(&text);
		assert_int_equal(unit_stop_seconds(&unit), rows[i].seconds);
		if (!has)
			fail_msg("row %zu has no '%s'", i, rows[i].line);
	}
}

static void each_engine_tells_systemd_in_its_own_way(void **state)
{
	static const struct {
		const char *engine, *has, *has_not;
	} rows[] = {
		{ "rpod", "\nType=forking\nPIDFile=%t/%n.pid\n", "--sdnotify" },
		{ "podman", "\nType=notify\nNotifyAccess=all\n", "PIDFile" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct unit unit = { .engine = unit_engine_find(rows[i].engine),
			.program = "/usr/bin/x",
			.name = "web",
			.image = "a%b\\" };
		struct text text = { 0 };
		bool good;

		unit_print(&unit, &text);
		good = strstr(text_get(&text), rows[i].has) &&
		       !strstr(text_get(&text), rows[i].has_not) &&
		       strstr(text_get(&text), "WantedBy=default.target") &&
		       strstr(text_get(&text), "Container web of a%%b?\n");
		text_done(&text);
		if (!good)
			fail_msg("the unit for %s is wrong", rows[i].engine);
	}
	assert_null(unit_engine_find("docker"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_can_be_no_unit_is_refused_with_words),
		cmocka_unit_test(options_and_command_are_told_apart),
		cmocka_unit_test(a_suffix_is_no_part_of_the_name),
		cmocka_unit_test(a_word_is_quoted_as_systemd_reads_it),
		cmocka_unit_test(systemd_waits_longer_than_the_engine),
		cmocka_unit_test(each_engine_tells_systemd_in_its_own_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
