/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of change that touches files of a tree, taken back: as it was left, edited, removed,
 * begun and never made. And what tools that were cut short leave behind. */
#include "setup/newuser.h"
#include "setup/skel.h"
#include "setup-place.h"

enum {
	ENTRIES = 4
};

/* "-" where there is no file; its mode is the first word else. */
static void read_state(const char *path, struct text *ret)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		text_add(ret, "-");
	else
		text_addf(ret, "%o ", (unsigned)st.st_mode);
	(void)!io_read_file_at(AT_FDCWD, path, 4096, ret);
}

static int fill(void)
{
	if (mkdir("etc", 0755) < 0 || mkdir("usr", 0755) < 0 || mkdir("etc/skel", 0755) < 0)
		return -1;
	put("etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n");
	put("etc/subuid", "bob:100000:65536\n");
	put("etc/subgid", "bob:100000:65536\n");
	put("etc/old", "old\n");
	put("usr/tool", "tool");
	return 0;
}

static int set_up_undo(void **state)
{
	return set_up_with(state, fill);
}

static void new_file(struct plan *plan)
{
	plan_file(plan, "/etc/a/new", 0644, "new\n");
}

static void old_file(struct plan *plan)
{
	plan_file(plan, "/etc/old", 0644, "new\n");
}

static void mode(struct plan *plan)
{
	plan_mode(plan, "/usr/tool", 0755);
}

static void sysctl(struct plan *plan)
{
	plan_sysctl(plan, "net.ipv4.ip_unprivileged_port_start", 80);
}

static void module(struct plan *plan)
{
	plan_module(plan, "fuse");
}

static void linger(struct plan *plan)
{
	plan_linger(plan, "ann");
}

static void subid(struct plan *plan)
{
	plan_subid(plan, "ann", 200000, 65536);
}

static const struct row {
	const char *name;
	void (*plan)(struct plan *plan);
	const char *path; /* what it touches */
	bool is_table;    /* lines of others may come and go around ours */
} rows[] = {
	{ "new file", new_file, "etc/a/new", false },
	{ "old file", old_file, "etc/old", false },
	{ "mode", mode, "usr/tool", false },
	{ "sysctl", sysctl, "etc/sysctl.d/60-rpod.conf", false },
	{ "module", module, "etc/modules-load.d/rpod.conf", false },
	{ "linger", linger, "var/lib/systemd/linger/ann", false },
	{ "subid", subid, "etc/subuid", true },
};

struct done {
	struct entry entries[ENTRIES];
	size_t count;
	int worst; /* the greatest enum undo, or the first error */
	struct error err;
};

/* Look at every change of the row and, unless it was only begun, make it. */
static bool make(struct place *p, const struct row *row, bool begun, struct done *ret)
{
	struct plan plan = { .check = "test.undo" };
	bool well = true;

	row->plan(&plan);
	for (size_t i = 0; well && i < plan.count && ret->count < ENTRIES; i++) {
		const struct change *c = &plan.changes[i];
		struct entry *entry = &ret->entries[ret->count];
		int r = entry_of(c, entry);

		if (r >= 0)
			r = kind_of(c->kind)->look(&p->t, c, entry, &ret->err);
		if (r == LOOK_TODO)
			ret->count++;
		else
			entry_done(entry);
		well = r >= 0;
		if (well && r == LOOK_TODO && !begun)
			well = kind_of(c->kind)->apply(&p->t, c, entry, &ret->err) == 0;
	}
	well = well && plan.count > 0 && ret->count > 0;
	plan_done(&plan);
	return well;
}

static void undo(struct place *p, struct done *d)
{
	for (size_t i = d->count; i-- > 0;) {
		const struct kind *kind = kind_of(d->entries[i].kind);
		int r = kind->undo ? kind->undo(&p->t, &d->entries[i], &d->err)
				   : entry_undo_effects(&d->entries[i], &p->t, &d->err);

		if (d->worst >= 0 && (r < 0 || r > d->worst))
			d->worst = r;
		entry_done(&d->entries[i]);
	}
}

/* What stands at the row's path before, after @between was called on it, and in the end. */
static void sweep(void **state, bool begun, void (*between)(const char *path),
	void (*judge)(const struct row *row, const struct done *d, const char *before,
		const char *between, const char *after))
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct text before = { 0 }, changed = { 0 }, after = { 0 };
		struct done d = { 0 };
		bool made;

		if (tear_down(state) != 0 || set_up_undo(state) != 0)
			fail_msg("no tree");
		read_state(rows[i].path, &before);
		made = make(*state, &rows[i], begun, &d);
		if (made && between)
			between(rows[i].path);
		read_state(rows[i].path, &changed);
		undo(*state, &d);
		read_state(rows[i].path, &after);
		if (made)
			judge(&rows[i], &d, text_get(&before), text_get(&changed),
				text_get(&after));
		else
			print_error("%s: was not made: %s\n", rows[i].name, d.err.text);
		text_done(&before);
		text_done(&changed);
		text_done(&after);
		assert_true(made);
	}
}

static void is_as_before(const struct row *row, const struct done *d, const char *before,
	const char *between, const char *after)
{
	if (d->worst != UNDO_ALL || strcmp(before, after) != 0)
		fail_msg("%s: %d %s: '%s', then '%s', then '%s'", row->name, d->worst, d->err.text,
			before, between, after);
}

static void what_is_as_the_run_left_it_goes_back(void **state)
{
	sweep(state, false, NULL, is_as_before);
}

static void what_was_begun_and_never_made_is_untouched(void **state)
{
	sweep(state, true, NULL, is_as_before);
}

static void edit(const char *path)
{
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	assert_true(fputs("# mine\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static void is_kept(const struct row *row, const struct done *d, const char *before,
	const char *between, const char *after)
{
	bool mine = strstr(after, "# mine") != NULL, same = strcmp(between, after) == 0;

	(void)before;
	/* a table's other lines stay, and ours goes; all else stays whole, and undo says so */
	if (d->worst < 0 || !mine || (!row->is_table && (!same || d->worst == UNDO_ALL)) ||
		(!row->is_table && !strstr(d->err.text, row->path)))
		fail_msg("%s: %d '%s': '%s' became '%s'", row->name, d->worst, d->err.text, between,
			after);
}

static void what_was_edited_since_stays_and_is_said(void **state)
{
	sweep(state, false, edit, is_kept);
}

static void take_away(const char *path)
{
	assert_int_equal(unlink(path), 0);
}

static void stays_away(const struct row *row, const struct done *d, const char *before,
	const char *between, const char *after)
{
	(void)before;
	if (d->worst < 0 || strcmp(after, "-") != 0)
		fail_msg("%s: %d %s: '%s' became '%s'", row->name, d->worst, d->err.text, between,
			after);
}

static void what_was_removed_since_stays_away(void **state)
{
	sweep(state, false, take_away, stays_away);
}

static void what_a_cut_userdel_left_goes(void **state)
{
	struct place *p = *state;
	struct error err = { 0 };

	put("etc/shadow", "root:*:1::::::\nbob:!:19000:0:99999:7:::\n");
	put("etc/gshadow", "root:*::\nbob:!::\n");
	put("etc/group", "root:x:0:\nbob:x:1001:\nbobby:x:1002:\n");
	assert_int_equal(newuser_forget(&p->t, "bob", "1001", &err), 0);
	assert_true(holds("etc/shadow", "root:*:1::::::\n"));
	assert_true(holds("etc/gshadow", "root:*::\n"));
	assert_true(holds("etc/group", "root:x:0:\nbobby:x:1002:\n"));
	assert_int_equal(newuser_forget(&p->t, "bob", "1001", &err), 0);
}

static void a_group_somebody_uses_is_not_left_over(void **state)
{
	struct place *p = *state;
	struct error err = { 0 };

	put("etc/gshadow", "bob:!::ann\n");
	put("etc/group", "bob:x:1001:ann\n");
	assert_int_equal(newuser_forget(&p->t, "bob", "1001", &err), 0);
	assert_true(holds("etc/gshadow", "bob:!::ann\n"));
	assert_true(holds("etc/group", "bob:x:1001:ann\n"));
	put("etc/group", "bob:x:2001:\n");
	assert_int_equal(newuser_forget(&p->t, "bob", "1001", &err), 0);
	assert_true(holds("etc/group", "bob:x:2001:\n"));
}

static void a_home_is_whole_or_begun_or_its_users(void **state)
{
	struct place *p = *state;
	uid_t uid = geteuid();
	gid_t gid = getegid();

	put("etc/skel/.profile", "umask 077\n");
	assert_int_equal(mkdir("home", 0755), 0);
	assert_int_equal(mkdir("home/b", 0700), 0);
	assert_true(skel_is_all(&p->t, "/home/b"));
	assert_false(skel_is_whole(&p->t, "/home/b", uid, gid));
	put("home/b/.profile", "umask"); /* a copy that was cut */
	assert_true(skel_is_all(&p->t, "/home/b"));
	assert_false(skel_is_whole(&p->t, "/home/b", uid, gid));
	put("home/b/.profile", "umask 077\n");
	assert_true(skel_is_whole(&p->t, "/home/b", uid, gid));
	assert_false(skel_is_whole(&p->t, "/home/b", uid + 1, gid));
	put("home/b/.profile", "umask 022\n");
	assert_false(skel_is_all(&p->t, "/home/b"));
	assert_int_equal(skel_remove(&p->t, "/home/b"), 1);
	put("home/b/.profile", "umask 077\n");
	assert_int_equal(mkdir("home/b/.rpod-probe-overlay-1", 0700), 0);
	assert_int_equal(skel_remove(&p->t, "/home/b"), 0);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_undo, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_as_the_run_left_it_goes_back),
		TEST(what_was_begun_and_never_made_is_untouched),
		TEST(what_was_edited_since_stays_and_is_said),
		TEST(what_was_removed_since_stays_away),
		TEST(what_a_cut_userdel_left_goes),
		TEST(a_group_somebody_uses_is_not_left_over),
		TEST(a_home_is_whole_or_begun_or_its_users),
	};

	return cmocka_run_group_tests_name("undo", tests, NULL, NULL);
}
