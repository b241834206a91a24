/* SPDX-License-Identifier: Apache-2.0 */
/* host/toml.h and host/config.h */
#include "host/toml.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/config.h"
#include "host/user.h"
#include "tree.h"

/* "table|key|index|value@line;" for every value */
static int write_down(
	const char *table, const char *key, int index, const char *value, unsigned line, void *arg)
{
	text_addf(arg, "%s|%s|%d|%s@%u;", table, key, index, value, line);
	return 0;
}

static void values_are_told_in_order(void **state)
{
	static const struct {
		const char *text, *told;
	} rows[] = {
		{ "", "" },
		{ "# only\n\n  # comments\n", "" },
		{ "a = 1", "|a|-1|1@1;" },
		{ "a=\"x\" # c\r\nb = 'y\\n'\r\n", "|a|-1|x@1;|b|-1|y\\n@2;" },
		{ "\xef\xbb\xbf"
		  "a=1",
			"|a|-1|1@1;" },
		{ "[engine]\nruntime = \"crun\"\n[engine.runtimes]\ncrun = [\"/a\", '/b']\n",
			"engine|runtime|-1|crun@2;engine.runtimes|crun|0|/"
			"a@4;engine.runtimes|crun|1|/b@4;" },
		{ "[[registry]]\nprefix='x'\n[[registry.mirror]]\nl=1\n[[registry.mirror]]\nl=2\n"
		  "[[registry]]\n[[registry.mirror]]\nl=3\n",
			"registry.0|prefix|-1|x@2;registry.0.mirror.0|l|-1|1@4;"
			"registry.0.mirror.1|l|-1|2@6;registry.1.mirror.0|l|-1|3@9;" },
		{ "a.b.\"c d\" = true", "a.b|c d|-1|true@1;" },
		{ "[ t . 'u v' ]\nx=1", "t.u v|x|-1|1@2;" },
		{ "\"\" = 1", "||-1|1@1;" },
		{ "x = { a = 1, b = { c = 'd' } }", "x|a|-1|1@1;x.b|c|-1|d@1;" },
		{ "[t]\nx = [ { a = 1 }, { a = 2 } ]", "t.x.0|a|-1|1@2;t.x.1|a|-1|2@2;" },
		{ "x = [ # c\n 1,\n 2, # d\n]\ny=3", "|x|0|1@2;|x|1|2@3;|y|-1|3@5;" },
		{ "x = [[1,2],[3]]", "|x|0|1@1;|x|1|2@1;|x|2|3@1;" },
		{ "x = []", "" },
		{ "a = \"\\t\\\"\\\\\\u00e9\\U0001F600\"",
			"|a|-1|\t\"\\\xc3\xa9\xf0\x9f\x98\x80@1;" },
		{ "a = \"\"\"\none\n\\\n   two\"\"\"\nb=1", "|a|-1|one\ntwo@1;|b|-1|1@5;" },
		{ "a = \"\"\"x\"\"\"\"\"", "|a|-1|x\"\"@1;" },
		{ "a = '''\n'x' \\'''", "|a|-1|'x' \\@1;" },
		{ "a = 1_000\nb = -0x1F", NULL },
		{ "a = 1_000\nb = 0x1F\nc = 0o7\nd = 0b1\ne = +9",
			"|a|-1|1000@1;|b|-1|0x1F@2;|c|-1|0o7@3;|d|-1|0b1@4;|e|-1|+9@5;" },
		{ "a = 1.5e-3\nb = inf\nc = -nan", "|a|-1|1.5e-3@1;|b|-1|inf@2;|c|-1|-nan@3;" },
		{ "a = 1979-05-27T07:32:00Z\nb = 1979-05-27 07:32:00\nc = 07:32:00\nd = 1979-05-27 "
		  "# x",
			"|a|-1|1979-05-27T07:32:00Z@1;|b|-1|1979-05-27 07:32:00@2;|c|-1|07:32:00@3;"
			"|d|-1|1979-05-27@4;" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text told = { 0 };
		struct error err = { 0 };
		int r = toml_parse(
			rows[i].text, strlen(rows[i].text), "f", write_down, &told, &err);

		if (!rows[i].told ? r != -EINVAL
				  : (r != 0 || strcmp(text_get(&told), rows[i].told) != 0))
			fail_msg("%s\n-> %d %s\n%s", rows[i].text, r, text_get(&told), err.text);
		text_done(&told);
	}
}

static void faults_are_told_with_their_line(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *why;
	} rows[] = {
		{ "a", 1, "expected '='" },
		{ "\na =\nb = 1", 2, "expected a value" },
		{ "a = b", 1, "neither" },
		{ "a = 01", 1, "neither" },
		{ "a = 1__0", 1, "neither" },
		{ "a = 1_", 1, "neither" },
		{ "a = 1 2", 1, "something follows" },
		{ "a = \"x", 1, "no end" },
		{ "a = \"x\ny\"", 1, "no end" },
		{ "a = '''x\ny", 2, "no end" },
		{ "a = \"\\q\"", 1, "unknown escape" },
		{ "a = \"\\ud800\"", 1, "no such character" },
		{ "a = \"\\u12\"", 1, "hexadecimal" },
		{ "[a\nb=1", 1, "expected ']'" },
		{ "[a]]\n", 1, "something follows" },
		{ "[]\n", 1, "expected a key" },
		{ "[[a]\n", 1, "expected ']'" },
		{ "= 1", 1, "expected a key" },
		{ "a = [1 2]", 1, "expected ',' or ']'" },
		{ "a = [1,\n", 2, "expected a value" },
		{ "a = {b=1\n}", 1, "expected ',' or '}'" },
		{ "a = {b=1,}", 1, "expected a key" },
		{ "a=1\n\na=2", 3, "second time" },
		{ "[t]\nx=1\n[t]\n", 3, "second time" },
		{ "a=1\n[a]\n", 2, "second time" },
		{ "a = \"\x01\"", 1, "control character" },
		{ "# \x01", 1, "control character" },
		{ "a = [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", 1, "too deep" },
		{ "a = 1\rb = 2", 1, "something follows" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned line = 0;
		const char *why = NULL;
		int r = toml_parse_at(rows[i].text, strlen(rows[i].text), NULL, NULL, &line, &why);

		if (r != -EINVAL || line != rows[i].line || !strstr(why, rows[i].why))
			fail_msg("%s\n-> %d line %u %s", rows[i].text, r, line, why ? why : "-");
	}
}

static int stop_at_b(
	const char *table, const char *key, int index, const char *value, unsigned line, void *arg)
{
	(void)table, (void)index, (void)value, (void)line;
	*(int *)arg += 1;
	return strcmp(key, "b") == 0 ? 7 : 0;
}

static void a_caller_that_has_enough_ends_the_parse(void **state)
{
	static const char text[] = "a=1\nb=2\nc=3\nnonsense";
	struct error err = { 0 };
	int calls = 0;

	(void)state;
	assert_int_equal(toml_parse(text, strlen(text), "f", stop_at_b, &calls, &err), 7);
	assert_int_equal(calls, 2);
	assert_int_equal(err.code, 0);
}

static const struct user alice = { .state = FACT_KNOWN, .name = "alice", .home = "/home/alice" };

static struct user me(void)
{
	struct user user = alice;

	user.uid = getuid();
	return user;
}

static void later_layers_of_containers_conf_win(void **state)
{
	struct tree t;
	struct config c;
	struct user user = me();

	(void)state;
	tree_make(&t);
	tree_file(&t, "/usr/share/containers/containers.conf",
		"[engine]\ncgroup_manager='systemd'\nruntime='crun'\n");
	tree_file(&t, "/etc/containers/containers.conf.d/50.conf", "[engine]\nruntime='runc'\n");
	tree_file(&t, "/home/alice/.config/containers/containers.conf",
		"[engine]\ncgroup_manager='cgroupfs'\n[network]\ndefault_rootless_network_cmd='"
		"pasta'\n");
	config_read(&c, tree_open(&t), &user);
	tree_done(&t);
	assert_int_equal(c.count, 3);
	assert_string_equal(c.cgroup_manager.value, "cgroupfs");
	assert_string_equal(
		c.cgroup_manager_file, "/home/alice/.config/containers/containers.conf");
	assert_string_equal(c.runtime.value, "runc");
	assert_string_equal(c.runtime_file, "/etc/containers/containers.conf.d/50.conf");
	assert_string_equal(c.network_cmd.value, "pasta");
	assert_int_equal(c.storage_driver.state, FACT_ABSENT);
	assert_false(c.search_registries);
}

static void only_the_users_own_storage_conf_places_his_storage(void **state)
{
	static const char system[] =
		"[storage]\ndriver='overlay'\ngraphroot='/var/lib/containers'\n"
		"[storage.options.overlay]\nmount_program='/usr/bin/fuse-overlayfs'\n";
	struct tree t;
	struct config c;
	struct user user = me();

	(void)state;
	tree_make(&t);
	tree_file(&t, "/etc/containers/storage.conf", system);
	config_read(&c, tree_open(&t), &user);
	assert_string_equal(c.storage_driver.value, "overlay");
	assert_string_equal(c.mount_program.value, "/usr/bin/fuse-overlayfs");
	assert_int_equal(c.graphroot.state, FACT_ABSENT);
	tree_file(&t, "/home/alice/.config/containers/storage.conf",
		"[storage]\ndriver='vfs'\ngraphroot='/data'\n");
	config_read(&c, &t.root, &user);
	tree_done(&t);
	assert_string_equal(c.storage_driver.value, "vfs");
	assert_string_equal(c.graphroot.value, "/data");
	assert_int_equal(c.mount_program.state, FACT_ABSENT);
}

static void what_does_not_parse_is_kept_with_line_and_reason(void **state)
{
	struct tree t;
	struct config c;
	struct user user = me();

	(void)state;
	tree_make(&t);
	tree_file(&t, "/home/alice/.config/containers/registries.conf",
		"unqualified-search-registries = ['docker.io']\nshort-name-mode = permissive\n");
	config_read(&c, tree_open(&t), &user);
	tree_done(&t);
	assert_int_equal(c.count, 1);
	assert_int_equal(c.files[0].state, FACT_KNOWN);
	assert_int_equal(c.files[0].bad_line, 2);
	assert_non_null(strstr(c.files[0].why, "neither"));
	assert_true(c.search_registries);
}

static void a_config_that_may_not_be_read_is_listed_as_such(void **state)
{
	struct tree t;
	struct config c;
	struct user user = me();

	(void)state;
	tree_make(&t);
	config_read(&c, tree_host(&t, "read /etc/containers/containers.conf\tEACCES\t\n"), &user);
	tree_done(&t);
	assert_int_equal(c.count, 1);
	assert_int_equal(c.files[0].state, FACT_UNKNOWN);
	assert_int_equal(c.files[0].error, EACCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_told_in_order),
		cmocka_unit_test(faults_are_told_with_their_line),
		cmocka_unit_test(a_caller_that_has_enough_ends_the_parse),
		cmocka_unit_test(later_layers_of_containers_conf_win),
		cmocka_unit_test(only_the_users_own_storage_conf_places_his_storage),
		cmocka_unit_test(what_does_not_parse_is_kept_with_line_and_reason),
		cmocka_unit_test(a_config_that_may_not_be_read_is_listed_as_such),
	};

	return cmocka_run_group_tests_name("toml", tests, NULL, NULL);
}
