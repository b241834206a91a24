/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "runtime/engine/assemble.h"
#include "runtime/engine/container.h"
#include "runtime/engine/log.h"
#include "runtime/engine/resolve.h"
#include "runtime/engine/settings.h"
#include "runtime/engine/signals.h"

static char scratch[] = "/tmp/rpod-test-XXXXXX";

/* -- names ------------------------------------------------------------------------------------ */

static void a_name_is_a_file_name_and_no_path(void **state)
{
	static const struct {
		const char *name;
		bool valid;
	} rows[] = {
		{ "web", true },
		{ "a", true },
		{ "9lives", true },
		{ "a_b.c-d", true },
		{ "", false },
		{ ".", false },
		{ "..", false },
		{ "a/b", false },
		{ "-f", false },
		{ "_a", false },
		{ "a b", false },
		{ "a\n", false },
		{ "\xc3\xa4", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(name_is_valid(rows[i].name), rows[i].valid);
}

static void generated_names_are_valid_and_differ(void **state)
{
	char a[NAME_SIZE], b[NAME_SIZE];

	(void)state;
	name_generate("0123", 0, a);
	name_generate("0123", 1, b);
	assert_true(name_is_valid(a));
	assert_true(name_is_valid(b));
	assert_string_not_equal(a, b);
}

static void ids_are_64_digits_and_new_each_time(void **state)
{
	char a[ID_SIZE], b[ID_SIZE];
	int r = name_make_id(a), s = name_make_id(b);

	(void)state;
	assert_int_equal(r, 0);
	assert_int_equal(s, 0);
	assert_int_equal(strspn(a, "0123456789abcdef"), 64);
	assert_string_not_equal(a, b);
}

/* -- settings --------------------------------------------------------------------------------- */

static void settings_come_back_as_they_were_written(void **state)
{
	struct settings s, back;
	int fd = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC), w, r;

	(void)state;
	settings_init(&s);
	s.name = "box";
	s.memory = 1 << 20;
	s.memory_swap = -1;
	s.tty = true;
	assert_int_equal(text_list_add(&s.command, "a b\n=c"), 0);
	assert_int_equal(text_list_add(&s.command, ""), 0);
	w = settings_write(&s, fd);
	r = settings_read(&back, fd);
	(void)close(fd);
	assert_int_equal(w, 0);
	assert_int_equal(r, 0);
	assert_string_equal(back.name, "box");
	assert_null(back.user);
	assert_int_equal(back.memory, 1 << 20);
	assert_int_equal(back.memory_swap, -1);
	assert_int_equal(back.stop_timeout, 10);
	assert_true(back.tty);
	assert_false(back.init);
	assert_int_equal(back.command.count, 2);
	assert_string_equal(back.command.items[0], "a b\n=c");
	assert_string_equal(back.command.items[1], "");
	settings_done(&s);
	settings_done(&back);
}

static int parse(const char *bytes, size_t n, struct settings *ret)
{
	settings_init(ret);
	text_add_bytes(&ret->file, bytes, n);
	return settings_parse(ret);
}

static void a_file_that_is_none_of_ours_is_refused(void **state)
{
	struct settings s;
	int cut = parse("name=box", 8, &s), empty, word, number;

	(void)state;
	settings_done(&s);
	empty = parse("", 0, &s);
	settings_done(&s);
	word = parse("name\0", 5, &s);
	settings_done(&s);
	number = parse("memory=many\0", 12, &s);
	settings_done(&s);
	assert_int_equal(cut, -EINVAL);
	assert_int_equal(empty, -EINVAL);
	assert_int_equal(word, -EINVAL);
	assert_int_equal(number, -EINVAL);
}

static void a_key_of_a_later_version_is_passed_over(void **state)
{
	struct settings s;
	int r = parse("later=1\0name=box\0", 17, &s);

	(void)state;
	assert_int_equal(r, 0);
	assert_string_equal(s.name, "box");
	settings_done(&s);
}

static void assigning_replaces_a_variable_of_the_same_name(void **state)
{
	struct text_list env = { 0 };

	(void)state;
	assert_int_equal(settings_assign(&env, "A=1"), 0);
	assert_int_equal(settings_assign(&env, "AB=2"), 0);
	assert_int_equal(settings_assign(&env, "A=3"), 0);
	assert_int_equal(env.count, 2);
	assert_string_equal(settings_value(&env, "A"), "3");
	assert_string_equal(settings_value(&env, "AB"), "2");
	assert_null(settings_value(&env, "B"));
	text_list_done(&env);
}

/* -- signals ---------------------------------------------------------------------------------- */

static void signals_have_names_and_numbers(void **state)
{
	static const struct {
		const char *word;
		int number;
	} rows[] = {
		{ "TERM", SIGTERM },
		{ "SIGTERM", SIGTERM },
		{ "sigkill", SIGKILL },
		{ "9", 9 },
		{ "64", 64 },
		{ "0", -EINVAL },
		{ "65", -EINVAL },
		{ "", -EINVAL },
		{ "SIG", -EINVAL },
		{ "TERMS", -EINVAL },
		{ "-9", -EINVAL },
		{ "RTMAX+1", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(signals_parse(rows[i].word), rows[i].number);
	assert_int_equal(signals_parse("RTMIN+3"), SIGRTMIN + 3);
	assert_int_equal(signals_parse("SIGRTMAX-1"), SIGRTMAX - 1);
	assert_int_equal(signals_parse("RTMIN"), SIGRTMIN);
}

/* -- logs ------------------------------------------------------------------------------------- */

static void what_is_logged_is_whole_lines_and_parts(void **state)
{
	struct log log;
	struct text file = { 0 };
	struct log_line a = { 0 }, b = { 0 };
	const char *line;
	size_t at = 0, n;
	int fd = open(scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r, w, first, second;

	(void)state;
	r = log_open(&log, fd);
	w = log_write(&log, LOG_STDERR, "one\ntwo", 7);
	log_close(&log);
	assert_int_equal(io_read_file_at(fd, "log", 4096, &file), 0);
	(void)close(fd);
	line = text_line(file.data, file.length, &at, &n);
	first = log_parse(line, n, &a);
	line = text_line(file.data, file.length, &at, &n);
	second = log_parse(line, n, &b);
	assert_int_equal(r, 0);
	assert_int_equal(w, 0);
	assert_int_equal(first, 0);
	assert_int_equal(second, 0);
	assert_true(a.whole);
	assert_int_equal(a.stream, LOG_STDERR);
	assert_int_equal(a.length, 3);
	assert_memory_equal(a.text, "one", 3);
	assert_false(b.whole);
	assert_memory_equal(b.text, "two", 3);
	assert_null(text_line(file.data, file.length, &at, &n));
	text_done(&file);
}

static void times_are_read_with_zones_and_fractions(void **state)
{
	int64_t t = 0;

	(void)state;
	assert_int_equal(log_parse_time("1970-01-01T00:00:01.5Z", &t), 0);
	assert_int_equal(t, 1500000000);
	assert_int_equal(log_parse_time("1970-01-01T01:00:01+01:00", &t), 0);
	assert_int_equal(t, 1000000000);
	assert_int_equal(log_parse_time("12", &t), 0);
	assert_int_equal(t, 12000000000);
	assert_int_equal(log_parse_time("", &t), -EINVAL);
	assert_int_equal(log_parse_time("2026-13-01T00:00:00Z", &t), -EINVAL);
	assert_int_equal(log_parse_time("2026-01-01", &t), -EINVAL);
	assert_int_equal(log_parse_time("2026-01-01T00:00:00X", &t), -EINVAL);
}

static void the_image_fills_what_the_user_left_unsaid(void **state)
{
	struct image image = { .config = { .user = (char *)"bob", .working_dir = (char *)"/srv" } };
	struct container container = { .id = "0123456789abcdef", .name = "box" };
	struct settings s;
	int r;

	(void)state;
	settings_init(&s);
	s.workdir = "/mine";
	assert_int_equal(text_list_add(&image.config.entrypoint, "run"), 0);
	assert_int_equal(text_list_add(&image.config.cmd, "default"), 0);
	assert_int_equal(text_list_add(&image.config.env, "A=image"), 0);
	assert_int_equal(text_list_add(&image.config.env, "B=image"), 0);
	assert_int_equal(text_list_add(&s.env, "B=mine"), 0);
	r = resolve(&s, &image, &container, NULL);
	assert_int_equal(r, 0);
	assert_string_equal(s.user, "bob");
	assert_string_equal(s.workdir, "/mine");
	assert_int_equal(s.command.count, 2);
	assert_string_equal(s.command.items[1], "default");
	assert_string_equal(settings_value(&s.env, "A"), "image");
	assert_string_equal(settings_value(&s.env, "B"), "mine");
	assert_string_equal(settings_value(&s.env, "HOSTNAME"), "0123456789ab");
	settings_done(&s);
	text_list_done(&image.config.entrypoint);
	text_list_done(&image.config.cmd);
	text_list_done(&image.config.env);
}

static void nothing_to_run_is_an_error(void **state)
{
	struct container container = { .id = "0123", .name = "box" };
	struct error err = { 0 };
	struct settings s;
	int r;

	(void)state;
	settings_init(&s);
	s.rootfs = "/";
	r = resolve(&s, NULL, &container, &err);
	settings_done(&s);
	assert_int_equal(r, -EINVAL);
}

/* -- the register ----------------------------------------------------------------------------- */

static int open_place(struct place *ret)
{
	char path[128];

	*ret = (struct place){ 0 };
	(void)text_copy(ret->store.path, sizeof(ret->store.path), scratch);
	(void)snprintf(ret->run, sizeof(ret->run), "%s/run", scratch);
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "containers", "names", "run" };
		int *const fds[] = { &ret->containers_fd, &ret->names_fd, &ret->run_fd };

		(void)snprintf(path, sizeof(path), "%s/%s", scratch, names[i]);
		(void)mkdir(path, 0700);
		*fds[i] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (*fds[i] < 0)
			return -errno;
	}
	return 0;
}

static void a_name_belongs_to_one_container(void **state)
{
	struct container a, b, found;
	struct error err = { 0 };
	struct place place;
	int first, second, by_name, by_part, none;

	(void)state;
	assert_int_equal(open_place(&place), 0);
	first = container_create(&a, &place, "one", &err);
	second = container_create(&b, &place, "one", &err);
	by_name = container_open(&found, &place, "one", NULL);
	assert_string_equal(found.id, a.id);
	container_close(&found);
	by_part = container_open(
		&found, &place, (char[]){ a.id[0], a.id[1], a.id[2], a.id[3], 0 }, NULL);
	assert_string_equal(found.name, "one");
	container_close(&found);
	none = container_open(&found, &place, "two", NULL);
	container_close(&a);
	place_close(&place);
	assert_int_equal(first, 0);
	assert_int_equal(second, -EEXIST);
	assert_non_null(strstr(err.text, "already in use"));
	assert_int_equal(by_name, 0);
	assert_int_equal(by_part, 0);
	assert_int_equal(none, -ENOENT);
}

static void a_name_of_a_lost_container_can_be_claimed(void **state)
{
	struct container c = { 0 };
	struct place place;
	int r;

	(void)state;
	assert_int_equal(open_place(&place), 0);
	assert_int_equal(symlinkat("ffff", place.names_fd, "stale"), 0);
	r = container_create(&c, &place, "stale", NULL);
	if (r == 0)
		container_close(&c);
	place_close(&place);
	assert_int_equal(r, 0);
}

static void a_container_is_created_then_lost_or_exited(void **state)
{
	struct container c;
	struct state created, lost, exited;
	struct place place;

	(void)state;
	assert_int_equal(open_place(&place), 0);
	assert_int_equal(container_create(&c, &place, NULL, NULL), 0);
	state_read(&c, 0, &created);
	state_read(&c, 5, &lost);
	assert_int_equal(state_write_exit(&c, 3, 5, 7), 0);
	state_read(&c, 5, &exited);
	container_close(&c);
	place_close(&place);
	assert_int_equal(created.kind, STATE_CREATED);
	assert_int_equal(lost.kind, STATE_EXITED);
	assert_true(lost.lost);
	assert_int_equal(exited.kind, STATE_EXITED);
	assert_int_equal(exited.exit_status, 3);
	assert_int_equal(exited.finished, 7);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(scratch) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return io_remove_tree_at(AT_FDCWD, scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_a_file_name_and_no_path),
		cmocka_unit_test(generated_names_are_valid_and_differ),
		cmocka_unit_test(ids_are_64_digits_and_new_each_time),
		cmocka_unit_test(settings_come_back_as_they_were_written),
		cmocka_unit_test(a_file_that_is_none_of_ours_is_refused),
		cmocka_unit_test(a_key_of_a_later_version_is_passed_over),
		cmocka_unit_test(assigning_replaces_a_variable_of_the_same_name),
		cmocka_unit_test(signals_have_names_and_numbers),
		cmocka_unit_test(what_is_logged_is_whole_lines_and_parts),
		cmocka_unit_test(times_are_read_with_zones_and_fractions),
		cmocka_unit_test(the_image_fills_what_the_user_left_unsaid),
		cmocka_unit_test(nothing_to_run_is_an_error),
		cmocka_unit_test(a_name_belongs_to_one_container),
		cmocka_unit_test(a_name_of_a_lost_container_can_be_claimed),
		cmocka_unit_test(a_container_is_created_then_lost_or_exited),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
