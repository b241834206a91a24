/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/redact.h"
#include "host/root.h"
#include "tree.h"

static struct redact redact;

static const char *without(const char *s)
{
	static struct text to;

	text_done(&to);
	redact_bytes(&redact, s, strlen(s), &to);
	return text_get(&to);
}

static int forget(void **state)
{
	(void)state;
	redact_done(&redact);
	return 0;
}

static void names_are_replaced_where_they_stand_as_words(void **state)
{
	(void)state;
	assert_int_equal(redact_add_user(&redact, "ann", "/home/ann"), 0);
	assert_int_equal(redact_add_user(&redact, "ann-marie", "/home/ann-marie"), 0);
	assert_int_equal(redact_add_user(&redact, "j.doe", NULL), 0);
	assert_string_equal(without("ann:1:ann"), "user-1:1:user-1");
	assert_string_equal(without("/home/ann/.config"), "/home/user-1/.config");
	assert_string_equal(without("/home/ann-marie/x ann-x"), "/home/user-2/x user-1-x");
	assert_string_equal(without("planner annex Hannah ann_"), "planner annex Hannah user-1_");
	assert_string_equal(without("j.doe's, xj.doe j.doexx"), "user-3's, xj.doe j.doexx");
	assert_string_equal(without(""), "");
}

static void a_home_of_another_name_is_the_same_users(void **state)
{
	(void)state;
	assert_int_equal(redact_add_user(&redact, "ann", "/srv/acme/people/x17"), 0);
	assert_string_equal(
		without("/srv/acme/people/x17/.local"), "/srv/dir-1/dir-2/user-1/.local");
	assert_string_equal(without("/srv/acme/people"), "/srv/dir-1/dir-2");
	assert_string_equal(without("/srv/acme /srv/acmes /srv"), "/srv/dir-1 /srv/acmes /srv");
}

static void what_a_host_keeps_for_a_service_stays_where_it_is(void **state)
{
	(void)state;
	assert_int_equal(redact_add_user(&redact, "shop", "/var/lib/shop"), 0);
	assert_string_equal(
		without("/var/lib/systemd/linger/shop"), "/var/lib/systemd/linger/user-1");
}

static void common_words_and_numbers_are_nobodys(void **state)
{
	(void)state;
	assert_int_equal(redact_add_user(&redact, "user", "/home/user"), 0);
	assert_int_equal(redact_add_user(&redact, "container", "/home/container"), 0);
	assert_int_equal(redact_add_user(&redact, "1000", NULL), 0);
	assert_int_equal(redact_add_user(&redact, "", NULL), 0);
	assert_int_equal(redact_add_host(&redact, "localhost"), 0);
	assert_int_equal(redact_add_host(&redact, "debian"), 0);
	assert_string_equal(without("user container 1000 localhost debian"),
		"user container 1000 localhost debian");
}

static void a_hosts_name_goes_with_its_domain(void **state)
{
	(void)state;
	assert_int_equal(redact_add_host(&redact, "web7.shop.acme.com"), 0);
	assert_int_equal(redact_add_host(&redact, "10.1.2.3"), 0);
	assert_string_equal(without("web7 web7.shop.acme.com db.shop.acme.com"),
		"host-1 host-1.domain.example db.domain.example");
	assert_string_equal(without("10.1.2.3:/export 10.1.2.30"), "host-2:/export 10.1.2.30");
}

static void passwd_loses_what_people_are_called(void **state)
{
	static const char lines[] = "ann:x:1000:1000:Ann Miller,7,555:/home/ann:/bin/sh\nbad\n";
	struct text to = { 0 };

	(void)state;
	assert_int_equal(redact_add_user(&redact, "ann", "/home/ann"), 0);
	redact_passwd(&redact, lines, sizeof(lines) - 1, &to);
	assert_string_equal(text_get(&to), "user-1:x:1000:1000::/home/user-1:/bin/sh\nbad\n");
	text_done(&to);
}

static void a_nul_ends_a_word(void **state)
{
	struct text to = { 0 };

	(void)state;
	assert_int_equal(redact_add_user(&redact, "ann", NULL), 0);
	redact_bytes(&redact, "ann\0ann", 7, &to);
	assert_int_equal(to.length, 13);
	assert_memory_equal(text_get(&to), "user-1\0user-1", 13);
	text_done(&to);
}

static void there_may_be_many_users(void **state)
{
	char name[32];

	(void)state;
	for (unsigned i = 1; i <= 100000; i++) {
		(void)snprintf(name, sizeof(name), "n%05ux", i);
		assert_int_equal(redact_add_user(&redact, name, NULL), 0);
	}
	assert_string_equal(without("n99999x n00001x n100001x"), "user-99999 user-1 n100001x");
}

static void a_buffer_that_is_too_small_is_cut(void **state)
{
	char s[8] = "/x/ann";

	(void)state;
	assert_int_equal(redact_add_user(&redact, "ann", NULL), 0);
	assert_int_equal(redact_in(&redact, s, sizeof(s)), 0);
	assert_string_equal(s, "/x/user");
	(void)text_copy(s, sizeof(s), "/ann/an");
	assert_int_equal(redact_in(&redact, s, sizeof(s)), 0);
	assert_string_equal(s, "/user-1");
}

static void a_host_tells_its_names(void **state)
{
	struct tree t;
	int r;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/etc/passwd",
		"root:x:0:0::/root:/bin/sh\nzoe:x:1001:1001:Zoe:/data/zoe:/bin/sh\n"
		"daemon:x:1:1::/:/bin/sh\n");
	tree_file(&t, "/etc/subuid", "yves:1:2\nroot:5:6\n");
	tree_file(&t, "/etc/hostname", "vault7\n");
	tree_file(&t, "/home/xaver/f", "");
	r = redact_learn(&redact, tree_open(&t), "zoe", NULL);
	tree_done(&t);
	assert_int_equal(r, 0);
	assert_string_equal(without("zoe yves xaver daemon root vault7"),
		"user-1 user-2 user-3 daemon root host-1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(names_are_replaced_where_they_stand_as_words, forget),
		cmocka_unit_test_teardown(a_home_of_another_name_is_the_same_users, forget),
		cmocka_unit_test_teardown(
			what_a_host_keeps_for_a_service_stays_where_it_is, forget),
		cmocka_unit_test_teardown(common_words_and_numbers_are_nobodys, forget),
		cmocka_unit_test_teardown(a_hosts_name_goes_with_its_domain, forget),
		cmocka_unit_test_teardown(passwd_loses_what_people_are_called, forget),
		cmocka_unit_test_teardown(a_nul_ends_a_word, forget),
		cmocka_unit_test_teardown(there_may_be_many_users, forget),
		cmocka_unit_test_teardown(a_buffer_that_is_too_small_is_cut, forget),
		cmocka_unit_test_teardown(a_host_tells_its_names, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
