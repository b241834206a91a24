/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "runtime/oci/spec.h"
#include "runtime/oci/userns.h"
#include "runtime/oci/who.h"

#define PASSWD                                                                                     \
	"root:x:0:0:root:/root:/bin/sh\n"                                                          \
	"bad:x:4294967295:5::/:/bin/sh\n"                                                          \
	"short:x:7\n"                                                                              \
	"ann:x:1000:100:Ann,,,:/home/ann:/bin/sh"
#define GROUP "root:x:0:\nwheel:x:10:bob,ann\naudio:x:29:annie\nvideo:x:44:ann\n"

static char dir[] = "/tmp/test-oci-who-XXXXXX";

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int r = fd < 0 ? -1 : io_write_all(fd, text, strlen(text));

	return fd < 0 || close(fd) < 0 ? -1 : r;
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir) || chdir(dir) < 0 || mkdir("etc", 0755) < 0)
		return -1;
	return put("etc/passwd", PASSWD) == 0 && put("etc/group", GROUP) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return chdir("/") == 0 ? io_remove_tree_at(AT_FDCWD, dir) : -1;
}

static int find(const char *user, struct who *ret, struct error *err)
{
	struct spec_process process;
	int root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	spec_process_init(&process);
	process.user = user;
	r = who_find(ret, root, &process, err);
	(void)close(root);
	return r;
}

static void nobody_said_is_root_with_its_home(void **state)
{
	struct who who;

	(void)state;
	assert_int_equal(find(NULL, &who, NULL), 0);
	assert_int_equal(who.uid, 0);
	assert_string_equal(who.home, "/root");
}

static void a_name_brings_its_group_its_groups_and_home(void **state)
{
	struct who who;

	(void)state;
	assert_int_equal(find("ann", &who, NULL), 0);
	assert_int_equal(who.uid, 1000);
	assert_int_equal(who.gid, 100);
	assert_string_equal(who.home, "/home/ann");
	assert_int_equal(who.group_count, 2);
	assert_int_equal(who.groups[0], 10);
	assert_int_equal(who.groups[1], 44);
}

static void a_group_that_was_named_comes_alone(void **state)
{
	struct who who;

	(void)state;
	assert_int_equal(find("ann:audio", &who, NULL), 0);
	assert_int_equal(who.gid, 29);
	assert_int_equal(who.group_count, 0);
	assert_int_equal(find("5:7", &who, NULL), 0);
	assert_int_equal(who.uid, 5);
	assert_int_equal(who.gid, 7);
	assert_string_equal(who.home, "/");
	assert_int_equal(find(":44", &who, NULL), 0);
	assert_int_equal(who.uid, 0);
	assert_int_equal(who.gid, 44);
}

static void unknown_names_are_named(void **state)
{
	struct error err = { 0 };
	struct who who;

	(void)state;
	assert_int_equal(find("eve", &who, &err), -ENOENT);
	assert_non_null(strstr(err.text, "'eve'"));
	assert_int_equal(find("ann:staff", &who, &err), -ENOENT);
	assert_non_null(strstr(err.text, "'staff'"));
	assert_int_equal(find("bad", &who, &err), -ENOENT);
	assert_int_equal(find("-1", &who, &err), -ENOENT);
	assert_int_equal(find("4294967295", &who, &err), -ENOENT);
}

static void hostile_tables_neither_hang_nor_leak(void **state)
{
	struct who who;
	int fifo, device, outside;

	(void)state;
	(void)!rename("etc/passwd", "etc/kept");
	fifo = mkfifo("etc/passwd", 0644) == 0 ? find("ann", &who, NULL) : 0;
	(void)unlink("etc/passwd");
	device = symlink("/dev/zero", "etc/passwd") == 0 ? find("ann", &who, NULL) : 0;
	(void)unlink("etc/passwd");
	outside = symlink("../../../../../../../etc/passwd", "etc/passwd") == 0
			  ? find("daemon", &who, NULL)
			  : 0;
	(void)unlink("etc/passwd");
	(void)!rename("etc/kept", "etc/passwd");
	assert_int_equal(fifo, -ENOENT);
	assert_int_equal(device, -ENOENT);
	assert_int_not_equal(outside, 0);
}

static void ranges_are_the_users_by_name_or_number(void **state)
{
	static const char text[] = "root:100000:65536\nann:200000:65536\n1000:300000:1000\n"
				   "anna:1:1\nann:x:5\nann:5\nann:4294967290:100\nann:7:0\n";
	struct userns_range ranges[4];

	(void)state;
	assert_int_equal(userns_parse(text, sizeof(text) - 1, "ann", 1000, ranges, 4), 2);
	assert_int_equal(ranges[0].start, 200000);
	assert_int_equal(ranges[1].count, 1000);
	assert_int_equal(userns_parse(text, sizeof(text) - 1, "ann", 1000, ranges, 1), -E2BIG);
	assert_int_equal(userns_parse(text, sizeof(text) - 1, "eve", 7, ranges, 4), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_said_is_root_with_its_home),
		cmocka_unit_test(a_name_brings_its_group_its_groups_and_home),
		cmocka_unit_test(a_group_that_was_named_comes_alone),
		cmocka_unit_test(unknown_names_are_named),
		cmocka_unit_test(hostile_tables_neither_hang_nor_leak),
		cmocka_unit_test(ranges_are_the_users_by_name_or_number),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
