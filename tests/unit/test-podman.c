/* SPDX-License-Identifier: Apache-2.0 */
/* host/engine.h and host/podman.h: what programs print and podman keeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/macro.h"
#include "host/engine.h"
#include "host/podman.h"

static void the_first_number_with_a_point_is_the_version(void **state)
{
	static const struct {
		const char *said;
		unsigned major, minor;
	} rows[] = {
		{ "podman version 5.4.2", 5, 4 },
		{ "crun version 1.21", 1, 21 },
		{ "netavark 1.14.0-dev", 1, 14 },
		{ "slirp4netns version 1.2.0", 1, 2 },
		{ "nftables v1.1.3 (Commodore Bullmoose #4)", 1, 1 },
		{ "pasta 0.0~git20250503.587980c-2", 0, 0 },
		{ "x86_64", 0, 0 },
		{ "x86_64 2.3", 2, 3 },
		{ "", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned major = 0, minor = 0;

		engine_parse_version(rows[i].said, &major, &minor);
		if (major != rows[i].major || minor != rows[i].minor)
			fail_msg("'%s': %u.%u", rows[i].said, major, minor);
	}
}

/* As libpod lays it out: magic, a lock of @size bytes, two counts, groups. */
static size_t lay_out(char *to, size_t size, uint32_t count)
{
	uint32_t groups = (count + 31) / 32, map = 0x80000003;
	size_t head = 8 + size, group = 8 + 32 * size;

	memset(to, 0, head + 8 + groups * group);
	memcpy(to + head, &groups, 4);
	memcpy(to + head + 4, &count, 4);
	memcpy(to + head + 8 + group, &map, 4);
	return head + 8 + groups * group;
}

static void locks_are_counted_for_each_machine(void **state)
{
	static char data[1 << 17];
	static const size_t sizes[] = { 40, 48 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		int64_t count = 0, used = 0;
		size_t length = lay_out(data, sizes[i], 2048);

		assert_true(podman_parse_locks(data, length, &count, &used));
		assert_int_equal(count, 2048);
		assert_int_equal(used, 3);
		assert_false(podman_parse_locks(data, length - 1, &count, &used));
		assert_false(podman_parse_locks(data, 100, &count, &used));
		assert_false(podman_parse_locks(data, 0, &count, &used));
	}
	memset(data, 0xff, sizeof(data));
	assert_false(podman_parse_locks(data, sizeof(data), &(int64_t){ 0 }, &(int64_t){ 0 }));
}

#define ROOT "/home/alice/.local/share/containers/storage"

static void a_database_says_its_driver(void **state)
{
	static const struct {
		const char *row;
		enum podman_database database;
		const char *driver;
		bool elsewhere;
	} rows[] = {
		{ "SQLite format 3\0GraphDriver TEXT linux" ROOT
		  "/libpod/run/user/1000/libpod/tmp" ROOT "/run/user/1000/containersoverlay" ROOT
		  "/volumes",
			DATABASE_FINE, "overlay", false },
		{ "SQLite format 3\0GraphDriver TEXT linux" ROOT "/libpod/tmp" ROOT
		  "/run/user/1000/containersvfs" ROOT "/volumes",
			DATABASE_FINE, "vfs", false },
		{ "SQLite format 3\0GraphDriver TEXT linux/old/storage/libpod/tmp/old/storage"
		  "/run/user/1000/containersoverlay/old/storage/volumes",
			DATABASE_FINE, "", true },
		{ "SQLite format 3\0nothing yet", DATABASE_FINE, "", false },
		{ "garbage\n\0", DATABASE_BAD, "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct podman p = { 0 };
		size_t n = strlen(rows[i].row);

		n += 1 + strlen(rows[i].row + n + 1);
		podman_parse_database(rows[i].row, n, ROOT, &p);
		assert_int_equal(p.database, rows[i].database);
		assert_string_equal(p.driver, rows[i].driver);
		assert_int_equal(p.elsewhere, rows[i].elsewhere);
	}
}

static void the_older_kind_of_database_too(void **state)
{
	static const struct {
		const char *page, *driver;
	} rows[] = {
		{ "graph-driver-namevfsgraph-root/home/alice/x", "vfs" },
		{ "graph-driver-name-is-not graph-driver-nameoverlayos-namelinux", "overlay" },
		{ "graph-driver-name", "" },
		{ "graph-driver-nameov", "" },
		{ "overlay", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct podman p = { 0 };

		(void)podman_parse_bolt(rows[i].page, strlen(rows[i].page), p.driver);
		assert_string_equal(p.driver, rows[i].driver);
	}
}

static void the_older_kind_of_database_is_known(void **state)
{
	static char second[2 * 4096];
	static const char first[] = "0123456789abcdef\xed\xda\x0c\xed";
	char ignored[16] = "";

	(void)state;
	memcpy(second + 4096, first, sizeof(first) - 1);
	assert_true(podman_parse_bolt(first, sizeof(first) - 1, ignored));
	assert_true(podman_parse_bolt(second, sizeof(second), ignored));
	assert_true(podman_parse_bolt("", 0, ignored));
	assert_false(podman_parse_bolt(first, sizeof(first) - 2, ignored));
	assert_false(podman_parse_bolt("garbage\n", 8, ignored));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_number_with_a_point_is_the_version),
		cmocka_unit_test(locks_are_counted_for_each_machine),
		cmocka_unit_test(a_database_says_its_driver),
		cmocka_unit_test(the_older_kind_of_database_too),
		cmocka_unit_test(the_older_kind_of_database_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
