/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of files and directories: looked at, made, looked at again, taken back on a tree. */
#include <sys/xattr.h>

#include "setup-place.h"

static void expect_users_file(void)
{
	struct stat st;

	assert_int_equal(stat("home/ann/.config/x/f", &st), 0);
	assert_int_equal(st.st_uid, UID);
	assert_int_equal(st.st_gid, GID);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat("home/ann/.config", &st), 0);
	assert_int_equal(st.st_uid, UID);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void a_users_file_is_the_users(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;

	if (geteuid() != 0)
		skip();
	plan_user_file(&plan, "ann", "/home/ann/.config/x/f", 0600, "mine\n");
	res = go_through(&p->t, &plan, expect_users_file);
	plan_done(&plan);
	assert_string_equal(res.err.text, "");
	assert_int_equal(res.look, LOOK_TODO);
	assert_int_equal(res.apply, 0);
	assert_int_equal(res.again, LOOK_DONE);
	assert_int_equal(res.undo, 0);
	assert_false(is_there("home/ann/.config"));
}

/* Root could write there; the user could not, so nothing is written. */
static void a_link_in_a_home_leads_nowhere(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;

	if (geteuid() != 0)
		skip();
	assert_int_equal(symlink("../../etc", "home/ann/.config"), 0);
	plan_user_file(&plan, "ann", "/home/ann/.config/x/f", 0600, "mine\n");
	res = go_through(&p->t, &plan, NULL);
	plan_done(&plan);
	assert_int_equal(res.look, -ELOOP);
	assert_false(is_there("etc/x"));
}

/* The directory became a link after it was looked at: the child finds it. */
static void a_link_put_there_meanwhile_leads_nowhere(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct entry entry = { 0 };
	struct error err = { 0 };
	int looked, applied;

	if (geteuid() != 0)
		skip();
	plan_user_file(&plan, "ann", "/home/ann/.config/f", 0600, "mine\n");
	assert_int_equal(entry_of(&plan.changes[0], &entry), 0);
	looked = kind_user_file.look(&p->t, &plan.changes[0], &entry, &err);
	assert_int_equal(symlink("../../etc", "home/ann/.config"), 0);
	applied = kind_user_file.apply(&p->t, &plan.changes[0], &entry, &err);
	entry_done(&entry);
	plan_done(&plan);
	assert_int_equal(looked, LOOK_TODO);
	assert_int_equal(applied, -ELOOP);
	assert_false(is_there("etc/f"));
}

static void what_is_not_the_users_to_write_is_not_written(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;

	if (geteuid() != 0)
		skip();
	plan_user_file(&plan, "ann", "/etc/f", 0600, "mine\n");
	res = go_through(&p->t, &plan, NULL);
	plan_done(&plan);
	assert_int_equal(res.look, -EPERM);
	assert_false(is_there("etc/f"));
}

static void edit_it(void)
{
	put("etc/d/f", "edited\n");
}

static void a_file_edited_since_is_left(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;

	plan_file(&plan, "/etc/d/f", 0644, "ours\n");
	res = go_through(&p->t, &plan, edit_it);
	plan_done(&plan);
	assert_int_equal(res.undo, 1);
	assert_true(holds("etc/d/f", "edited\n"));
}

static void a_mode_is_set_and_taken_back(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct stat st = { 0 };
	struct result res;

	put("etc/tool", "x");
	plan_mode(&plan, "/etc/tool", 04755);
	res = go_through(&p->t, &plan, NULL);
	plan_done(&plan);
	assert_int_equal(res.again, LOOK_DONE);
	assert_int_equal(res.undo, 0);
	assert_int_equal(stat("etc/tool", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

static void expect_users_directory(void)
{
	struct stat st;

	assert_int_equal(stat("srv/c/ann", &st), 0);
	assert_int_equal(st.st_uid, UID);
	assert_int_equal(st.st_gid, GID);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat("srv/c", &st), 0);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(st.st_mode & 07777, 0755);
}

static void a_directory_is_made_for_its_user(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;

	if (geteuid() != 0)
		skip();
	plan_directory(&plan, "ann", "/srv/c/ann", 0700);
	res = go_through(&p->t, &plan, expect_users_directory);
	assert_string_equal(res.err.text, "");
	assert_int_equal(res.look, LOOK_TODO);
	assert_int_equal(res.apply, 0);
	assert_int_equal(res.again, LOOK_DONE);
	assert_int_equal(res.undo, 0);
	assert_false(is_there("srv"));
	/* one that is there is never given away */
	assert_int_equal(target_mkdirs(&p->t, "/srv/c/ann", 0755), 0);
	res = go_through(&p->t, &plan, NULL);
	assert_int_equal(res.look, -EPERM);
	assert_non_null(strstr(res.err.text, "chown ann: /srv/c/ann"));
	/* nor is one made where others could put a link */
	assert_int_equal(rmdir("srv/c/ann"), 0);
	assert_int_equal(chmod("srv/c", 0777), 0);
	res = go_through(&p->t, &plan, NULL);
	plan_done(&plan);
	assert_int_equal(res.apply, -EPERM);
	assert_false(is_there("srv/c/ann"));
}

static int capability(char ret[64])
{
	return (int)getxattr("etc/tool", "security.capability", ret, 64);
}

static void label_it_otherwise(void)
{
	/* cap_chown=p of revision 2, little endian */
	static const char other[20] = { 0, 0, 0, 2, 1 };

	assert_int_equal(setxattr("etc/tool", "security.capability", other, sizeof(other), 0), 0);
}

static void take_it_away(void)
{
	assert_int_equal(removexattr("etc/tool", "security.capability"), 0);
}

static void a_capability_is_given_and_taken_back(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;
	char now[64];

	put("etc/tool", "#!\n");
	if (setxattr("etc/tool", "user.note", "kept", 4, 0) < 0 || geteuid() != 0)
		skip();
	plan_caps(&plan, "/etc/tool", 1u << 7, "cap_setuid");
	res = go_through(&p->t, &plan, NULL);
	assert_int_equal(res.look, LOOK_TODO);
	assert_int_equal(res.apply, 0);
	assert_int_equal(res.again, LOOK_DONE);
	assert_int_equal(res.undo, UNDO_ALL);
	assert_int_equal(capability(now), -1);
	assert_int_equal(getxattr("etc/tool", "user.note", now, sizeof(now)), 4);
	res = go_through(&p->t, &plan, label_it_otherwise);
	assert_int_equal(res.undo, UNDO_LEFT);
	assert_string_equal(res.err.text, "'/etc/tool' stays: its capability was changed since");
	take_it_away();
	res = go_through(&p->t, &plan, take_it_away); /* as if it had never been given */
	assert_int_equal(res.undo, UNDO_ALL);
	plan_done(&plan);
}

static void what_others_may_write_gets_no_capability(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct entry entry = { 0 };
	struct error err = { 0 };
	char now[64];
	int looked, applied;

	put("etc/tool", "#!\n");
	if (setxattr("etc/tool", "user.note", "kept", 4, 0) < 0 || geteuid() != 0)
		skip();
	plan_caps(&plan, "/etc/tool", 1u << 7, "cap_setuid");
	assert_int_equal(entry_of(&plan.changes[0], &entry), 0);
	looked = kind_caps.look(&p->t, &plan.changes[0], &entry, &err);
	assert_int_equal(chown("etc/tool", 54321, 54321), 0); /* another, put there meanwhile */
	applied = kind_caps.apply(&p->t, &plan.changes[0], &entry, &err);
	assert_int_equal(chown("etc/tool", 0, 0) | link("etc/tool", "etc/other"), 0);
	assert_int_equal(kind_caps.apply(&p->t, &plan.changes[0], &entry, &err), -EMLINK);
	entry_done(&entry);
	plan_done(&plan);
	assert_int_equal(looked, LOOK_TODO);
	assert_int_equal(applied, -EPERM);
	assert_int_equal(capability(now), -1);
}

static void a_capability_that_stood_there_comes_back(void **state)
{
	/* cap_chown=p of revision 2, little endian */
	static const char before[20] = { 0, 0, 0, 2, 1 };
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;
	char now[64];

	put("etc/tool", "#!\n");
	if (setxattr("etc/tool", "security.capability", before, sizeof(before), 0) < 0)
		skip();
	plan_caps(&plan, "/etc/tool", 1u << 7, "cap_setuid");
	res = go_through(&p->t, &plan, NULL);
	plan_done(&plan);
	assert_int_equal(res.look, LOOK_TODO);
	assert_int_equal(res.again, LOOK_DONE);
	assert_int_equal(res.undo, UNDO_ALL);
	assert_int_equal(capability(now), sizeof(before));
	assert_memory_equal(now, before, sizeof(before));
}

static void use_the_directory(void)
{
	put("etc/new/theirs", "not ours\n");
}

static void a_directory_others_use_stays_and_undo_says_so(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;

	plan_file(&plan, "/etc/new/ours", 0644, "ours\n");
	res = go_through(&p->t, &plan, use_the_directory);
	plan_done(&plan);
	assert_int_equal(res.apply, 0);
	assert_int_equal(res.undo, UNDO_PARTLY);
	assert_string_equal(res.err.text, "'/etc/new' stays: it is not empty");
	assert_false(is_there("etc/new/ours"));
	assert_true(is_there("etc/new/theirs"));
}

static void change_our_file(void)
{
	put("etc/new/ours", "changed\n");
}

static void a_changed_file_is_the_reason_not_its_directory(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;

	plan_file(&plan, "/etc/new/ours", 0644, "ours\n");
	res = go_through(&p->t, &plan, change_our_file);
	plan_done(&plan);
	assert_int_equal(res.undo, UNDO_LEFT);
	assert_string_equal(res.err.text, "'/etc/new/ours' stays: it was changed since");
	assert_true(holds("etc/new/ours", "changed\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_directory_others_use_stays_and_undo_says_so),
		TEST(a_changed_file_is_the_reason_not_its_directory),
		TEST(a_users_file_is_the_users),
		TEST(a_link_in_a_home_leads_nowhere),
		TEST(a_link_put_there_meanwhile_leads_nowhere),
		TEST(what_is_not_the_users_to_write_is_not_written),
		TEST(a_file_edited_since_is_left),
		TEST(a_mode_is_set_and_taken_back),
		TEST(a_capability_is_given_and_taken_back),
		TEST(a_capability_that_stood_there_comes_back),
		TEST(what_others_may_write_gets_no_capability),
		TEST(a_directory_is_made_for_its_user),
	};

	return cmocka_run_group_tests_name("setup-files", tests, NULL, NULL);
}
