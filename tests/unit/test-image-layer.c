/* SPDX-License-Identifier: Apache-2.0 */
#include "image-layer.h"

static void files_directories_and_links_are_made_as_the_tar_says(void **state)
{
	struct stat st, other;
	char target[16] = "";
	int r = UNPACK({ .type = '5', .name = "etc/", .mode = 0750, .mtime = 1000 },
		{ .type = '0', .name = "etc/conf", .data = "hi\n", .mode = 0640, .mtime = 2000 },
		{ .type = '1', .name = "etc/same", .target = "etc/conf" },
		{ .type = '2', .name = "etc/link", .target = "../../etc/shadow" },
		{ .type = '6', .name = "etc/pipe", .mode = 0622 });

	(void)state;
	assert_string_equal(err.text, "");
	assert_int_equal(r, 0);
	assert_int_equal(mode_of("etc"), S_IFDIR | 0750);
	assert_int_equal(mode_of("etc/conf"), S_IFREG | 0640);
	assert_int_equal(mode_of("etc/pipe"), S_IFIFO | 0622);
	assert_true(holds("etc/conf", "hi\n"));
	assert_int_equal(fstatat(root_fd, "etc/conf", &st, 0), 0);
	assert_int_equal(fstatat(root_fd, "etc/same", &other, 0), 0);
	assert_int_equal(st.st_ino, other.st_ino);
	assert_int_equal(st.st_mtime, 2000);
	assert_int_equal(fstatat(root_fd, "etc", &st, 0), 0);
	assert_int_equal(st.st_mtime, 1000);
	assert_int_equal(readlinkat(root_fd, "etc/link", target, sizeof(target)), 16);
}

static void setuid_bits_survive_the_change_of_owner(void **state)
{
	unsigned uid = many_ids ? 7 : 0, gid = many_ids ? 8 : 0;
	struct stat st;
	int r = UNPACK(
		{ .type = '0', .name = "su", .data = "x", .mode = 06755, .uid = uid, .gid = gid });

	(void)state;
	assert_int_equal(r, 0);
	assert_int_equal(fstatat(root_fd, "su", &st, 0), 0);
	assert_int_equal(st.st_mode, S_IFREG | 06755);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, gid);
}

static void an_id_outside_the_map_names_the_check(void **state)
{
	int r;

	(void)state;
	if (many_ids)
		r = UNPACK({ .type = '0', .name = "f", .pax = "uid=4294967295" });
	else
		r = UNPACK({ .type = '0', .name = "f", .uid = 7 });
	assert_int_equal(r, -EINVAL);
	assert_string_equal(err.see, "idmap.subuid");
	assert_non_null(strstr(err.text, "id map"));
}

static void missing_parents_are_made(void **state)
{
	int r = UNPACK({ .type = '0', .name = "a/b/c/d", .data = "x" });

	(void)state;
	assert_int_equal(r, 0);
	assert_int_equal(mode_of("a/b/c"), S_IFDIR | 0755);
	assert_true(holds("a/b/c/d", "x"));
}

static void names_that_lead_up_are_refused(void **state)
{
	static const char *const names[] = { "../x", "a/../../x", "a/..", "..", "./../x", "/../x" };
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		wrong += UNPACK({ .type = '0', .name = names[i], .data = "x" }) != -EINVAL ||
			 !strstr(err.text, "leads outside");
	assert_int_equal(wrong, 0);
	assert_true(nothing_outside());
}

static void an_absolute_name_is_meant_from_the_layers_root(void **state)
{
	int r = UNPACK({ .type = '0', .name = "/rpod-absolute", .data = "x" });

	(void)state;
	assert_int_equal(r, 0);
	assert_true(holds("rpod-absolute", "x"));
	assert_int_not_equal(access("/rpod-absolute", F_OK), 0);
}

static void a_link_as_parent_leads_nowhere_but_below_the_root(void **state)
{
	int r = UNPACK({ .type = '5', .name = "etc" },
		{ .type = '2', .name = "up", .target = "../../outside" },
		{ .type = '2', .name = "abs", .target = "/etc" },
		{ .type = '0', .name = "abs/one", .data = "x" });

	(void)state;
	assert_int_equal(r, 0);
	assert_true(holds("etc/one", "x"));
	r = UNPACK({ .type = '0', .name = "up/two", .data = "x" });
	assert_true(r < 0);
	assert_true(nothing_outside());
}

static void a_link_is_replaced_and_never_written_through(void **state)
{
	char victim[160];
	int r;

	(void)state;
	(void)snprintf(victim, sizeof(victim), "%s/outside", place);
	r = UNPACK({ .type = '2', .name = "f", .target = victim },
		{ .type = '0', .name = "f", .data = "x" },
		{ .type = '2', .name = "d", .target = victim },
		{ .type = '5', .name = "d", .mode = 0777 });
	assert_int_equal(r, 0);
	assert_int_equal(mode_of("f"), S_IFREG | 0644);
	assert_int_equal(mode_of("d"), S_IFDIR | 0777);
	assert_true(nothing_outside());
}

static void hard_links_do_not_lead_out(void **state)
{
	char victim[160];
	int r;

	(void)state;
	r = UNPACK({ .type = '1', .name = "x", .target = "../../etc/passwd" });
	assert_int_equal(r, -EINVAL);
	assert_non_null(strstr(err.text, "leads outside"));
	r = UNPACK({ .type = '1', .name = "x", .target = "/etc/passwd" });
	assert_int_equal(r, -ENOENT);
	(void)snprintf(victim, sizeof(victim), "%s", place);
	r = UNPACK({ .type = '2', .name = "out", .target = victim },
		{ .type = '1', .name = "x", .target = "out/outside" });
	assert_int_equal(r, -ENOENT);
	assert_int_equal(mode_of("x"), 0);
}

static void a_hard_link_to_a_link_links_the_link(void **state)
{
	int r = UNPACK({ .type = '2', .name = "l", .target = "/etc/passwd" },
		{ .type = '1', .name = "x", .target = "l" });

	(void)state;
	assert_int_equal(r, 0);
	assert_true(S_ISLNK(mode_of("x")));
	assert_int_equal(UNPACK({ .type = '0', .name = "x", .data = "mine" }), 0);
	assert_true(holds("x", "mine"));
}

static void a_hard_link_to_itself_is_refused(void **state)
{
	int r = UNPACK({ .type = '0', .name = "x", .data = "1" },
		{ .type = '1', .name = "x", .target = "./x" });

	(void)state;
	assert_int_equal(r, -EINVAL);
}

static void later_entries_replace_earlier_ones(void **state)
{
	int r = UNPACK({ .type = '0', .name = "x", .data = "one" },
		{ .type = '0', .name = "x", .data = "two" }, { .type = '5', .name = "d" },
		{ .type = '0', .name = "d/in", .data = "i" },
		{ .type = '0', .name = "d", .data = "file" }, { .type = '0', .name = "y" },
		{ .type = '5', .name = "y" }, { .type = '0', .name = "y/in", .data = "in" });

	(void)state;
	assert_int_equal(r, 0);
	assert_true(holds("x", "two"));
	assert_true(holds("d", "file"));
	assert_true(holds("y/in", "in"));
}

static void a_replaced_directory_is_not_written_into_any_more(void **state)
{
	int r = UNPACK({ .type = '5', .name = "a/b" },
		{ .type = '0', .name = "a/b/one", .data = "1" },
		{ .type = '0', .name = "a", .data = "f" },
		{ .type = '0', .name = "a/b/two", .data = "2" });

	(void)state;
	assert_true(r < 0);
	assert_int_equal(mode_of("a"), S_IFREG | 0644);
}

static void device_nodes_are_left_out_and_counted(void **state)
{
	int r = UNPACK({ .type = '3', .name = "dev/sda" }, { .type = '4', .name = "dev/sdb" },
		{ .type = '3', .name = "null" });

	(void)state;
	assert_int_equal(r, 0);
	assert_int_equal(report.devices, 3);
	assert_int_equal(mode_of("null"), 0);
}

static void names_too_long_are_refused(void **state)
{
	char name[6000] = "path=", deep[2000] = "path=";
	int r, s;

	(void)state;
	memset(name + 5, 'n', 300);
	r = UNPACK({ .type = '0', .name = "x", .pax = name });
	for (int i = 0; i < 400; i++)
		memcpy(deep + 5 + 2 * i, "d/", 2);
	s = UNPACK({ .type = '0', .name = "x", .pax = deep });
	assert_int_equal(r, -ENAMETOOLONG);
	assert_int_equal(s, -ENAMETOOLONG);
	for (int i = 0; i < 5000; i++)
		name[5 + i] = i % 200 ? 'n' : '/';
	assert_int_equal(UNPACK({ .type = '0', .name = "x", .pax = name }), -ENAMETOOLONG);
}

static void names_keep_their_bytes(void **state)
{
	int r = UNPACK({ .type = '0', .name = "x", .data = "nfd", .pax = "path=cafe\xcc\x81" },
		{ .type = '0', .name = "x", .data = "nfc", .pax = "path=caf\xc3\xa9" },
		{ .type = '0', .name = "latin\xe9", .data = "latin" });

	(void)state;
	assert_int_equal(r, 0);
	assert_true(holds("cafe\xcc\x81", "nfd"));
	assert_true(holds("caf\xc3\xa9", "nfc"));
	assert_true(holds("latin\xe9", "latin"));
}

static void more_bytes_or_entries_than_allowed_are_refused(void **state)
{
	struct text bytes = { 0 };
	int r, s = 0;

	(void)state;
	tar_add(&bytes, &(struct tar_line){ .type = '0', .name = "x", .data = "y" });
	tar_end(&bytes);
	r = unpack_bytes(&bytes, 1000);
	assert_non_null(strstr(err.text, "larger"));
	bytes.length = 0;
	for (int i = 0; i < 1001; i++)
		tar_add(&bytes, &(struct tar_line){ .type = '5', .name = "d" });
	tar_end(&bytes);
	s = unpack_bytes(&bytes, 1 << 24);
	text_done(&bytes);
	assert_int_equal(r, -EFBIG);
	assert_int_equal(s, -E2BIG);
}

static void what_is_no_tar_is_refused(void **state)
{
	struct text bytes = { 0 };
	int r;

	(void)state;
	for (int i = 0; i < 60; i++)
		text_add(&bytes, "this is no tar at all, but long enough to look for one in it");
	r = unpack_bytes(&bytes, 1 << 20);
	text_done(&bytes);
	assert_int_equal(r, -EBADMSG);
}

/* a/l leads to the root, so that a/l/a is the directory the name itself goes through */
static void a_name_is_looked_up_again_when_its_way_was_replaced(void **state)
{
	int r = UNPACK({ .type = '5', .name = "a" }, { .type = '2', .name = "a/l", .target = "/" },
		{ .type = '0', .name = "a/l/a", .data = "file" },
		{ .type = '0', .name = "a/l/g", .data = "x" });

	(void)state;
	assert_true(r < 0);
	assert_int_equal(mode_of("a"), S_IFREG | 0644);
	assert_int_equal(mode_of("g"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_directories_and_links_are_made_as_the_tar_says),
		TEST(setuid_bits_survive_the_change_of_owner),
		TEST(an_id_outside_the_map_names_the_check),
		TEST(missing_parents_are_made),
		TEST(names_that_lead_up_are_refused),
		TEST(an_absolute_name_is_meant_from_the_layers_root),
		TEST(a_link_as_parent_leads_nowhere_but_below_the_root),
		TEST(a_link_is_replaced_and_never_written_through),
		TEST(hard_links_do_not_lead_out),
		TEST(a_hard_link_to_a_link_links_the_link),
		TEST(a_hard_link_to_itself_is_refused),
		TEST(later_entries_replace_earlier_ones),
		TEST(a_replaced_directory_is_not_written_into_any_more),
		TEST(a_name_is_looked_up_again_when_its_way_was_replaced),
		TEST(device_nodes_are_left_out_and_counted),
		TEST(names_too_long_are_refused),
		TEST(names_keep_their_bytes),
		TEST(more_bytes_or_entries_than_allowed_are_refused),
		TEST(what_is_no_tar_is_refused),
	};

	if (become_root() < 0) {
		printf("skip layers: neither root nor a user namespace to be had\n");
		return 0;
	}
	return cmocka_run_group_tests_name("image-layer", tests, NULL, NULL);
}
