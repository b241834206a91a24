/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of change, each looked at, made, looked at again and taken back on a small tree. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/io.h"
#include "checks/plan.h"
#include "host/root.h"
#include "setup/entry.h"
#include "setup/kind.h"
#include "setup/target.h"

enum {
	UID = 54321,
	GID = 54322
};

struct place {
	char top[64];
	struct target t;
	struct root root;
};

static void put(const char *path, const char *content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, content, strlen(content)), 0);
	assert_int_equal(close(fd), 0);
}

static bool holds(const char *path, const char *content)
{
	struct text now = { 0 };
	bool same = io_read_file_at(AT_FDCWD, path, 4096, &now) == 0 &&
		    strcmp(text_get(&now), content) == 0;

	text_done(&now);
	return same;
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static int set_up(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	*state = p;
	(void)snprintf(p->top, sizeof(p->top), "/tmp/rpod-kinds.XXXXXX");
	if (!mkdtemp(p->top) || chmod(p->top, 0755) < 0 || chdir(p->top) < 0)
		return -1;
	if (mkdir("etc", 0755) < 0 || mkdir("home", 0755) < 0 || mkdir("home/ann", 0700) < 0)
		return -1;
	if (geteuid() == 0 && chown("home/ann", UID, GID) < 0)
		return -1;
	put("etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:54321:54322::/home/ann:/bin/sh\n");
	if (root_open(p->top, &p->root, NULL) < 0 || target_open(p->top, false, &p->t, NULL) < 0)
		return -1;
	p->t.root = &p->root;
	return 0;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	int r;

	target_close(&p->t);
	root_close(&p->root);
	(void)!chdir("/");
	r = io_remove_tree_at(AT_FDCWD, p->top);
	free(p);
	return r;
}

struct result {
	int look, apply, again, undo;
	unsigned needs;
	struct error err;
};

/* What setup does with one change of a plan; @between is called before it is taken back. */
static struct result go_through(struct target *t, const struct plan *plan, void (*between)(void))
{
	const struct change *c = &plan->changes[0];
	const struct kind *kind = kind_of(c->kind);
	struct entry entry = { 0 }, second = { 0 };
	struct result res = { .look = -ENOMEM };

	if (plan->count == 0 || entry_of(c, &entry) < 0)
		return res;
	res.look = kind->look(t, c, &entry, &res.err);
	if (res.look == LOOK_TODO)
		res.apply = kind->apply(t, c, &entry, &res.err);
	res.needs = entry.needs;
	if (res.look >= 0 && res.apply == 0 && entry_of(c, &second) == 0)
		res.again = kind->look(t, c, &second, &res.err);
	if (between)
		between();
	if (res.look == LOOK_TODO)
		res.undo = kind->undo ? kind->undo(t, &entry, &res.err)
				      : entry_undo_effects(&entry, t, &res.err);
	entry_done(&entry);
	entry_done(&second);
	return res;
}

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

static int capability(char ret[64])
{
	return (int)getxattr("etc/tool", "security.capability", ret, 64);
}

static void label_it_otherwise(void)
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
	plan_done(&plan);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
		TEST(a_directory_is_made_for_its_user),
		TEST(a_tree_is_never_asked_to_do_live_things),
	};

	return cmocka_run_group_tests_name("setup-kinds", tests, NULL, NULL);
}
