/* SPDX-License-Identifier: Apache-2.0 */
#include "host/idmap.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/user.h"
#include "tree.h"

static const struct user alice = { .state = FACT_KNOWN, .name = "alice", .uid = 1000 };

static void good_lines_become_ranges(void **state)
{
	static const char text[] = "# made by hand\n\nalice:100000:65536\nbob:165536:65536\n"
				   "1000:2000000:10\n10001:3000000:10\nAlice:4000000:10\n";
	struct idmap_file file;

	(void)state;
	assert_int_equal(idmap_parse(&file, text, strlen(text), "alice", 1000), 0);
	assert_int_equal(file.state, FACT_KNOWN);
	assert_int_equal(file.count, 5);
	assert_int_equal(file.bad_count, 0);
	assert_true(file.ends_in_newline);
	assert_true(file.ranges[0].ours && file.ranges[0].line == 3);
	assert_int_equal(file.ranges[0].start, 100000);
	assert_false(file.ranges[1].ours);
	assert_true(file.ranges[2].ours);  /* by number */
	assert_false(file.ranges[3].ours); /* not a prefix of it */
	assert_false(file.ranges[4].ours); /* names have case */
	assert_int_equal(idmap_own_count(&file), 65546);
	free(file.ranges);
}

static void bad_lines_are_kept_with_their_reason(void **state)
{
	static const struct {
		const char *line, *why;
		unsigned column;
	} rows[] = {
		{ "alice:100000:65536\r", "carriage return", 19 },
		{ "\xef\xbb\xbf"
		  "alice:100000:65536",
			"byte order mark", 1 },
		{ " alice:100000:65536", "begins with a blank", 1 },
		{ "alice:100000: 65536", "holds a blank", 14 },
		{ "alice:100000:65536 # mine", "comment", 20 },
		{ "alice:100000:65536# mine", "comment", 19 },
		{ "alice:100000", "field is missing", 13 },
		{ "alice", "field is missing", 6 },
		{ "alice:100000:65536bob:165536:65536", "two entries", 14 },
		{ "alice:100000:65536:", "too many fields", 19 },
		{ "alice:100000-165535", "field is missing", 13 },
		{ "alice:abc:65536", "start is not a number", 7 },
		{ "alice:-5:65536", "start is not a number", 7 },
		{ "alice:100000:", "count is not a number", 14 },
		{ "alice:100000:0x10", "count is not a number", 14 },
		{ "alice:100000:99999999999999999999", "count is not a number", 14 },
		{ "alice:100000:0", "count is 0", 14 },
		{ ":100000:65536", "owner is missing", 1 },
		{ "alice:4294967295:1", "beyond the last id", 7 },
		{ "alice:4294900000:67296", "beyond the last id", 7 },
		{ "alice:1:18446744073709551615", "beyond the last id", 7 },
		{ "al\x01ice:1:1", "control character", 3 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct idmap_file file;
		char text[256];

		(void)snprintf(text, sizeof(text), "x:1:1\n%s", rows[i].line);
		assert_int_equal(idmap_parse(&file, text, strlen(text), "alice", 1000), 0);
		if (file.bad_count != 1 || !strstr(file.bad[0].why, rows[i].why))
			fail_msg("'%s': %zu bad, '%s'", rows[i].line, file.bad_count,
				file.bad[0].why);
		assert_int_equal(file.bad[0].line, 2);
		assert_int_equal(file.bad[0].column, rows[i].column);
		assert_int_equal(file.count, 1);
		assert_false(file.ends_in_newline);
		free(file.ranges);
	}
}

static void the_last_ids_are_allowed(void **state)
{
	static const char text[] = "alice:4294900000:67295\n";
	struct idmap_file file;

	(void)state;
	assert_int_equal(idmap_parse(&file, text, strlen(text), "alice", 1000), 0);
	assert_int_equal(file.count, 1);
	free(file.ranges);
}

static void more_bad_lines_than_room_are_counted(void **state)
{
	struct idmap_file file;
	char text[400] = "";

	(void)state;
	for (int i = 0; i < 100; i++)
		(void)snprintf(text + 2 * i, 3, "x\n");
	assert_int_equal(idmap_parse(&file, text, strlen(text), "", UINT64_MAX), 0);
	assert_int_equal(file.bad_count, 100);
	assert_int_equal(file.bad[IDMAP_BAD_LINES - 1].line, IDMAP_BAD_LINES);
	assert_null(file.ranges);
}

static void ranges_of_others_that_meet_are_found(void **state)
{
	static const char text[] = "alice:100000:65536\nbob:165536:100\n";
	struct idmap_file file;

	(void)state;
	assert_int_equal(idmap_parse(&file, text, strlen(text), "alice", 1000), 0);
	assert_null(idmap_overlap(&file, 100000, 65536));
	assert_null(idmap_overlap(&file, 165636, 10));
	assert_ptr_equal(idmap_overlap(&file, 100000, 65537), &file.ranges[1]);
	assert_ptr_equal(idmap_overlap(&file, 165635, 1), &file.ranges[1]);
	assert_ptr_equal(idmap_overlap(&file, 0, UINT32_MAX), &file.ranges[1]);
	free(file.ranges);
}

static void maps_say_which_ids_they_hold(void **state)
{
	static const char initial[] = "         0          0 4294967295\n";
	static const char nested[] = "0 1000 1\n1 100000 65536\n";
	static const char *const bad[] = { "0 0\n", "a b c\n", "0 0 1 1\n", "0 0 4294967296\n",
		"0 -1 1" };
	struct idmap_map map;

	(void)state;
	assert_int_equal(idmap_parse_map(&map, initial, strlen(initial)), 0);
	assert_true(idmap_is_initial(&map));
	assert_true(idmap_holds(&map, 100000, 65536));
	assert_int_equal(idmap_parse_map(&map, nested, strlen(nested)), 0);
	assert_false(idmap_is_initial(&map));
	assert_true(idmap_holds(&map, 0, 65537)); /* across both extents */
	assert_false(idmap_holds(&map, 0, 65538));
	assert_false(idmap_holds(&map, 100000, 65536));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(idmap_parse_map(&map, bad[i], strlen(bad[i])), -EINVAL);
}

static void the_section_reads_a_tree(void **state)
{
	struct tree t;
	struct idmap m;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/etc/subuid", "alice:100000:65536\n");
	tree_file(&t, "/etc/passwd",
		"root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/:/bin/sh\nbroken\n");
	tree_file(&t, "/usr/lib/passwd", "chrony:x:992:992::/:/bin/false\n");
	tree_file(&t, "/etc/group", "root:x:0:\nstaff:x:50:alice,bob\n");
	tree_file(&t, "/etc/login.defs",
		"#SUB_UID_MIN 7\nSUB_UID_MIN\t\t 200000\nSUB_GID_COUNT 10\nSUB_UID_STORE_BY_UID "
		"yes\n");
	tree_file(&t, "/etc/nsswitch.conf", "passwd: files\nsubid: sss\n");
	idmap_read(&m, tree_open(&t), &alice);
	assert_int_equal(m.files[IDMAP_UID].count, 1);
	assert_int_equal(m.files[IDMAP_GID].state, FACT_ABSENT);
	assert_int_equal(m.real[IDMAP_UID].count, 3);
	assert_int_equal(m.real[IDMAP_UID].ids[1], 992);
	assert_int_equal(m.real[IDMAP_GID].ids[1], 50);
	assert_int_equal(m.defs.min[IDMAP_UID], 200000);
	assert_int_equal(m.defs.min[IDMAP_GID], 100000);
	assert_int_equal(m.defs.count[IDMAP_GID], 10);
	assert_true(m.defs.by_uid);
	assert_int_equal(m.source.state, FACT_KNOWN);
	assert_string_equal(m.source.value, "sss");
	assert_int_equal(m.outer[IDMAP_UID].state, FACT_UNKNOWN);
	idmap_done(&m);
	tree_done(&t);
}

static void locks_tell_whose_they_are(void **state)
{
	struct lock locks[LOCKS];
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/etc/subgid.lock", "99");
	tree_file(&t, "/etc/shadow.lock", "99\n");
	tree_file(&t, "/etc/group.lock", "98");
	tree_file(&t, "/proc/99/comm", "usermod\n");
	lock_read(locks, tree_host(&t, "read /etc/subuid.lock\tEACCES\t\n"));
	tree_done(&t);
	assert_int_equal(locks[0].state, FACT_ABSENT);
	assert_int_equal(locks[1].holder, FACT_KNOWN);
	assert_int_equal(locks[1].command.state, FACT_ABSENT);
	assert_int_equal(locks[2].holder, FACT_ABSENT); /* a newline is enough */
	assert_int_equal(locks[4].state, FACT_KNOWN);
	assert_int_equal(locks[4].holder, FACT_UNKNOWN);
	assert_int_equal(locks[5].pid, 99);
	assert_string_equal(locks[5].command.value, "usermod");
}

static void what_podman_keeps_is_read(void **state)
{
	struct idmap_map maps[IDMAP_KIND_COUNT];
	struct pause pause;
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/tmp/podman-run-1000/libpod/tmp/pause.pid", "77\n");
	tree_file(&t, "/proc/77/status", "Name:\tpodman\nUid:\t1000\t1000\t1000\t1000\n");
	tree_file(&t, "/proc/77/uid_map", "0 1000 1\n1 300000 65536\n");
	tree_file(&t, "/proc/77/gid_map", "nonsense\n");
	pause_read(&pause, maps, tree_host(&t, "uname\t0\tx y\n"), &alice);
	tree_done(&t);
	assert_int_equal(pause.pid.value, 77);
	assert_int_equal(pause.process, FACT_KNOWN);
	assert_int_equal(pause.uid, 1000);
	assert_int_equal(maps[IDMAP_UID].extents[1].outside, 300000);
	assert_int_equal(maps[IDMAP_GID].state, FACT_UNKNOWN);
}

static void a_pause_file_without_number_names_nobody(void **state)
{
	struct idmap_map maps[IDMAP_KIND_COUNT];
	struct pause pause;
	struct tree t;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/run/user/1000/libpod/tmp/pause.pid", "../1\n");
	tree_file(&t, "/proc/1/status", "Name:\tinit\nUid:\t0\t0\t0\t0\n");
	pause_read(&pause, maps, tree_host(&t, "uname\t0\tx y\n"), &alice);
	tree_done(&t);
	assert_int_equal(pause.pid.value, 0);
	assert_int_equal(pause.process, FACT_ABSENT);
}

static void an_unreadable_file_is_unknown_and_not_absent(void **state)
{
	struct tree t;
	struct idmap m;

	(void)state;
	tree_make(&t);
	tree_file(&t, "/etc/nsswitch.conf", "subid: files # as ever\n");
	idmap_read(&m, tree_host(&t, "read /etc/subuid\tEACCES\t\n"), &alice);
	assert_int_equal(m.files[IDMAP_UID].state, FACT_UNKNOWN);
	assert_int_equal(m.files[IDMAP_UID].error, EACCES);
	assert_int_equal(m.files[IDMAP_GID].state, FACT_ABSENT);
	assert_int_equal(m.source.state, FACT_ABSENT);
	idmap_done(&m);
	tree_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_lines_become_ranges),
		cmocka_unit_test(bad_lines_are_kept_with_their_reason),
		cmocka_unit_test(the_last_ids_are_allowed),
		cmocka_unit_test(more_bad_lines_than_room_are_counted),
		cmocka_unit_test(ranges_of_others_that_meet_are_found),
		cmocka_unit_test(maps_say_which_ids_they_hold),
		cmocka_unit_test(the_section_reads_a_tree),
		cmocka_unit_test(locks_tell_whose_they_are),
		cmocka_unit_test(what_podman_keeps_is_read),
		cmocka_unit_test(a_pause_file_without_number_names_nobody),
		cmocka_unit_test(an_unreadable_file_is_unknown_and_not_absent),
	};

	return cmocka_run_group_tests_name("idmap", tests, NULL, NULL);
}
