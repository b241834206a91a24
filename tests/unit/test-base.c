/* SPDX-License-Identifier: Apache-2.0 */
/* error, io, json, spawn: what every layer leans on. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/io.h"
#include "base/json.h"
#include "base/spawn.h"

static void an_error_names_object_cause_and_check(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(error_set(&err, -ENOENT, "cannot open '%s'", "/x"), -ENOENT);
	assert_string_equal(err.text, "cannot open '/x': No such file or directory");
	assert_int_equal(error_see(&err, "idmap.subuid"), -ENOENT);
	assert_int_equal(error_prefix(&err, "container '%s'", "a"), -ENOENT);
	assert_string_equal(err.text, "container 'a': cannot open '/x': No such file or directory");
	assert_string_equal(err.see, "idmap.subuid");
	assert_int_equal(error_say(NULL, -EIO, "nobody listens"), -EIO);
}

static void an_endless_context_is_cut_not_overrun(void **state)
{
	struct error err = { 0 };
	char words[2000];

	(void)state;
	memset(words, 'w', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	(void)error_say(&err, -EIO, "%s", words);
	(void)error_prefix(&err, "%s", words);
	assert_true(strlen(err.text) < sizeof(err.text));
}

static int in_directory(void **state)
{
	static char path[] = "/tmp/rpod-test-XXXXXX";
	static int fd;

	(void)text_copy(path, sizeof(path), "/tmp/rpod-test-XXXXXX");
	if (!mkdtemp(path))
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = &fd;
	return fd < 0;
}

static int leave_directory(void **state)
{
	char path[64], target[64];
	ssize_t n;
	int fd = *(int *)*state;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -1;
	target[n] = '\0';
	(void)close(fd);
	return io_remove_tree_at(AT_FDCWD, target);
}

static int entries(int dirfd)
{
	DIR *dir = fdopendir(openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;
	int n = -2; /* "." and ".." */

	while (dir && (entry = readdir(dir)))
		n++;
	(void)closedir(dir);
	return n;
}

static void a_replaced_file_is_whole_and_leaves_nothing_behind(void **state)
{
	int fd = *(int *)*state;
	struct text read = { 0 };
	struct stat st;

	assert_int_equal(io_replace_at(fd, "file", "old", 3, 0600, 0), 0);
	assert_int_equal(io_replace_at(fd, "file", "newer", 5, 0644, IO_NO_SYNC), 0);
	assert_int_equal(io_read_file_at(fd, "file", 100, &read), 0);
	assert_string_equal(text_get(&read), "newer");
	text_done(&read);
	assert_int_equal(fstatat(fd, "file", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(entries(fd), 1);
}

static void a_file_over_the_limit_is_cut_and_told(void **state)
{
	int fd = *(int *)*state;
	struct text read = { 0 };

	assert_int_equal(io_replace_at(fd, "file", "0123456789", 10, 0600, 0), 0);
	assert_int_equal(io_read_file_at(fd, "file", 10, &read), 0);
	assert_int_equal(read.length, 10);
	text_done(&read);
	assert_int_equal(io_read_file_at(fd, "file", 4, &read), -EFBIG);
	assert_string_equal(text_get(&read), "0123");
	text_done(&read);
}

static void a_link_is_not_followed_when_reading_or_removing(void **state)
{
	int fd = *(int *)*state;
	struct text read = { 0 };
	struct stat st;

	assert_int_equal(mkdirat(fd, "dir", 0700), 0);
	assert_int_equal(io_replace_at(fd, "kept", "x", 1, 0600, 0), 0);
	assert_int_equal(symlinkat("../kept", fd, "dir/link"), 0);
	assert_int_equal(symlinkat("dir", fd, "dirlink"), 0);
	assert_int_equal(io_read_file_at(fd, "dir/link", 10, &read), -ELOOP);
	text_done(&read);
	assert_int_equal(io_remove_tree_at(fd, "dirlink"), 0);
	assert_int_equal(fstatat(fd, "dir", &st, 0), 0);
	assert_int_equal(io_remove_tree_at(fd, "dir"), 0);
	assert_int_equal(io_remove_tree_at(fd, "dir"), 0); /* gone is as good as removed */
	assert_int_equal(fstatat(fd, "kept", &st, 0), 0);
}

static void json_asks_without_ladders(void **state)
{
	static const char words[] = "{\"a\":{\"b\":[1,\"two\",true]},\"n\":42}";
	struct json *value = NULL;
	struct error err;

	(void)state;
	assert_int_equal(json_parse(words, strlen(words), "x", &value, &err), 0);
	assert_int_equal(json_get_number(value, "n", 0), 42);
	assert_int_equal(json_count(json_get(json_get(value, "a"), "b")), 3);
	assert_string_equal(json_as_text(json_at(json_get(json_get(value, "a"), "b"), 1)), "two");
	assert_null(json_get_text(json_get(json_get(value, "none"), "b"), "c"));
	assert_null(json_get_text(value, "n"));
	json_free(value);
}

static void broken_json_is_told_with_its_place(void **state)
{
	static const char *const texts[] = { "", "{", "{\"a\":}", "[1,]", "{} trailing", "nul" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct json *value = NULL;
		struct error err = { 0 };

		assert_int_equal(
			json_parse(texts[i], strlen(texts[i]), "f.json", &value, &err), -EINVAL);
		assert_non_null(strstr(err.text, "'f.json' is not valid JSON at byte "));
	}
}

static void invalid_utf8_never_reaches_json(void **state)
{
	struct json *object = json_new_object();

	(void)state;
	json_set_text(object, "k", "a\xff\xc0\xaf\xed\xa0\x80z\xc3\xa9");
	assert_string_equal(json_print(object, false),
		"{\"k\":"
		"\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz"
		"\xc3\xa9\"}");
	json_free(object);
}

static void a_command_tells_its_status_and_last_words(void **state)
{
	static const char *const argv[] = { "sh", "-c",
		"echo first; echo no such thing >&2; exit 3", NULL };
	struct text output = { 0 };
	struct error err = { 0 };
	struct spawn s = { .argv = argv, .output = &output };

	(void)state;
	assert_int_equal(spawn_run(&s, &err), 3);
	assert_string_equal(err.text, "'sh' failed with status 3: no such thing");
	text_done(&output);
}

static void a_command_that_hangs_is_killed_with_its_children(void **state)
{
	static const char *const argv[] = { "sh", "-c", "sleep 60 & wait", NULL };
	struct text output = { 0 };
	struct error err = { 0 };
	struct spawn s = { .argv = argv, .output = &output, .timeout_ms = 100 };

	(void)state;
	assert_int_equal(spawn_run(&s, &err), -ETIMEDOUT);
	text_done(&output);
}

static void a_missing_command_is_told_apart(void **state)
{
	static const char *const argv[] = { "rpod-no-such-program", NULL };
	struct error err = { 0 };
	struct spawn s = { .argv = argv };

	(void)state;
	assert_int_equal(spawn_run(&s, &err), -ENOENT);
	assert_string_equal(
		err.text, "cannot run 'rpod-no-such-program': No such file or directory");
}

static void a_command_gets_a_clean_environment_and_its_input(void **state)
{
	static const char *const argv[] = { "sh", "-c", "cat; echo $SECRET$LC_ALL", NULL };
	struct text output = { 0 };
	struct error err = { 0 };
	struct spawn s = { .argv = argv, .input = "in\n", .output = &output };

	(void)state;
	assert_int_equal(setenv("SECRET", "leaked", 1), 0);
	assert_int_equal(spawn_run(&s, &err), 0);
	assert_string_equal(text_get(&output), "in\nC.UTF-8\n");
	text_done(&output);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_names_object_cause_and_check),
		cmocka_unit_test(an_endless_context_is_cut_not_overrun),
		cmocka_unit_test_setup_teardown(a_replaced_file_is_whole_and_leaves_nothing_behind,
			in_directory, leave_directory),
		cmocka_unit_test_setup_teardown(
			a_file_over_the_limit_is_cut_and_told, in_directory, leave_directory),
		cmocka_unit_test_setup_teardown(a_link_is_not_followed_when_reading_or_removing,
			in_directory, leave_directory),
		cmocka_unit_test(json_asks_without_ladders),
		cmocka_unit_test(broken_json_is_told_with_its_place),
		cmocka_unit_test(invalid_utf8_never_reaches_json),
		cmocka_unit_test(a_command_tells_its_status_and_last_words),
		cmocka_unit_test(a_command_that_hangs_is_killed_with_its_children),
		cmocka_unit_test(a_missing_command_is_told_apart),
		cmocka_unit_test(a_command_gets_a_clean_environment_and_its_input),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
