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

#include "base/cleanup.h"
#include "base/io.h"
#include "runtime/oci/channel.h"
#include "runtime/oci/copy.h"
#include "runtime/oci/process.h"
#include "runtime/oci/within.h"

static char dir[] = "/tmp/test-oci-within-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir) || chdir(dir) < 0 || mkdir("root", 0755) < 0 || mkdir("out", 0755) < 0)
		return -1;
	return symlink("../out", "root/up") | symlink("/new/deep", "root/abs") |
	       symlink("later/x", "root/rel") | symlink("loop", "root/loop");
}

static int tear_down(void **state)
{
	(void)state;
	return chdir("/") == 0 ? io_remove_tree_at(AT_FDCWD, dir) : -1;
}

static int made(const char *path, bool file, unsigned within)
{
	_cleanup_close_ int root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = within_make(root, path, file, within);

	if (r >= 0)
		(void)close(r);
	return r < 0 ? r : 0;
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void missing_targets_are_made_with_their_parents(void **state)
{
	(void)state;
	assert_int_equal(made("/a/b/c", false, 0), 0);
	assert_true(is_there("root/a/b/c"));
	assert_int_equal(made("/f/g.txt", true, 0), 0);
	assert_true(is_there("root/f/g.txt"));
	assert_int_equal(made("/a/b/c/", false, 0), 0);
}

static void links_lead_nowhere_outside(void **state)
{
	(void)state;
	assert_int_equal(made("/up/x", false, 0), 0);
	assert_false(is_there("out/x"));
	assert_true(is_there("root/out/x"));
	assert_int_equal(made("/../../../y", false, 0), 0);
	assert_true(is_there("root/y"));
}

static void dangling_links_are_made_true_inside(void **state)
{
	(void)state;
	assert_int_equal(made("/abs", false, 0), 0);
	assert_true(is_there("root/new/deep"));
	assert_int_equal(made("/rel", true, 0), 0);
	assert_true(is_there("root/later/x"));
	assert_int_equal(made("/loop", false, 0), -ELOOP);
}

static void our_own_targets_follow_no_link(void **state)
{
	(void)state;
	assert_int_equal(made("/up", false, WITHIN_NO_LINKS), -ELOOP);
	assert_int_equal(made("/up/z", false, WITHIN_NO_LINKS), -ELOOP);
	assert_false(is_there("root/out/z"));
}

static void trees_are_copied_with_links_as_links(void **state)
{
	_cleanup_close_ int from = -1, to = -1;
	struct stat st = { 0 };
	int r;

	(void)state;
	(void)!mkdir("root/t", 0755);
	(void)!mkdir("root/t/d", 01777);
	(void)chmod("root/t/d", 01777);
	(void)!symlink("/etc/shadow", "root/t/d/l");
	(void)close(open("root/t/f", O_CREAT | O_WRONLY, 0640));
	(void)mkfifo("root/t/p", 0600);
	(void)mkdir("copy", 0755);
	from = open("root/t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	to = open("copy", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = copy_tree(from, to);
	(void)lstat("copy/d/l", &st);
	assert_int_equal(r, 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat("copy/d", &st), 0);
	assert_int_equal(st.st_mode & 07777, 01777);
	assert_true(is_there("copy/f"));
	assert_false(is_there("copy/p"));
}

static void words_spoken_ahead_are_kept(void **state)
{
	struct channel_message message = { 0 };
	struct error err = { 0 };
	int ends[2], r, start, placed, gone;

	(void)state;
	assert_int_equal(channel_open(ends), 0);
	(void)error_see(&err, "idmap.subuid");
	(void)error_say(&err, -EPERM, "cannot");
	r = channel_send(ends[0], CHANNEL_START) | channel_send(ends[0], CHANNEL_PLACED) |
	    channel_send_error(ends[0], &err);
	placed = channel_expect(ends[1], CHANNEL_PLACED);
	start = channel_expect(ends[1], CHANNEL_START);
	r |= channel_receive(ends[1], &message);
	(void)close(ends[0]);
	gone = channel_expect(ends[1], CHANNEL_START);
	(void)close(ends[1]);
	assert_int_equal(r, 0);
	assert_int_equal(placed, 0);
	assert_int_equal(start, 0);
	assert_int_equal(message.word, CHANNEL_ERROR);
	assert_memory_equal(&message.error, &err, sizeof(err));
	assert_int_equal(gone, -EPIPE);
}

static void last_words_are_heard_though_ours_were_not(void **state)
{
	struct channel_message message = { 0 };
	struct error err = { .code = -EPERM };
	int ends[2], r, then;

	(void)state;
	assert_int_equal(channel_open(ends), 0);
	r = channel_send(ends[0], CHANNEL_START) | channel_send_error(ends[1], &err);
	(void)close(ends[1]);
	r |= channel_receive(ends[0], &message);
	then = message.word;
	r |= channel_receive(ends[0], &message);
	(void)close(ends[0]);
	assert_int_equal(r, 0);
	assert_int_equal(then, CHANNEL_ERROR);
	assert_int_equal(message.word, CHANNEL_EOF);
}

static void a_process_is_named_by_number_and_birth(void **state)
{
	uint64_t birth = 0;
	int right, wrong;

	(void)state;
	assert_int_equal(process_start_time(getpid(), &birth), 0);
	right = process_open(getpid(), birth);
	wrong = process_open(getpid(), birth + 1);
	if (right >= 0)
		(void)close(right);
	assert_true(right >= 0);
	assert_int_equal(wrong, -ESRCH);
	assert_int_equal(process_kill(getpid(), birth + 1, 9), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing_targets_are_made_with_their_parents),
		cmocka_unit_test(links_lead_nowhere_outside),
		cmocka_unit_test(dangling_links_are_made_true_inside),
		cmocka_unit_test(our_own_targets_follow_no_link),
		cmocka_unit_test(trees_are_copied_with_links_as_links),
		cmocka_unit_test(words_spoken_ahead_are_kept),
		cmocka_unit_test(last_words_are_heard_though_ours_were_not),
		cmocka_unit_test(a_process_is_named_by_number_and_birth),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
