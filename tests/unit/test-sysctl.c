/* SPDX-License-Identifier: Apache-2.0 */
#include "host/sysctl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tree.h"

#define KEY "user.max_user_namespaces"

static void lines_assign_as_sysctl_d_says(void **state)
{
	static const struct {
		const char *text;
		int64_t value; /* -1: not assigned */
		unsigned line;
	} rows[] = {
		{ "user.max_user_namespaces = 5\n", 5, 1 },
		{ "user.max_user_namespaces=5", 5, 1 },
		{ "user/max_user_namespaces=5\n", 5, 1 },
		{ "\n  -user.max_user_namespaces =  5  \r\n", 5, 2 },
		{ "user.max_user_namespaces=5\nuser.max_user_namespaces=6\n", 6, 2 },
		{ "#user.max_user_namespaces=5\n", -1, 0 },
		{ ";user.max_user_namespaces=5\n", -1, 0 },
		{ "user.max_user_namespaces=many\n", -1, 0 },
		{ "user.max_user_namespaces=5\nuser.max_user_namespaces=many\n", 5, 1 },
		{ "user.max_user_namespaces\n", -1, 0 },
		{ "user.max_user_namespaces=5 6\n", -1, 0 },
		{ "xuser.max_user_namespaces=5\n", -1, 0 },
		{ "user.max_user_namespaces.x=5\n", -1, 0 },
		{ "user.max_*=7\n", 7, 1 },
		{ "user/max_*=7\n", 7, 1 },
		{ "user.max_user_namespaces=5\nuser.max_*=7\n", 5, 1 },
		{ "-user.max_user_namespaces\nuser.max_*=7\n", -1, 0 },
		{ "*=7\n", -1, 0 }, /* a star does not cross a dot */
		{ "net.ipv4.conf.*.rp_filter=2\n", -1, 0 },
		{ "", -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sysctl_line got = { .value = -1 };
		bool found = sysctl_parse(
			rows[i].text, strlen(rows[i].text), SYSCTL_MAX_USER_NAMESPACES, &got);

		if (found != (rows[i].value >= 0) || got.value != rows[i].value ||
			got.line != rows[i].line)
			fail_msg("'%s': %d %lld line %u", rows[i].text, found, (long long)got.value,
				got.line);
	}
}

static void a_range_is_two_numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t from, last; /* -1: not assigned */
	} rows[] = {
		{ "net.ipv4.ping_group_range = 0 2147483647\n", 0, 2147483647 },
		{ "net.ipv4.ping_group_range=1\t0", 1, 0 },
		{ "-net/ipv4/ping_group_range=  5   6  \n", 5, 6 },
		{ "net.ipv4.ping_group_range = 0\n", -1, 0 },
		{ "net.ipv4.ping_group_range = 0 1 2\n", -1, 0 },
		{ "net.ipv4.ping_group_range = 0 x\n", -1, 0 },
		{ "net.ipv4.ping_group_range = 0 99999999999999999999\n", -1, 0 },
		{ "net.ipv4.ping_group_range = 0-5\n", -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sysctl_line got = { .value = -1 };
		bool found =
			sysctl_parse(rows[i].text, strlen(rows[i].text), SYSCTL_PING_RANGE, &got);

		if (found != (rows[i].from >= 0) || got.value != rows[i].from ||
			got.last != rows[i].last)
			fail_msg("'%s': %d %lld %lld", rows[i].text, found, (long long)got.value,
				(long long)got.last);
	}
}

static void a_range_is_read_live_and_for_the_boot(void **state)
{
	const struct sysctl *range;
	struct sysctls s;
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/proc/sys/net/ipv4/ping_group_range", "1\t0\n");
	tree_file(&t, "/usr/lib/sysctl.d/50-default.conf", "-net.ipv4.ping_group_range = 0 99\n");
	sysctl_read(&s, tree_host(&t, "uname\t0\t6.1.0 x86_64\n"));
	tree_done(&t);
	range = &s.keys[SYSCTL_PING_RANGE];
	assert_int_equal(range->live.state, FACT_KNOWN);
	assert_int_equal(range->live.value, 1);
	assert_int_equal(range->live_last, 0);
	assert_int_equal(range->boot.value, 0);
	assert_int_equal(range->boot_last, 99);
	assert_string_equal(range->boot_file, "/usr/lib/sysctl.d/50-default.conf");
}

struct expected {
	enum fact_state state;
	int64_t value;
	const char *file;
	unsigned line;
};

static void check_boot(struct tree *t, const struct expected *e)
{
	struct sysctls s;

	sysctl_read(&s, tree_open(t));
	tree_done(t);
	assert_int_equal(s.keys[SYSCTL_MAX_USER_NAMESPACES].boot.state, e->state);
	assert_int_equal(s.keys[SYSCTL_MAX_USER_NAMESPACES].boot.value, e->value);
	assert_string_equal(s.keys[SYSCTL_MAX_USER_NAMESPACES].boot_file, e->file);
	assert_int_equal(s.keys[SYSCTL_MAX_USER_NAMESPACES].boot_line, e->line);
}

static void the_last_name_wins_whatever_its_directory(void **state)
{
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/etc/sysctl.d/60-rpod.conf", KEY "=28633\n");
	tree_file(&t, "/usr/lib/sysctl.d/99-cis.conf", "# hardening\n" KEY "=0\n");
	tree_file(&t, "/run/sysctl.d/70-agent.conf", KEY "=9\n");
	check_boot(&t, &(struct expected){ FACT_KNOWN, 0, "/usr/lib/sysctl.d/99-cis.conf", 2 });
}

static void the_same_name_in_etc_masks_the_others(void **state)
{
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/usr/lib/sysctl.d/50-x.conf", KEY "=1\n");
	tree_file(&t, "/run/sysctl.d/50-x.conf", KEY "=2\n");
	tree_file(&t, "/etc/sysctl.d/50-x.conf", "# nothing here\n");
	check_boot(&t, &(struct expected){ FACT_ABSENT, 0, "", 0 });
}

static void a_link_to_dev_null_masks_too(void **state)
{
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/usr/lib/sysctl.d/50-x.conf", KEY "=1\n");
	tree_link(&t, "/etc/sysctl.d/50-x.conf", "/dev/null");
	check_boot(&t, &(struct expected){ FACT_ABSENT, 0, "", 0 });
}

static void other_suffixes_are_not_read(void **state)
{
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/etc/sysctl.d/README", KEY "=1\n");
	tree_file(&t, "/etc/sysctl.d/x.conf.dpkg-old", KEY "=1\n");
	tree_file(&t, "/etc/sysctl.d/.x.conf", KEY "=1\n");
	check_boot(&t, &(struct expected){ FACT_ABSENT, 0, "", 0 });
}

static void a_name_beats_a_pattern_of_a_later_file(void **state)
{
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/etc/sysctl.d/10.conf", KEY "=5\n");
	tree_file(&t, "/etc/sysctl.d/20.conf", "user.*=6\n");
	check_boot(&t, &(struct expected){ FACT_KNOWN, 5, "/etc/sysctl.d/10.conf", 1 });
}

static void a_pattern_counts_where_nobody_names_the_key(void **state)
{
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/etc/sysctl.d/20.conf", "\nuser.*=6\n");
	check_boot(&t, &(struct expected){ FACT_KNOWN, 6, "/etc/sysctl.d/20.conf", 2 });
}

static void a_key_taken_out_is_in_no_pattern(void **state)
{
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/etc/sysctl.d/20.conf", "user.*=6\n");
	tree_file(&t, "/etc/sysctl.d/30.conf", "-" KEY "\n");
	check_boot(&t, &(struct expected){ FACT_ABSENT, 0, "", 0 });
}

static void sysctl_conf_is_read_where_systemd_is_not(void **state)
{
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/etc/sysctl.conf", KEY "=3\n");
	tree_file(&t, "/etc/sysctl.d/99-z.conf", KEY "=4\n");
	check_boot(&t, &(struct expected){ FACT_KNOWN, 3, "/etc/sysctl.conf", 1 });
}

static void systemd_does_not_read_sysctl_conf(void **state)
{
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/usr/lib/systemd/systemd-sysctl", "");
	tree_file(&t, "/etc/sysctl.conf", KEY "=3\n");
	check_boot(&t, &(struct expected){ FACT_ABSENT, 0, "", 0 });
}

static void systemd_reads_it_through_a_link(void **state)
{
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/usr/lib/systemd/systemd-sysctl", "");
	tree_file(&t, "/etc/sysctl.conf", KEY "=3\n");
	tree_link(&t, "/etc/sysctl.d/99-sysctl.conf", "../sysctl.conf");
	check_boot(&t, &(struct expected){ FACT_KNOWN, 3, "/etc/sysctl.d/99-sysctl.conf", 1 });
}

static void live_values_come_from_proc(void **state)
{
	struct tree t;
	struct sysctls s;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/proc/sys/user/max_user_namespaces", "0\n");
	sysctl_read(&s, tree_host(&t, ""));
	tree_done(&t);
	assert_int_equal(s.keys[SYSCTL_MAX_USER_NAMESPACES].live.state, FACT_KNOWN);
	assert_int_equal(s.keys[SYSCTL_USERNS_CLONE].live.state, FACT_ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_assign_as_sysctl_d_says),
		cmocka_unit_test(a_range_is_two_numbers),
		cmocka_unit_test(a_range_is_read_live_and_for_the_boot),
		cmocka_unit_test(the_last_name_wins_whatever_its_directory),
		cmocka_unit_test(the_same_name_in_etc_masks_the_others),
		cmocka_unit_test(a_link_to_dev_null_masks_too),
		cmocka_unit_test(other_suffixes_are_not_read),
		cmocka_unit_test(a_name_beats_a_pattern_of_a_later_file),
		cmocka_unit_test(a_pattern_counts_where_nobody_names_the_key),
		cmocka_unit_test(a_key_taken_out_is_in_no_pattern),
		cmocka_unit_test(sysctl_conf_is_read_where_systemd_is_not),
		cmocka_unit_test(systemd_does_not_read_sysctl_conf),
		cmocka_unit_test(systemd_reads_it_through_a_link),
		cmocka_unit_test(live_values_come_from_proc),
	};

	return cmocka_run_group_tests_name("sysctl", tests, NULL, NULL);
}
