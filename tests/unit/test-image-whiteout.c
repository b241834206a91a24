/* SPDX-License-Identifier: Apache-2.0 */
#include "image-layer.h"

static void whiteouts_become_what_overlay_knows(void **state)
{
	int r = UNPACK({ .type = '5', .name = "d", .mode = 0755 },
		{ .type = '0', .name = "d/.wh.gone" }, { .type = '0', .name = "d/.wh..wh..opq" },
		{ .type = '0', .name = ".wh..wh.aufs" },
		{ .type = '0', .name = ".wh..wh.plnk/1.2" });

	(void)state;
	assert_int_equal(r, 0);
	assert_true(is_whiteout("d/gone"));
	assert_true(is_opaque("d"));
	assert_int_equal(mode_of(".wh..wh.aufs"), 0);
	assert_int_equal(mode_of(".wh..wh.plnk"), 0);
}

static void whiteouts_that_name_no_file_are_refused(void **state)
{
	static const char *const names[] = { ".wh.", ".wh..", ".wh...", "d/.wh..", "d/.wh...",
		".wh.a/b" };
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		wrong += UNPACK({ .type = '0', .name = names[i] }) != -EINVAL ||
			 !strstr(err.text, "whiteout");
	assert_int_equal(wrong, 0);
	assert_true(nothing_outside());
}

static void a_whiteout_speaks_of_lower_layers_only(void **state)
{
	int r = UNPACK({ .type = '0', .name = "f", .data = "f" }, { .type = '0', .name = ".wh.f" },
		{ .type = '0', .name = ".wh.g" }, { .type = '0', .name = "g", .data = "g" });

	(void)state;
	assert_int_equal(r, 0);
	assert_true(holds("f", "f"));
	assert_true(holds("g", "g"));
}

static void a_directory_where_a_whiteout_stood_hides_the_lower_one(void **state)
{
	int r = UNPACK({ .type = '0', .name = ".wh.a" }, { .type = '5', .name = "a", .mode = 0700 },
		{ .type = '0', .name = ".wh.b" }, { .type = '0', .name = "b/c/f", .data = "x" },
		{ .type = '5', .name = "c" }, { .type = '0', .name = ".wh.c" });

	(void)state;
	assert_int_equal(r, 0);
	assert_true(is_opaque("a"));
	assert_true(is_opaque("b"));
	assert_true(is_opaque("c"));
	assert_true(holds("b/c/f", "x"));
}

static void the_root_itself_takes_mode_and_mark(void **state)
{
	int r = UNPACK({ .type = '5', .name = "./", .mode = 0711 },
		{ .type = '0', .name = ".wh..wh..opq" });

	(void)state;
	assert_int_equal(r, 0);
	assert_int_equal(mode_of("."), S_IFDIR | 0711);
	assert_true(is_opaque("."));
	assert_int_equal(UNPACK({ .type = '2', .name = ".", .target = "/" }), -EINVAL);
}

static void attributes_that_steer_overlay_are_left_out(void **state)
{
	char path[200], value[8] = "";
	int r = UNPACK(
		{ .type = '5', .name = "d", .pax = "SCHILY.xattr.user.overlay.redirect=/etc" },
		{ .type = '0', .name = "f", .pax = "SCHILY.xattr.trusted.x=1" },
		{ .type = '0', .name = "g", .pax = "SCHILY.xattr.user.note=kept" });

	(void)state;
	assert_int_equal(r, 0);
	assert_int_equal(report.attributes, 2);
	(void)snprintf(path, sizeof(path), "%s/root/d", place);
	assert_int_equal(listxattr(path, NULL, 0), 0);
	(void)snprintf(path, sizeof(path), "%s/root/g", place);
	assert_int_equal(getxattr(path, "user.note", value, sizeof(value)), 4);
	assert_memory_equal(value, "kept", 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(whiteouts_become_what_overlay_knows),
		TEST(whiteouts_that_name_no_file_are_refused),
		TEST(a_whiteout_speaks_of_lower_layers_only),
		TEST(a_directory_where_a_whiteout_stood_hides_the_lower_one),
		TEST(the_root_itself_takes_mode_and_mark),
		TEST(attributes_that_steer_overlay_are_left_out),
	};

	if (become_root() < 0) {
		printf("skip whiteouts: neither root nor a user namespace to be had\n");
		return 0;
	}
	return cmocka_run_group_tests_name("image-whiteout", tests, NULL, NULL);
}
