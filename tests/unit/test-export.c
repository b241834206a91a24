/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "checks/plan.h"
#include "host/host.h"
#include "host/root.h"
#include "host/stock.h"
#include "setup/export-quote.h"
#include "setup/export-step.h"
#include "setup/export.h"

static char got[1 << 16];

static const char *keep(struct text *text)
{
	(void)snprintf(got, sizeof(got), "%s", text_get(text));
	text_done(text);
	return got;
}

static void a_word_is_quoted_for_each_reader(void **state)
{
	static const struct {
		void (*quote)(struct text *ret, const char *s);
		const char *word, *quoted;
	} rows[] = {
		{ quote_shell, "", "''" },
		{ quote_shell, "a b", "'a b'" },
		{ quote_shell, "it's", "'it'\\''s'" },
		{ quote_shell, "a\n%end\n", "'a\n''%end\n'" },
		{ quote_yaml, "a\"\\b", "\"a\\\"\\\\b\"" },
		{ quote_yaml, "a\n\tb\x01", "\"a\\n\\tb\\x01\"" },
		{ quote_yaml, "\xc3\xa9", "\"\xc3\xa9\"" },
		{ quote_ansible, "plain", "\"plain\"" },
		{ quote_ansible, "{{ x }}", "!unsafe \"{{ x }}\"" },
		{ quote_ansible, "{% x %}", "!unsafe \"{% x %}\"" },
		{ quote_comment, "a\nb", "# a?b\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text text = { 0 };

		rows[i].quote(&text, rows[i].word);
		assert_string_equal(keep(&text), rows[i].quoted);
	}
}

static void what_no_block_can_hold_is_one_word(void **state)
{
	static const struct {
		const char *lines, *quoted;
	} rows[] = {
		{ "a\n\n  b\n", "|\n  a\n\n    b\n" },
		{ "a", "\"a\"\n" },
		{ "", "\"\"\n" },
		{ " a\n", "\" a\\n\"\n" },
		{ "\na\n", "\"\\na\\n\"\n" },
		{ "a\n\n", "\"a\\n\\n\"\n" },
		{ "a\r\n", "\"a\\x0D\\n\"\n" },
		{ "\xc2\x85\n", "\"\xc2\x85\\n\"\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text text = { 0 };

		quote_yaml_block(&text, 2, rows[i].lines);
		assert_string_equal(keep(&text), rows[i].quoted);
	}
}

/* One change of every kind there is, each with words that are found again. */
static void plan_everything(struct plan *plan, struct change *changes)
{
	static char name[] = "name-x", path[] = "/path-x/.a/b", words[] = "text-x\n";

	for (size_t i = 0; i < CHANGE_KIND_COUNT; i++)
		changes[i] = (struct change){ .kind = (enum change_kind)i,
			.check = "a.check",
			.name = name,
			.path = path,
			.text = words,
			.number = 7,
			.count = 65536,
			.mode = 0644 };
	*plan = (struct plan){ .changes = changes, .count = CHANGE_KIND_COUNT };
}

static void every_kind_is_said_in_every_format_or_missed_aloud(void **state)
{
	static const struct format *const formats[] = { &format_cloud_init, &format_butane,
		&format_kickstart, &format_ansible, &format_shell };
	struct change changes[CHANGE_KIND_COUNT];
	struct plan everything;

	(void)state;
	plan_everything(&everything, changes);
	for (size_t f = 0; f < ARRAY_SIZE(formats); f++)
		for (size_t i = 0; i < CHANGE_KIND_COUNT; i++) {
			struct plan one = { .changes = &changes[i], .count = 1 }, none = { 0 };
			struct os os = { .family = OS_REDHAT };
			struct export x = { .plan = &one, .os = &os, .command = "c" };
			struct export empty = { .plan = &none, .os = &os, .command = "c" };
			struct text with = { 0 }, without = { 0 };
			bool differs, missed;

			x.packages = true;
			formats[f]->print(&x, &with);
			formats[f]->print(&empty, &without);
			differs = strcmp(text_get(&with), text_get(&without)) != 0;
			missed = x.cannot.count > 0;
			text_done(&with);
			text_done(&without);
			text_list_done(&x.cannot);
			/* the first boot does these because of their files */
			if (formats[f] == &format_butane &&
				(i == CHANGE_SYSCTL || i == CHANGE_MODULE || i == CHANGE_RELOAD ||
					i == CHANGE_DELEGATE))
				continue;
			if (!differs && !missed)
				fail_msg("%s says nothing of kind %zu", formats[f]->word, i);
		}
}

static void a_script_gets_the_functions_it_calls_and_no_others(void **state)
{
	struct text text = { 0 };
	const char *script;

	(void)state;
	step_functions("rpod_mode '/x' 0755\n", &text);
	script = keep(&text);
	assert_non_null(strstr(script, "rpod_mode() {"));
	assert_non_null(strstr(script, "rpod_did() {"));
	assert_non_null(strstr(script, "rpod_fail() {"));
	assert_null(strstr(script, "rpod_user() {"));
	assert_null(strstr(script, "#!/bin/sh"));
	step_functions("rpod_subid_line a b\n", &text);
	script = keep(&text);
	assert_null(strstr(script, "rpod_subid() {"));
}

static void open_stock(const char *release, struct root *ret)
{
	struct error err = { 0 };
	struct os os = { .state = FACT_KNOWN };

	os_parse(&os, release, strlen(release));
	if (stock_open(&os, release, ret, &err) < 0)
		fail_msg("%s", err.text);
}

static void a_stock_host_is_what_its_release_is(void **state)
{
	static const struct {
		const char *release;
		unsigned systemd;
		enum cgroup_version version;
		bool newuidmap, selinux;
	} rows[] = {
		{ "ID=debian\nVERSION_ID=\"11\"\n", 247, CGROUP_V2, false, false },
		{ "ID=debian\nVERSION_ID=\"12\"\n", 252, CGROUP_V2, false, false },
		{ "ID=debian\n", 257, CGROUP_V2, false, false },
		{ "ID=ubuntu\nVERSION_ID=\"20.04\"\n", 245, CGROUP_HYBRID, false, false },
		{ "ID=rocky\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"8.9\"\n", 239,
			CGROUP_HYBRID, true, true },
		{ "ID=fedora\nVERSION_ID=42\n", 257, CGROUP_V2, true, true },
		{ "ID=opensuse-tumbleweed\nID_LIKE=\"opensuse suse\"\nVERSION_ID=\"20260101\"\n",
			257, CGROUP_V2, true, false },
		{ "ID=arch\n", 257, CGROUP_V2, true, false },
		{ "ID=alpine\nVERSION_ID=3.20.0\n", 0, CGROUP_V2, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error err = { 0 };
		struct host *host = calloc(1, sizeof(*host));
		struct root root;
		bool good;

		assert_non_null(host);
		open_stock(rows[i].release, &root);
		assert_int_equal(host_read(host, &root, "ann", HOST_WHOLE, &err), 0);
		good = host->user.state == FACT_ABSENT && host->live &&
		       host->cgroup.systemd_version == rows[i].systemd &&
		       host->cgroup.version == rows[i].version &&
		       (host->tool.tools[TOOL_NEWUIDMAP].file.state == FACT_KNOWN) ==
			       rows[i].newuidmap &&
		       (host->lsm.selinux == SELINUX_ENFORCING) == rows[i].selinux;
		host_done(host);
		free(host);
		root_close(&root);
		if (!good)
			fail_msg("row %zu is another host", i);
	}
}

static void what_is_added_to_a_stock_host_is_read_from_it(void **state)
{
	struct error err = { 0 };
	struct host *host = calloc(1, sizeof(*host));
	struct root root;

	(void)state;
	assert_non_null(host);
	open_stock("ID=rhel\nVERSION_ID=9\n", &root);
	assert_int_equal(stock_add_user(&root, "ann", "/home/ann"), 0);
	assert_int_equal(stock_add_user(&root, "bob", "/data/bob"), 0);
	assert_int_equal(stock_add_range(&root, "ann", 100000, 65536), 0);
	assert_int_equal(stock_add_file(&root, "/etc/systemd/system/user@.service.d/x.conf",
				 "[Service]\nDelegate=io\n"),
		0);
	assert_int_equal(host_read(host, &root, "bob", HOST_WHOLE, &err), 0);
	assert_int_equal(host->user.uid, 1001);
	assert_string_equal(host->user.home, "/data/bob");
	assert_int_equal(host->idmap.files[IDMAP_GID].count, 1);
	assert_true(text_has_word(host->cgroup.delegate.words.value, "io"));
	assert_non_null(strstr(host->lsm.home->has.value, "default_t"));
	assert_non_null(strstr(host->lsm.home->model.value, "user_home_dir_t"));
	assert_string_equal(host->lsm.above.path, "/data");
	host_done(host);
	free(host);
	root_close(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_is_quoted_for_each_reader),
		cmocka_unit_test(what_no_block_can_hold_is_one_word),
		cmocka_unit_test(every_kind_is_said_in_every_format_or_missed_aloud),
		cmocka_unit_test(a_script_gets_the_functions_it_calls_and_no_others),
		cmocka_unit_test(a_stock_host_is_what_its_release_is),
		cmocka_unit_test(what_is_added_to_a_stock_host_is_read_from_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
