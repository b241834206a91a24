/* SPDX-License-Identifier: Apache-2.0 */
/* The user's manager: its limits, and the libraries that make it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/library.h"
#include "host/manager.h"
#include "host/user.h"
#include "tree.h"

static void a_managers_limits_are_those_of_its_process_and_cgroups(void **state)
{
	const struct user user = { .state = FACT_KNOWN, .uid = 1000 };
	struct manager m;
	struct tree t;

	(void)state;
	tree_make(&t);
#define SLICE "/sys/fs/cgroup/user.slice/user-1000.slice"
	tree_file(&t, SLICE "/user@1000.service/init.scope/cgroup.procs", "77\n78\n");
	tree_file(&t, SLICE "/user@1000.service/pids.max", "max\n");
	tree_file(&t, SLICE "/pids.max", "2505\n");
	tree_file(&t, SLICE "/memory.max", "67108864\n");
	tree_file(&t, SLICE "/memory.high", "max\n");
	tree_file(&t, SLICE "/memory.events.local",
		"low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 0\n");
	tree_file(&t, "/proc/77/limits",
		"Limit                     Soft Limit           Hard Limit           Units\n"
		"Max open files            1024                 524288               files\n");
	tree_file(&t, "/proc/77/stat",
		"77 (a) b) c) S 1 77 77 0 -1 4194560 2119 2226 80 42 5 3 1 2 20 0 1 0 12050 19505152 "
		"2816 18446744073709551615\n");
	tree_file(&t, "/proc/uptime", "123.99 200.10\n");
	tree_file(&t, MANAGER_OURS_PATH, "[Service]\n");
	manager_read(&m, tree_host(&t, ""), &user);
	tree_done(&t);
	assert_int_equal(m.pid.value, 77);
	assert_int_equal(m.age.value, 3);
	assert_int_equal(m.nofile.value, 524288);
	assert_int_equal(m.tasks.value, INT64_MAX);
	assert_int_equal(m.slice_tasks.value, 2505);
	assert_int_equal(m.slice_memory.max.value, 67108864);
	assert_int_equal(m.slice_memory.high.value, INT64_MAX);
	assert_int_equal(m.slice_memory.met.value, 3);
	assert_int_equal(m.memory.max.state, FACT_ABSENT);
	assert_string_equal(m.ours, "[Service]\n");
}

static void a_manager_that_is_hidden_has_no_known_limit(void **state)
{
	static const struct user user = { .state = FACT_KNOWN, .uid = 1000 };
	struct manager m;
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, SLICE "/user@1000.service/init.scope/cgroup.procs", "77\n");
	manager_read(&m, tree_host(&t, ""), &user);
	tree_done(&t);
	assert_int_equal(m.pid.value, 77);
	assert_int_equal(m.nofile.state, FACT_UNKNOWN);
	assert_int_equal(m.nofile.error, ESRCH);
	assert_int_equal(m.age.state, FACT_UNKNOWN);
}

static void a_manager_that_has_only_begun_is_in_no_scope_of_its_own(void **state)
{
	static const struct user user = { .state = FACT_KNOWN, .uid = 1000 };
	struct manager m;
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, SLICE "/user@1000.service/cgroup.procs", "91\n");
	manager_read(&m, tree_host(&t, ""), &user);
	tree_done(&t);
	assert_int_equal(m.pid.value, 91);
}

static void a_library_is_found_where_its_distribution_has_it(void **state)
{
	static const char *const places[] = { "/usr/lib64", "/lib64", "/usr/lib", "/lib",
		"/usr/lib/aarch64-linux-gnu", "/lib/x86_64-linux-gnu", "/lib/arm-linux-gnueabihf" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct fact_file found = { 0 };
		char path[128];
		struct tree t;

		tree_make(&t);
		(void)snprintf(path, sizeof(path), "%s/security/pam_systemd.so", places[i]);
		tree_file(&t, path, "");
		library_find(tree_host(&t, ""), "security/pam_systemd.so", &found);
		tree_done(&t);
		if (found.state != FACT_KNOWN)
			fail_msg("not found in '%s'", places[i]);
	}
}

static void a_limit_of_open_files_is_a_number_or_none(void **state)
{
	static const struct {
		const char *text;
		int64_t value; /* -1: none is said */
	} rows[] = {
		{ "Max open files            1024                 4096      files\n", 4096 },
		{ "Max open files 1024 unlimited files", INT64_MAX },
		{ "Max processes 5 5\nMax open files 1 2 files\n", 2 },
		{ "Max open files\n", -1 },
		{ "Max open files 1\n", -1 },
		{ "Max open files a b\n", -1 },
		{ "", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int64_t value = -1;

		if (!manager_parse_nofile(rows[i].text, strlen(rows[i].text), &value))
			value = -1;
		if (value != rows[i].value)
			fail_msg("'%s': %lld", rows[i].text, (long long)value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_managers_limits_are_those_of_its_process_and_cgroups),
		cmocka_unit_test(a_manager_that_is_hidden_has_no_known_limit),
		cmocka_unit_test(a_manager_that_has_only_begun_is_in_no_scope_of_its_own),
		cmocka_unit_test(a_library_is_found_where_its_distribution_has_it),
		cmocka_unit_test(a_limit_of_open_files_is_a_number_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
