/* SPDX-License-Identifier: Apache-2.0 */
/* What is written before a change is what takes it back: entries through the journal's file. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/io.h"
#include "base/sha256.h"
#include "setup/entry.h"
#include "setup/journal.h"
#include "setup/journal-text.h"
#include "setup/lock.h"
#include "setup/table.h"
#include "setup/target.h"

struct place {
	char top[64];
	struct target t;
};

static char none[] = "";

static void put(const char *path, const char *content, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, content, n), 0);
	assert_int_equal(close(fd), 0);
}

/* Put the right sum into a journal's text. */
static void seal(struct text *t)
{
	static const char key[] = "\"sha256\": \"";
	char *at = strstr(t->data, key) + sizeof(key) - 1, sum[SHA256_HEX + 1];

	memset(at, '0', SHA256_HEX);
	sha256_hex(t->data, t->length, sum);
	memcpy(at, sum, SHA256_HEX);
}

static void expect(const char *path, const char *content, size_t n)
{
	struct text now = { 0 };
	bool same;
	int r = io_read_file_at(AT_FDCWD, path, 4096, &now);

	same = now.length == n && memcmp(text_get(&now), content, n) == 0;
	text_done(&now);
	assert_int_equal(r, 0);
	assert_true(same);
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	*state = p;
	(void)snprintf(p->top, sizeof(p->top), "/tmp/rpod-journal.XXXXXX");
	if (!mkdtemp(p->top) || chdir(p->top) < 0 || mkdir("etc", 0755) < 0)
		return -1;
	return target_open(p->top, false, &p->t, NULL);
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

/* A run that writes @after to @path, journaled; and the journal as another process would read it. */
static int run_once(
	struct target *t, const char *path, const char *after, size_t n, struct journal *ret)
{
	struct change change = {
		.check = "test.file", .kind = CHANGE_FILE, .path = none, .name = none, .text = none
	};
	struct journal journal = { 0 };
	struct entry entry = { 0 };
	char run[64] = "";
	int r = entry_of(&change, &entry);

	if (r >= 0)
		r = entry_add_file(&entry, t, path, after, n);
	if (r >= 0)
		r = journal_new(t, "rpod-setup test", &journal);
	if (r >= 0)
		r = journal_begin(&journal, &entry, NULL);
	if (r >= 0)
		r = entry_write_files(&journal.entries[0], t, 0644, NULL);
	if (r >= 0) {
		journal.entries[0].state = ENTRY_DONE;
		r = journal_save(&journal, NULL);
	}
	(void)text_copy(run, sizeof(run), journal.run);
	entry_done(&entry);
	journal_done(&journal);
	return r < 0 ? r : journal_load(t, run, ret, NULL);
}

static void undo_restores_the_bytes_that_stood_there(void **state)
{
	static const char before[] = "caf\xe9\n\0\xff\n"; /* no UTF-8, and a NUL */
	struct place *p = *state;
	struct journal journal = { 0 };
	int r, undone;

	put("etc/f", before, sizeof(before) - 1);
	r = run_once(&p->t, "/etc/f", "new\n", 4, &journal);
	expect("etc/f", "new\n", 4);
	undone = r < 0 ? r : entry_undo_effects(&journal.entries[0], &p->t, NULL);
	journal_done(&journal);
	assert_int_equal(r, 0);
	assert_int_equal(undone, 0);
	expect("etc/f", before, sizeof(before) - 1);
}

static void undo_removes_what_was_not_there_with_its_directories(void **state)
{
	struct place *p = *state;
	struct journal journal = { 0 };
	int r = run_once(&p->t, "/etc/a/b/f", "new\n", 4, &journal);
	int undone = r < 0 ? r : entry_undo_effects(&journal.entries[0], &p->t, NULL);

	journal_done(&journal);
	assert_int_equal(undone, 0);
	assert_int_equal(access("etc/a", F_OK), -1);
	assert_int_equal(access("etc", F_OK), 0);
}

static void undo_leaves_what_somebody_changed_since(void **state)
{
	struct place *p = *state;
	struct journal journal = { 0 };
	struct error why = { 0 };
	int r = run_once(&p->t, "/etc/f", "new\n", 4, &journal);
	int undone;

	put("etc/f", "edited\n", 7);
	undone = r < 0 ? r : entry_undo_effects(&journal.entries[0], &p->t, &why);
	journal_done(&journal);
	assert_int_equal(undone, UNDO_LEFT);
	assert_non_null(strstr(why.text, "/etc/f"));
	expect("etc/f", "edited\n", 7);
}

static void undo_leaves_a_directory_somebody_uses(void **state)
{
	struct place *p = *state;
	struct journal journal = { 0 };
	int r = run_once(&p->t, "/etc/a/f", "new\n", 4, &journal);
	int undone;

	put("etc/a/theirs", "x", 1);
	undone = r < 0 ? r : entry_undo_effects(&journal.entries[0], &p->t, NULL);
	journal_done(&journal);
	assert_int_equal(undone, UNDO_PARTLY);
	assert_int_equal(access("etc/a/f", F_OK), -1);
	expect("etc/a/theirs", "x", 1);
}

static void undo_after_a_crash_before_the_write_changes_nothing(void **state)
{
	struct place *p = *state;
	struct change change = {
		.check = "test.file", .kind = CHANGE_FILE, .path = none, .name = none, .text = none
	};
	struct entry entry = { 0 };
	int r, undone;

	put("etc/f", "old\n", 4);
	r = entry_of(&change, &entry);
	if (r >= 0)
		r = entry_add_file(&entry, &p->t, "/etc/f", "new\n", 4);
	undone = r < 0 ? r : entry_undo_effects(&entry, &p->t, NULL);
	entry_done(&entry);
	assert_int_equal(undone, 0);
	expect("etc/f", "old\n", 4);
}

static void the_same_content_is_nothing_to_do(void **state)
{
	struct place *p = *state;
	struct entry entry = { 0 };
	size_t effects;
	int r;

	put("etc/f", "same\n", 5);
	r = entry_add_file(&entry, &p->t, "/etc/f", "same\n", 5);
	effects = entry.effect_count;
	entry_done(&entry);
	assert_int_equal(r, 1);
	assert_int_equal(effects, 0);
}

static void runs_sort_by_time_and_names_are_no_paths(void **state)
{
	struct place *p = *state;
	struct journal first = { 0 }, second = { 0 }, bad = { 0 };
	struct text_list runs = { 0 };
	bool sorted = false;
	int r = run_once(&p->t, "/etc/f", "1\n", 2, &first), escaped;

	if (r >= 0)
		r = run_once(&p->t, "/etc/f", "2\n", 2, &second);
	if (r >= 0)
		r = journal_list(&p->t, &runs, NULL);
	if (r >= 0 && runs.count == 2)
		sorted = strcmp(runs.items[0], first.run) == 0 &&
			 strcmp(runs.items[1], second.run) == 0;
	escaped = journal_load(&p->t, "../../../etc/passwd", &bad, NULL);
	text_list_done(&runs);
	journal_done(&first);
	journal_done(&second);
	assert_int_equal(r, 0);
	assert_true(sorted);
	assert_int_equal(escaped, -EINVAL);
}

/* Load what a file says that some run left, as @bytes. */
static int load_bytes(struct target *t, const char *bytes, size_t n, char *ret_why, size_t size)
{
	struct journal journal = { 0 };
	struct error why = { 0 };
	int r;

	put("var/lib/rpod/setup/x.json", bytes, n);
	r = journal_load(t, "x", &journal, &why);
	(void)text_copy(ret_why, size, why.text);
	journal_done(&journal);
	return r;
}

static void a_journal_of_another_kind_is_an_error_with_its_name(void **state)
{
	static const struct {
		const char *content, *words;
	} rows[] = {
		{ "", "no JSON" },
		{ "{\"schema\":", "no JSON" },
		{ "\x7f"
		  "ELF",
			"no JSON" },
		{ "[]", "another kind" },
		{ "{\"schema\":\"other\"}", "another kind" },
		{ "{\"schema\":\"rpod-setup-journal/1\",\"entries\":[]}", "another kind" },
		{ "{\"schema\":\"rpod-setup-journal/2\"}", "checksum" },
		{ "{\"schema\":\"rpod-setup-journal/2\",\"sha256\":\"00\"}", "checksum" },
	};
	struct place *p = *state;

	assert_int_equal(target_mkdirs(&p->t, TARGET_STATE, 0700), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char why[976];
		int r = load_bytes(
			&p->t, rows[i].content, strlen(rows[i].content), why, sizeof(why));

		assert_int_equal(r, -EINVAL);
		assert_non_null(strstr(why, "/var/lib/rpod/setup/x.json"));
		assert_non_null(strstr(why, rows[i].words));
	}
}

/* The text of a good journal named x. */
static int good_journal(struct target *t, struct text *ret)
{
	struct journal journal = { 0 };
	int r = run_once(t, "/etc/f", "new\n", 4, &journal);

	(void)text_copy(journal.run, sizeof(journal.run), "x");
	if (r >= 0)
		r = journal_print(&journal, ret);
	journal_done(&journal);
	return r;
}

static void a_journal_with_any_byte_changed_or_missing_is_refused(void **state)
{
	struct place *p = *state;
	struct text good = { 0 };
	char why[976];
	int r = good_journal(&p->t, &good);
	int whole = r < 0 ? r : load_bytes(&p->t, good.data, good.length, why, sizeof(why));
	size_t believed = 0;

	for (size_t i = 0; r >= 0 && i < good.length; i++) {
		good.data[i] ^= 1;
		believed += load_bytes(&p->t, good.data, good.length, why, sizeof(why)) != -EINVAL;
		good.data[i] ^= 1;
		believed += load_bytes(&p->t, good.data, i, why, sizeof(why)) != -EINVAL;
	}
	text_done(&good);
	assert_int_equal(r, 0);
	assert_int_equal(whole, 0);
	assert_int_equal(believed, 0);
}

static void a_copy_of_a_journal_is_no_run(void **state)
{
	struct place *p = *state;
	struct journal journal = { 0 };
	struct text good = { 0 };
	struct error why = { 0 };
	int r = good_journal(&p->t, &good);

	if (r >= 0)
		put("var/lib/rpod/setup/y.json", good.data, good.length);
	text_done(&good);
	assert_int_equal(r, 0);
	r = journal_load(&p->t, "y", &journal, &why);
	journal_done(&journal);
	assert_int_equal(r, -EINVAL);
	assert_non_null(strstr(why.text, "y.json"));
}

/* A checksum says that nothing was damaged, not that the writer meant well: an image may come from
 * anybody. Every row replaces words of a good journal, under a sum that is right. */
static void what_no_run_would_write_is_refused(void **state)
{
	static const struct {
		const char *from, *to;
	} rows[] = {
		{ "/etc/f", "etc/f" },
		{ "/etc/f", "/etc/../../f" },
		{ "/etc/f", "/etc/.." },
		{ "/etc/f", "/etc/f/" },
		{ "\"what\": \"file\"", "\"what\": \"disk\"" },
		{ "\"what\": \"file\"", "\"what\": \"line\"" },
		{ "\"kind\": \"file\"", "\"kind\": \"format\"" },
		{ "\"state\": \"done\"", "\"state\": 7" },
		{ "\"after\": \"new\\n\"", "\"after_hex\": \"6z\"" },
		{ "\"check\": \"test.file\"", "\"check\": {}" },
		{ "\"entries\"", "\"entrances\"" },
	};
	struct place *p = *state;
	struct text good = { 0 };
	int r = good_journal(&p->t, &good);

	for (size_t i = 0; r >= 0 && i < sizeof(rows) / sizeof(*rows); i++) {
		const char *at = strstr(good.data, rows[i].from);
		struct text bad = { 0 };
		char why[976] = "";

		assert_non_null(at);
		text_add_bytes(&bad, good.data, (size_t)(at - good.data));
		text_add(&bad, rows[i].to);
		/* a line has a text: without it any empty line would be one of ours */
		text_add(&bad, strstr(rows[i].to, "line") ? ", \"path\": \"/etc/f\" } ] } ] }"
							  : at + strlen(rows[i].from));
		seal(&bad);
		r = load_bytes(&p->t, bad.data, bad.length, why, sizeof(why));
		text_done(&bad);
		if (r != -EINVAL || !strstr(why, "no run of this program"))
			fail_msg("row %zu: %d %s", i, r, why);
		r = 0;
	}
	text_done(&good);
	assert_int_equal(r, 0);
}

/* Add a line to etc/table, then take it out again. */
static void add_and_remove(struct target *t, const char *wanted, size_t n, const char *since)
{
	struct entry entry = { 0 };
	struct error why = { 0 };
	int r = table_note(&entry, t, "/etc/table", "new:1:2", &why);
	int added = r < 0 ? r : table_add_all(&entry, t, &why);
	int removed;

	if (wanted)
		expect("etc/table", wanted, n);
	if (since)
		put("etc/table", since, strlen(since));
	removed = entry_undo_effects(&entry, t, &why);
	entry_done(&entry);
	assert_string_equal(why.text, "");
	assert_int_equal(added, 0);
	assert_int_equal(removed, 0);
}

static void a_line_goes_after_a_missing_newline_and_out_again(void **state)
{
	struct place *p = *state;

	put("etc/table", "old:1:2", 7);
	add_and_remove(&p->t, "old:1:2\nnew:1:2\n", 16, NULL);
	expect("etc/table", "old:1:2", 7);
}

static void a_table_that_was_not_there_goes_with_its_line(void **state)
{
	struct place *p = *state;

	add_and_remove(&p->t, "new:1:2\n", 8, NULL);
	assert_int_equal(access("etc/table", F_OK), -1);
}

static void lines_added_since_stay(void **state)
{
	struct place *p = *state;

	put("etc/table", "old:1:2", 7);
	add_and_remove(&p->t, NULL, 0, "old:1:2\nnew:1:2\nlater:1:2\n");
	expect("etc/table", "old:1:2\nlater:1:2\n", 18);
}

static void a_stale_lock_of_shadow_is_named(void **state)
{
	struct place *p = *state;
	struct entry entry = { 0 };
	struct error why = { 0 };
	int r, added;

	put("etc/subuid.lock", "99999\n", 6); /* a newline: shadow never breaks such a one */
	put("etc/table", "old\n", 4);
	r = table_note(&entry, &p->t, "/etc/table", "new", &why);
	added = r < 0 ? r : table_add_all(&entry, &p->t, &why);
	entry_done(&entry);
	assert_int_equal(added, -EBUSY);
	assert_non_null(strstr(why.text, "/etc/subuid.lock"));
	expect("etc/table", "old\n", 4);
	/* and the locks that were taken before it are gone again */
	assert_int_equal(access("etc/passwd.lock", F_OK), -1);
}

static void a_held_lock_of_shadow_is_75(void **state)
{
	struct place *p = *state;
	struct error why = { 0 };
	char pid[24];
	int r;

	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	put("etc/passwd.lock", pid, strlen(pid) + 1);
	r = account_lock_check(&p->t, &why);
	assert_int_equal(r, -EBUSY);
	assert_int_equal(why.exit_status, EXIT_BUSY);
	assert_non_null(strstr(why.text, pid));
}

static void a_second_run_finds_the_lock_held(void **state)
{
	struct place *p = *state;
	struct error why = { 0 };
	char pid[24];
	int first = lock_take(&p->t, 0, &why), second = lock_take(&p->t, 0, &why), third;

	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	(void)close(first);
	third = lock_take(&p->t, 0, NULL);
	(void)close(third);
	assert_true(first >= 0);
	assert_int_equal(second, -EBUSY);
	assert_int_equal(why.exit_status, EXIT_BUSY);
	assert_non_null(strstr(why.text, pid));
	assert_true(third >= 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(undo_restores_the_bytes_that_stood_there),
		TEST(undo_removes_what_was_not_there_with_its_directories),
		TEST(undo_leaves_what_somebody_changed_since),
		TEST(undo_leaves_a_directory_somebody_uses),
		TEST(undo_after_a_crash_before_the_write_changes_nothing),
		TEST(the_same_content_is_nothing_to_do),
		TEST(runs_sort_by_time_and_names_are_no_paths),
		TEST(a_journal_of_another_kind_is_an_error_with_its_name),
		TEST(a_journal_with_any_byte_changed_or_missing_is_refused),
		TEST(a_copy_of_a_journal_is_no_run),
		TEST(what_no_run_would_write_is_refused),
		TEST(a_line_goes_after_a_missing_newline_and_out_again),
		TEST(a_table_that_was_not_there_goes_with_its_line),
		TEST(lines_added_since_stay),
		TEST(a_stale_lock_of_shadow_is_named),
		TEST(a_held_lock_of_shadow_is_75),
		TEST(a_second_run_finds_the_lock_held),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
