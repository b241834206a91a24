/* SPDX-License-Identifier: Apache-2.0 */
/* A user whose making was cut short: what is missing of him is found, and only that is made. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "checks/plan.h"
#include "setup/account.h"
#include "setup/entry.h"
#include "setup/newuser.h"
#include "setup/target.h"
#include "tree.h"

enum {
	UID = 54321,
	GID = 54322
};

struct completion {
	int before, made, after;
	size_t effects;
};

static struct completion complete(const struct tree *tree)
{
	static const struct account ann = { "ann", UID, GID, "/home/ann" };
	struct change change = { .kind = CHANGE_USER, .name = (char[]){ "ann" } };
	struct entry entry = { 0 }, second = { 0 };
	struct completion c = { .before = -ENOMEM };
	struct target t;

	if (target_open(tree->path, false, &t, NULL) < 0 || entry_of(&change, &entry) < 0 ||
		entry_of(&change, &second) < 0)
		return c;
	c.before = newuser_note_missing(&t, &ann, &entry, NULL);
	c.effects = entry.effect_count;
	(void)!entry_note(&entry.path, "%s", ann.home);
	c.made = newuser_complete(&t, &entry, NULL);
	c.after = newuser_note_missing(&t, &ann, &second, NULL);
	entry_done(&entry);
	entry_done(&second);
	target_close(&t);
	return c;
}

static bool holds(const struct tree *t, const char *path, const char *content)
{
	struct text now = { 0 };
	char full[512];
	bool same;

	tree_path(t, path, full);
	same = io_read_file_at(AT_FDCWD, full, 4096, &now) == 0 &&
	       strcmp(text_get(&now), content) == 0;
	text_done(&now);
	return same;
}

static void make_half(struct tree *t)
{
	tree_make(t);
	tree_file(t, "/etc/passwd",
		"root:x:0:0::/root:/bin/sh\nann:x:54321:54322::/home/ann:/bin/sh\n");
	tree_file(t, "/etc/group", "root:x:0:\n");
	tree_file(t, "/etc/gshadow", "root:*::\nann:!::\n");
	tree_file(t, "/etc/shadow", "root:*:1:0:99999:7:::\n");
	tree_file(t, "/etc/skel/.profile", "umask 077\n");
}

static void half_a_user_gets_what_is_missing(void **state)
{
	struct completion c;
	struct stat st = { 0 };
	struct tree t;
	char home[512];
	bool group, gshadow, profile;

	(void)state;
	if (geteuid() != 0)
		skip();
	make_half(&t);
	c = complete(&t);
	group = holds(&t, "/etc/group", "root:x:0:\nann:x:54322:\n");
	gshadow = holds(&t, "/etc/gshadow", "root:*::\nann:!::\n");
	profile = holds(&t, "/home/ann/.profile", "umask 077\n");
	tree_path(&t, "/home/ann", home);
	(void)stat(home, &st);
	tree_done(&t);
	assert_int_equal(c.before, 0);
	assert_int_equal(c.made, 0);
	assert_int_equal(c.after, 1);
	assert_true(group && gshadow && profile);
	assert_int_equal(st.st_uid, UID);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void a_home_made_but_not_given_is_given(void **state)
{
	struct completion c;
	struct stat st = { 0 };
	struct tree t;
	char home[512];

	(void)state;
	if (geteuid() != 0)
		skip();
	make_half(&t);
	tree_file(&t, "/home/ann/.profile", "umask 077\n"); /* root's, 0755, not all of skel */
	c = complete(&t);
	tree_path(&t, "/home/ann", home);
	(void)stat(home, &st);
	tree_done(&t);
	assert_int_equal(c.made, 0);
	assert_int_equal(c.after, 1);
	assert_int_equal(st.st_uid, UID);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void a_home_with_files_of_its_user_is_left(void **state)
{
	struct completion c;
	struct tree t;
	bool kept;

	(void)state;
	if (geteuid() != 0)
		skip();
	make_half(&t);
	tree_file(&t, "/etc/group", "root:x:0:\nann:x:54322:\n");
	tree_file(&t, "/etc/shadow", "ann:!:1:0:99999:7:::\n");
	tree_file(&t, "/home/ann/mine", "mine\n");
	c = complete(&t);
	kept = holds(&t, "/home/ann/mine", "mine\n");
	tree_done(&t);
	assert_int_equal(c.before, 1);
	assert_int_equal(c.effects, 0);
	assert_true(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(half_a_user_gets_what_is_missing),
		cmocka_unit_test(a_home_made_but_not_given_is_given),
		cmocka_unit_test(a_home_with_files_of_its_user_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
