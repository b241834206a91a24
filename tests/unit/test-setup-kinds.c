/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of change, each looked at, made, looked at again and taken back on a small tree. */
#include "setup-place.h"

static void lingering_in_a_tree_is_a_file(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;

	plan_linger(&plan, "ann");
	res = go_through(&p->t, &plan, NULL);
	plan_done(&plan);
	assert_string_equal(res.err.text, "");
	assert_int_equal(res.look, LOOK_TODO);
	assert_int_equal(res.again, LOOK_DONE);
	assert_int_equal(res.undo, 0);
	assert_false(is_there("var"));
}

static void expect_grub(void)
{
	struct text now = { 0 };
	bool found;

	assert_int_equal(
		io_read_file_at(AT_FDCWD, "etc/default/grub.d/60-rpod.cfg", 4096, &now), 0);
	found = strstr(text_get(&now), "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX a.b=1\"\n") !=
		NULL;
	text_done(&now);
	assert_true(found);
}

/* Of a tree: what its loader makes of the file is not there yet. */
static void a_kernel_argument_is_a_drop_in_where_grub_reads_it(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;

	assert_int_equal(mkdir("etc/default", 0755), 0);
	put("etc/os-release", "ID=ubuntu\nVERSION_ID=20.04\n");
	put("etc/default/grub", "GRUB_CMDLINE_LINUX=\"\"\n");
	plan_kernel_arg(&plan, "a.b=1");
	res = go_through(&p->t, &plan, expect_grub);
	plan_done(&plan);
	assert_int_equal(res.look, LOOK_TODO);
	assert_int_equal(res.needs, 0);
	assert_int_equal(res.again, LOOK_DONE);
	assert_int_equal(res.undo, 0);
	assert_false(is_there("etc/default/grub.d"));
}

static void a_tree_whose_loader_was_told_has_to_be_told_again(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;

	assert_int_equal(mkdir("etc/default", 0755), 0);
	assert_int_equal(mkdir("boot", 0755), 0);
	assert_int_equal(mkdir("boot/grub", 0755), 0);
	put("boot/grub/grub.cfg", "menuentry x {}\n");
	put("etc/os-release", "ID=debian\nVERSION_ID=10\n");
	put("etc/default/grub", "GRUB_CMDLINE_LINUX=\"\"\n");
	plan_kernel_arg(&plan, "a.b=1");
	res = go_through(&p->t, &plan, NULL);
	plan_done(&plan);
	assert_int_equal(res.look, LOOK_TODO);
	assert_int_equal(res.needs, NEEDS_HINT);
	assert_int_equal(res.undo, 0);
}

static void what_only_a_tool_keeps_is_not_done_in_a_tree(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(
			mkdir(((const char *const[]){ "usr", "usr/sbin", "boot" })[i], 0755), 0);
	assert_int_equal(mkdir("boot/loader", 0755), 0);
	put("usr/sbin/grubby", "");
	put("etc/os-release", "ID=rhel\nVERSION_ID=8.10\n");
	plan_kernel_arg(&plan, "a.b=1");
	res = go_through(&p->t, &plan, NULL);
	plan_done(&plan);
	assert_int_equal(res.look, -EOPNOTSUPP);
	assert_non_null(strstr(res.err.text, "grubby --update-kernel=ALL --args=a.b=1"));
}

static void without_a_boot_loader_it_says_so(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;

	plan_kernel_arg(&plan, "a.b=1");
	res = go_through(&p->t, &plan, NULL);
	plan_done(&plan);
	assert_int_equal(res.look, -EOPNOTSUPP);
	assert_non_null(strstr(res.err.text, "a.b=1"));
}

static void a_range_taken_meanwhile_is_refused(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;

	put("etc/subuid", "bob:100000:65536\n");
	put("etc/subgid", "");
	plan_subid(&plan, "ann", 165535, 65536);
	res = go_through(&p->t, &plan, NULL);
	plan_done(&plan);
	assert_int_equal(res.look, -EAGAIN);
	assert_true(holds("etc/subuid", "bob:100000:65536\n"));
	assert_true(holds("etc/subgid", ""));
}

static void expect_ranges(void)
{
	assert_true(holds("etc/subuid", "ann:165536:65536\n"));
	assert_true(holds("etc/subgid", "bob:1:1\nann:165536:65536\n"));
}

static void a_range_goes_where_it_is_missing(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;

	put("etc/subuid", "ann:165536:65536\n");
	put("etc/subgid", "bob:1:1");
	plan_subid(&plan, "ann", 165536, 65536);
	res = go_through(&p->t, &plan, expect_ranges);
	plan_done(&plan);
	assert_int_equal(res.again, LOOK_DONE);
	assert_int_equal(res.undo, 0);
	assert_true(holds("etc/subuid", "ann:165536:65536\n"));
	assert_true(holds("etc/subgid", "bob:1:1"));
}

#define SUBS "etc/selinux/mls/contexts/files/file_contexts.subs"

static void a_label_in_a_tree_is_a_line_of_the_policy(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;

	assert_int_equal(target_mkdirs(&p->t, "/etc/selinux/mls/contexts/files", 0755), 0);
	put("etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=mls\n");
	plan_label(&plan, "/data/ann", "/home/ann");
	res = go_through(&p->t, &plan, NULL);
	plan_done(&plan);
	assert_int_equal(res.look, LOOK_TODO);
	assert_int_equal(res.again, LOOK_DONE);
	assert_int_equal(res.undo, 0);
	assert_false(is_there(SUBS));
	assert_false(is_there(".autorelabel"));
}

static void expect_label_in_tree(void)
{
	assert_true(holds(SUBS, "/data/ann /home/ann\n"));
	assert_true(holds(".autorelabel", ""));
}

static void a_tree_to_be_labelled_says_so_once(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;

	assert_int_equal(target_mkdirs(&p->t, "/etc/selinux/mls/contexts/files", 0755), 0);
	put("etc/selinux/config", "SELINUXTYPE = mls\n");
	plan_label(&plan, "/data/ann", "/home/ann");
	res = go_through(&p->t, &plan, expect_label_in_tree);
	plan_done(&plan);
	assert_int_equal(res.undo, 0);
	put(".autorelabel", "-F");
	plan_label(&plan, "/", "");
	res = go_through(&p->t, &plan, NULL);
	plan_done(&plan);
	assert_int_equal(res.look, LOOK_DONE);
	assert_true(holds(".autorelabel", "-F"));
}

static void what_somebody_made_like_another_is_not_made_otherwise(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res;

	assert_int_equal(target_mkdirs(&p->t, "/etc/selinux/mls/contexts/files", 0755), 0);
	put("etc/selinux/config", "SELINUXTYPE=mls\n");
	put(SUBS, "/data/bob /home/bob\n/data/ann /srv/ann\n");
	plan_label(&plan, "/data/ann", "/home/ann");
	res = go_through(&p->t, &plan, NULL);
	plan_done(&plan);
	assert_int_equal(res.look, -EEXIST);
	assert_non_null(strstr(res.err.text, "like '/srv/ann' already"));
}

static void a_tree_is_never_asked_to_do_live_things(void **state)
{
	struct place *p = *state;
	struct plan plan = { 0 };
	struct result res[4];

	plan_reload(&plan);
	res[0] = go_through(&p->t, &plan, NULL);
	plan_done(&plan);
	plan_delegate(&plan, "ann", "cpu");
	res[1] = go_through(&p->t, &plan, NULL);
	plan_done(&plan);
	plan_apparmor(&plan, "/etc/apparmor.d/rpod", true);
	res[2] = go_through(&p->t, &plan, NULL);
	plan_done(&plan);
	/* its first change is the file, the second the live value */
	plan_sysctl(&plan, "user.max_user_namespaces", 7);
	res[3].look = kind_sysctl.look(&p->t, &plan.changes[plan.count - 1], NULL, NULL);
	plan_done(&plan);
	for (size_t i = 0; i < ARRAY_SIZE(res); i++)
		assert_int_equal(res[i].look, LOOK_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lingering_in_a_tree_is_a_file),
		TEST(a_kernel_argument_is_a_drop_in_where_grub_reads_it),
		TEST(a_tree_whose_loader_was_told_has_to_be_told_again),
		TEST(what_only_a_tool_keeps_is_not_done_in_a_tree),
		TEST(without_a_boot_loader_it_says_so),
		TEST(a_range_taken_meanwhile_is_refused),
		TEST(a_range_goes_where_it_is_missing),
		TEST(a_label_in_a_tree_is_a_line_of_the_policy),
		TEST(a_tree_to_be_labelled_says_so_once),
		TEST(what_somebody_made_like_another_is_not_made_otherwise),
		TEST(a_tree_is_never_asked_to_do_live_things),
	};

	return cmocka_run_group_tests_name("setup-kinds", tests, NULL, NULL);
}
