/* SPDX-License-Identifier: Apache-2.0 */
#include <locale.h>

#include "image-layout.h"
#include "runtime/image/image.h"

static struct error err;
static struct store store;
static struct image image;

static int make(void **state)
{
	err = (struct error){ 0 };
	image = (struct image){ 0 };
	if (place_make(state) < 0 || layout_make() < 0)
		return -1;
	return store_open(&store, place, NULL, &err);
}

static int remove_all(void **state)
{
	image_done(&image);
	return place_remove(state);
}

/* An image of @n layers, lowest first, each with one entry. */
static int open_stack(const struct tar_line *lines, size_t n)
{
	struct text ids = { 0 }, layers = { 0 }, config = { 0 }, manifest = { 0 };
	char reference[200];

	for (size_t i = 0; i < n; i++) {
		struct digest diff_id = { "" };
		struct text tar = { 0 };

		tar_add(&tar, &lines[i]);
		tar_end(&tar);
		if (digest_of(&diff_id, tar.data, tar.length, &err) < 0)
			abort();
		text_addf(&ids, "%s\"sha256:%s\"", i ? "," : "", diff_id.hex);
		text_addf(&layers, "%s%s", i ? "," : "",
			layout_blob(tar.data, tar.length, TYPE_OCI "layer.v1.tar", ""));
		text_done(&tar);
	}
	text_addf(&config,
		"{\"os\":\"linux\",\"architecture\":\"%s\",\"rootfs\":{\"diff_ids\":[%s]}}",
		platform_here()->architecture, text_get(&ids));
	text_addf(&manifest, "{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}",
		layout_blob(config.data, config.length, TYPE_OCI "config.v1+json", ""),
		text_get(&layers));
	(void)layout_index(
		layout_blob(manifest.data, manifest.length, TYPE_OCI "manifest.v1+json", ""));
	text_done(&ids);
	text_done(&layers);
	text_done(&config);
	text_done(&manifest);
	(void)snprintf(reference, sizeof(reference), "oci:%s", layout);
	return image_open(&image, &store, reference, -1, &err);
}

static bool has_file(size_t layer, const char *name)
{
	char path[4400];

	if (layer >= image.layers.count)
		return false;
	(void)snprintf(path, sizeof(path), "%s/%s", image.layers.items[layer], name);
	return access(path, F_OK) == 0;
}

static void layers_stand_lowest_first(void **state)
{
	const struct tar_line lines[] = { { .type = '0', .name = "a" },
		{ .type = '0', .name = "b" }, { .type = '0', .name = "c" },
		{ .type = '0', .name = "d" }, { .type = '0', .name = "e" },
		{ .type = '0', .name = "f" } };
	int r = open_stack(lines, ARRAY_SIZE(lines));

	(void)state;
	assert_string_equal(err.text, "");
	assert_int_equal(r, 0);
	assert_int_equal(image.layers.count, 6);
	assert_true(has_file(0, "a"));
	assert_true(has_file(5, "f"));
}

static void a_layer_that_comes_twice_stands_where_it_came_last(void **state)
{
	const struct tar_line lines[] = { { .type = '0', .name = "a" },
		{ .type = '0', .name = ".wh.a" }, { .type = '0', .name = "a" } };
	int r = open_stack(lines, ARRAY_SIZE(lines));

	(void)state;
	assert_int_equal(r, 0);
	assert_int_equal(image.layers.count, 2);
	assert_true(has_file(1, "a"));
}

static void below_an_opaque_root_nothing_is_stacked(void **state)
{
	const struct tar_line lines[] = { { .type = '0', .name = "a" },
		{ .type = '0', .name = ".wh..wh..opq" }, { .type = '0', .name = "b" } };
	int r = open_stack(lines, ARRAY_SIZE(lines));

	(void)state;
	assert_int_equal(r, 0);
	assert_int_equal(image.layers.count, 2);
	assert_false(has_file(0, "a"));
	assert_true(has_file(1, "b"));
}

static void one_bad_layer_of_many_is_an_error_and_the_others_stay(void **state)
{
	const struct tar_line lines[] = { { .type = '0', .name = "a" },
		{ .type = '0', .name = "../b" }, { .type = '0', .name = "c" },
		{ .type = '0', .name = "d" } };
	int r = open_stack(lines, ARRAY_SIZE(lines));

	(void)state;
	assert_true(r < 0);
	assert_non_null(strstr(err.text, "leads outside"));
	assert_int_equal(image.layers.count, 0);
}

static void what_is_left_out_is_said_once(void **state)
{
	const struct tar_line lines[] = { { .type = '3', .name = "null" },
		{ .type = '3', .name = "zero" },
		{ .type = '0', .name = "f", .pax = "SCHILY.xattr.trusted.x=1" } };
	int r = open_stack(lines, ARRAY_SIZE(lines));

	(void)state;
	assert_int_equal(r, 0);
	assert_string_equal(
		image.warning, "left out of the image: 2 device nodes and 1 extended attribute");
	image_done(&image);
	assert_int_equal(open_stack(lines, ARRAY_SIZE(lines)), 0);
	assert_string_equal(image.warning, "");
}

/* In a UTF-8 locale libarchive would make one name of these two. */
static void names_keep_their_bytes_in_any_locale(void **state)
{
	const struct tar_line lines[] = {
		{ .type = '0', .name = "x", .pax = "path=cafe\xcc\x81" },
		{ .type = '0', .name = "x", .pax = "path=caf\xc3\xa9" },
	};
	int r;

	(void)state;
	(void)setlocale(LC_ALL, "C.UTF-8");
	r = open_stack(lines, ARRAY_SIZE(lines));
	(void)setlocale(LC_ALL, "C");
	assert_int_equal(r, 0);
	assert_true(has_file(0, "cafe\xcc\x81"));
	assert_true(has_file(1, "caf\xc3\xa9"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, remove_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(layers_stand_lowest_first),
		TEST(a_layer_that_comes_twice_stands_where_it_came_last),
		TEST(below_an_opaque_root_nothing_is_stacked),
		TEST(one_bad_layer_of_many_is_an_error_and_the_others_stay),
		TEST(what_is_left_out_is_said_once),
		TEST(names_keep_their_bytes_in_any_locale),
	};

	if (become_root() < 0) {
		printf("skip image stacks: neither root nor a user namespace to be had\n");
		return 0;
	}
	return cmocka_run_group_tests_name("image-stack", tests, NULL, NULL);
}
