/* SPDX-License-Identifier: Apache-2.0 */
/* Writing below a tree that was made to mislead: every link in it leads to "outside". */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/io.h"
#include "setup/target.h"

struct place {
	char top[64];
	struct target t;
};

static void put(const char *path, const char *content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, content, strlen(content)), 0);
	assert_int_equal(close(fd), 0);
}

static void get(const char *path, char *ret, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, ret, size - 1);
	assert_true(n >= 0);
	ret[n] = '\0';
	assert_int_equal(close(fd), 0);
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));
	char tree[96];

	if (!p)
		return -1;
	*state = p;
	(void)snprintf(p->top, sizeof(p->top), "/tmp/rpod-target.XXXXXX");
	if (!mkdtemp(p->top) || chdir(p->top) < 0)
		return -1;
	if (mkdir("outside", 0755) < 0 || mkdir("tree", 0755) < 0 || mkdir("tree/etc", 0755) < 0)
		return -1;
	put("outside/victim", "untouched\n");
	(void)snprintf(tree, sizeof(tree), "%s/tree", p->top);
	return target_open(tree, false, &p->t, NULL);
}

static int tear_down(void **state)
{
	struct place *p = *state;
	int r;

	target_close(&p->t);
	(void)!chdir("/");
	r = io_remove_tree_at(AT_FDCWD, p->top);
	free(p);
	return r;
}

static void expect_victim_untouched(void)
{
	char got[64];

	get("outside/victim", got, sizeof(got));
	assert_string_equal(got, "untouched\n");
	assert_int_equal(access("outside/new", F_OK), -1);
}

static void a_file_is_replaced_whole(void **state)
{
	struct place *p = *state;
	char got[64];

	put("tree/etc/f", "old content\n");
	assert_int_equal(target_write(&p->t, "/etc/f", "new\n", 4, 0644), 0);
	get("tree/etc/f", got, sizeof(got));
	assert_string_equal(got, "new\n");
}

static void mode_owner_and_attributes_are_kept(void **state)
{
	struct place *p = *state;
	char value[16] = "";
	struct stat st;
	bool owned = geteuid() == 0, attributes;

	put("tree/etc/f", "old\n");
	assert_int_equal(chmod("tree/etc/f", 0640), 0);
	if (owned)
		assert_int_equal(chown("tree/etc/f", 12, 34), 0);
	attributes = setxattr("tree/etc/f", "user.label", "kept", 4, 0) == 0;
	assert_int_equal(target_write(&p->t, "/etc/f", "new\n", 4, 0644), 0);
	assert_int_equal(stat("tree/etc/f", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	if (owned) {
		assert_int_equal(st.st_uid, 12);
		assert_int_equal(st.st_gid, 34);
	}
	if (attributes) {
		assert_int_equal(getxattr("tree/etc/f", "user.label", value, sizeof(value)), 4);
		assert_memory_equal(value, "kept", 4);
	}
}

static void an_absolute_link_to_a_directory_stays_inside(void **state)
{
	struct place *p = *state;
	char link[128];

	(void)snprintf(link, sizeof(link), "%s/outside", p->top);
	assert_int_equal(symlink(link, "tree/way"), 0);
	assert_true(target_write(&p->t, "/way/new", "x", 1, 0644) < 0);
	assert_true(target_write(&p->t, "/way/victim", "x", 1, 0644) < 0);
	expect_victim_untouched();
}

static void a_relative_link_upwards_stays_inside(void **state)
{
	struct place *p = *state;

	assert_int_equal(symlink("../../../../../../../tmp", "tree/way"), 0);
	assert_true(target_write(&p->t, "/way/rpod-escaped", "x", 1, 0644) < 0);
	assert_int_equal(access("/tmp/rpod-escaped", F_OK), -1);
}

static void links_inside_the_tree_are_followed(void **state)
{
	struct place *p = *state;

	assert_int_equal(symlink("/etc", "tree/way"), 0);
	assert_int_equal(target_write(&p->t, "/way/f", "x", 1, 0644), 0);
	assert_int_equal(access("tree/etc/f", F_OK), 0);
}

static void a_link_in_place_of_the_file_is_not_written_through(void **state)
{
	struct place *p = *state;
	char link[128], read_back[PATH_MAX];

	(void)snprintf(link, sizeof(link), "%s/outside/victim", p->top);
	assert_int_equal(symlink(link, "tree/etc/f"), 0);
	assert_int_equal(target_write(&p->t, "/etc/f", "x", 1, 0644), -ELOOP);
	expect_victim_untouched();
	assert_true(readlink("tree/etc/f", read_back, sizeof(read_back)) > 0);
}

static void dots_in_a_path_are_refused(void **state)
{
	struct place *p = *state;

	assert_int_equal(target_write(&p->t, "/etc/../../outside/new", "x", 1, 0644), -EINVAL);
	assert_int_equal(target_write(&p->t, "etc/f", "x", 1, 0644), -EINVAL);
	assert_int_equal(target_write(&p->t, "/etc/", "x", 1, 0644), -EINVAL);
	expect_victim_untouched();
}

static void a_strict_target_follows_no_link_at_all(void **state)
{
	struct place *p = *state;

	assert_int_equal(symlink("etc", "tree/way"), 0);
	p->t.strict = true;
	p->t.owner = geteuid();
	assert_int_equal(target_write(&p->t, "/way/f", "x", 1, 0644), -ELOOP);
	assert_int_equal(target_mkdirs(&p->t, "/way/d", 0700), -ELOOP);
	assert_int_equal(access("tree/etc/f", F_OK), -1);
}

/* /home is a link on hosts made from an image: root put it there. */
static void a_strict_target_follows_links_above_the_home(void **state)
{
	struct place *p = *state;
	struct text got = { 0 };
	int written, read, below;

	assert_int_equal(mkdir("tree/homes", 0755), 0);
	assert_int_equal(mkdir("tree/homes/ann", 0755), 0);
	assert_int_equal(symlink("homes", "tree/home"), 0);
	assert_int_equal(symlink(".", "tree/homes/ann/way"), 0);
	p->t.strict = true;
	p->t.strict_from = strlen("/home/ann");
	p->t.owner = geteuid();
	written = target_write(&p->t, "/home/ann/f", "x", 1, 0644);
	below = target_write(&p->t, "/home/ann/way/f", "y", 1, 0644);
	read = target_read(&p->t, "/home/ann/f", &got, NULL);
	text_done(&got);
	assert_int_equal(written, 0);
	assert_int_equal(read, 0);
	assert_int_equal(below, -ELOOP);
}

static void a_strict_target_reads_no_files_of_others(void **state)
{
	struct place *p = *state;
	struct text got = { 0 };
	int read;

	assert_int_equal(target_write(&p->t, "/etc/f", "x", 1, 0644), 0);
	p->t.strict = true;
	p->t.owner = geteuid() + 1;
	read = target_read(&p->t, "/etc/f", &got, NULL);
	text_done(&got);
	assert_int_equal(read, -EPERM);
}

static void without_openat2_links_stay_inside_too(void **state)
{
	struct place *p = *state;
	char link[128];

	p->t.without_openat2 = true;
	(void)snprintf(link, sizeof(link), "%s/outside", p->top);
	assert_int_equal(symlink(link, "tree/way"), 0);
	assert_int_equal(symlink("../../../..", "tree/up"), 0);
	assert_true(target_write(&p->t, "/way/victim", "x", 1, 0644) < 0);
	assert_int_equal(target_write(&p->t, "/up/etc/f", "x", 1, 0644), 0);
	assert_int_equal(access("tree/etc/f", F_OK), 0);
	expect_victim_untouched();
}

static void directories_are_made_below_the_tree_only(void **state)
{
	struct place *p = *state;
	struct stat st;

	assert_int_equal(target_mkdirs(&p->t, "/a/b/c", 0755), 0);
	assert_int_equal(stat("tree/a/b/c", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(target_mkdirs(&p->t, "/a/b/c", 0755), 0);
}

static void nothing_is_left_of_a_write_that_failed(void **state)
{
	struct place *p = *state;

	assert_int_equal(mkdir("tree/etc/f", 0755), 0);
	assert_true(target_write(&p->t, "/etc/f", "x", 1, 0644) < 0);
	assert_int_equal(rmdir("tree/etc/f"), 0);
	/* removable only when empty: no temporary file */
	assert_int_equal(rmdir("tree/etc"), 0);
}

static void special_files_are_not_read(void **state)
{
	struct place *p = *state;
	struct text content = { 0 };
	int r;

	assert_int_equal(mkfifo("tree/etc/pipe", 0600), 0);
	r = target_read(&p->t, "/etc/pipe", &content, NULL);
	text_done(&content);
	assert_int_equal(r, -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_replaced_whole),
		TEST(mode_owner_and_attributes_are_kept),
		TEST(an_absolute_link_to_a_directory_stays_inside),
		TEST(a_relative_link_upwards_stays_inside),
		TEST(links_inside_the_tree_are_followed),
		TEST(a_link_in_place_of_the_file_is_not_written_through),
		TEST(dots_in_a_path_are_refused),
		TEST(a_strict_target_follows_no_link_at_all),
		TEST(a_strict_target_follows_links_above_the_home),
		TEST(a_strict_target_reads_no_files_of_others),
		TEST(without_openat2_links_stay_inside_too),
		TEST(directories_are_made_below_the_tree_only),
		TEST(nothing_is_left_of_a_write_that_failed),
		TEST(special_files_are_not_read),
	};

	return cmocka_run_group_tests_name("setup-target", tests, NULL, NULL);
}
