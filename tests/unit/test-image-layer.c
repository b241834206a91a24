/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "image-root.h"
#include "image-tar.h"
#include "runtime/image/layer.h"

static struct layer_report report;
static struct error err;
static int root_fd = -1;

/* place/root is the layer's root; place/outside is what must not change. */
static int make_root(void **state)
{
	char path[160];

	err = (struct error){ 0 };
	report = (struct layer_report){ 0 };
	(void)umask(0);
	if (place_make(state) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/outside", place);
	if (mkdir(path, 0700) < 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/root", place);
	if (mkdir(path, 0755) < 0)
		return -1;
	root_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return root_fd < 0 ? -1 : 0;
}

static int remove_root(void **state)
{
	(void)close(root_fd);
	return place_remove(state);
}

static int unpack_bytes(const struct text *bytes, uint64_t limit)
{
	const struct tar_source source = { .fd = -1, .data = bytes->data, .size = bytes->length,
		.packed_limit = bytes->length, .unpacked_limit = limit };
	const struct layer_limits limits = { .entries = 1000 };
	struct tar_sums sums;
	struct tar *tar = NULL;
	int r;

	r = tar_open(&tar, &source, &err);
	if (r >= 0)
		r = layer_unpack(root_fd, tar, &limits, &report, &err);
	if (r >= 0)
		r = tar_finish(tar, &sums, &err);
	tar_close(tar);
	return r;
}

static int unpack(const struct tar_line *lines, size_t n)
{
	struct text bytes = { 0 };
	int r;

	for (size_t i = 0; i < n; i++)
		tar_add(&bytes, &lines[i]);
	tar_end(&bytes);
	r = unpack_bytes(&bytes, 1 << 20);
	text_done(&bytes);
	return r;
}
#define UNPACK(...) \
	unpack((const struct tar_line[]){ __VA_ARGS__ }, \
		ARRAY_SIZE(((const struct tar_line[]){ __VA_ARGS__ })))

static mode_t mode_of(const char *path)
{
	struct stat st;

	return fstatat(root_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : st.st_mode;
}

static bool holds(const char *path, const char *wanted)
{
	struct text text = { 0 };
	bool same = io_read_file_at(root_fd, path, 4096, &text) == 0 &&
		strcmp(text_get(&text), wanted) == 0;

	text_done(&text);
	return same;
}

static bool is_opaque(const char *path)
{
	char full[300], value[4] = "";

	(void)snprintf(full, sizeof(full), "%s/root/%s", place, path);
	return lgetxattr(full, "user.overlay.opaque", value, sizeof(value)) == 1 &&
		value[0] == 'y';
}

static bool is_whiteout(const char *path)
{
	struct stat st;

	return fstatat(root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(st.st_mode) &&
		st.st_rdev == makedev(0, 0);
}

static int entries_of(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		(void)closedir(dir);
	return n - 2;
}

/* Nothing was made, changed or removed beside the root. */
static bool nothing_outside(void)
{
	char path[160];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/outside", place);
	return entries_of(place) == 2 && entries_of(path) == 0 && stat(path, &st) == 0 &&
		(st.st_mode & 07777) == 0700;
}

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
	int r = UNPACK({ .type = '0', .name = "su", .data = "x", .mode = 06755, .uid = uid,
		.gid = gid });

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
	int r = UNPACK({ .type = '5', .name = "etc" }, { .type = '2', .name = "up", .target = "../../outside" },
		{ .type = '2', .name = "abs", .target = "/etc" }, { .type = '0', .name = "abs/one", .data = "x" });

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
	r = UNPACK({ .type = '2', .name = "f", .target = victim }, { .type = '0', .name = "f", .data = "x" },
		{ .type = '2', .name = "d", .target = victim }, { .type = '5', .name = "d", .mode = 0777 });
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
	r = UNPACK({ .type = '2', .name = "out", .target = victim }, { .type = '1', .name = "x", .target = "out/outside" });
	assert_int_equal(r, -ENOENT);
	assert_int_equal(mode_of("x"), 0);
}

static void a_hard_link_to_a_link_links_the_link(void **state)
{
	int r = UNPACK({ .type = '2', .name = "l", .target = "/etc/passwd" }, { .type = '1', .name = "x", .target = "l" });

	(void)state;
	assert_int_equal(r, 0);
	assert_true(S_ISLNK(mode_of("x")));
	assert_int_equal(UNPACK({ .type = '0', .name = "x", .data = "mine" }), 0);
	assert_true(holds("x", "mine"));
}

static void a_hard_link_to_itself_is_refused(void **state)
{
	int r = UNPACK({ .type = '0', .name = "x", .data = "1" }, { .type = '1', .name = "x", .target = "./x" });

	(void)state;
	assert_int_equal(r, -EINVAL);
}

static void later_entries_replace_earlier_ones(void **state)
{
	int r = UNPACK({ .type = '0', .name = "x", .data = "one" }, { .type = '0', .name = "x", .data = "two" }, { .type = '5', .name = "d" },
		{ .type = '0', .name = "d/in", .data = "i" }, { .type = '0', .name = "d", .data = "file" }, { .type = '0', .name = "y" },
		{ .type = '5', .name = "y" }, { .type = '0', .name = "y/in", .data = "in" });

	(void)state;
	assert_int_equal(r, 0);
	assert_true(holds("x", "two"));
	assert_true(holds("d", "file"));
	assert_true(holds("y/in", "in"));
}

static void a_replaced_directory_is_not_written_into_any_more(void **state)
{
	int r = UNPACK({ .type = '5', .name = "a/b" }, { .type = '0', .name = "a/b/one", .data = "1" }, { .type = '0', .name = "a", .data = "f" },
		{ .type = '0', .name = "a/b/two", .data = "2" });

	(void)state;
	assert_true(r < 0);
	assert_int_equal(mode_of("a"), S_IFREG | 0644);
}

static void whiteouts_become_what_overlay_knows(void **state)
{
	int r = UNPACK({ .type = '5', .name = "d", .mode = 0755 }, { .type = '0', .name = "d/.wh.gone" },
		{ .type = '0', .name = "d/.wh..wh..opq" }, { .type = '0', .name = ".wh..wh.aufs" }, { .type = '0', .name = ".wh..wh.plnk/1.2" });

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
		wrong += UNPACK({ .type = '0', .name = names[i] }) != -EINVAL || !strstr(err.text, "whiteout");
	assert_int_equal(wrong, 0);
	assert_true(nothing_outside());
}

static void a_whiteout_speaks_of_lower_layers_only(void **state)
{
	int r = UNPACK({ .type = '0', .name = "f", .data = "f" }, { .type = '0', .name = ".wh.f" }, { .type = '0', .name = ".wh.g" },
		{ .type = '0', .name = "g", .data = "g" });

	(void)state;
	assert_int_equal(r, 0);
	assert_true(holds("f", "f"));
	assert_true(holds("g", "g"));
}

static void a_directory_where_a_whiteout_stood_hides_the_lower_one(void **state)
{
	int r = UNPACK({ .type = '0', .name = ".wh.a" }, { .type = '5', .name = "a", .mode = 0700 }, { .type = '0', .name = ".wh.b" },
		{ .type = '0', .name = "b/c/f", .data = "x" }, { .type = '5', .name = "c" }, { .type = '0', .name = ".wh.c" });

	(void)state;
	assert_int_equal(r, 0);
	assert_true(is_opaque("a"));
	assert_true(is_opaque("b"));
	assert_true(is_opaque("c"));
	assert_true(holds("b/c/f", "x"));
}

static void device_nodes_are_left_out_and_counted(void **state)
{
	int r = UNPACK({ .type = '3', .name = "dev/sda" }, { .type = '4', .name = "dev/sdb" }, { .type = '3', .name = "null" });

	(void)state;
	assert_int_equal(r, 0);
	assert_int_equal(report.devices, 3);
	assert_int_equal(mode_of("null"), 0);
}

static void attributes_that_steer_overlay_are_left_out(void **state)
{
	char path[200], value[8] = "";
	int r = UNPACK({ .type = '5', .name = "d", .pax = "SCHILY.xattr.user.overlay.redirect=/etc" },
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

static void the_root_itself_takes_mode_and_mark(void **state)
{
	int r = UNPACK({ .type = '5', .name = "./", .mode = 0711 }, { .type = '0', .name = ".wh..wh..opq" });

	(void)state;
	assert_int_equal(r, 0);
	assert_int_equal(mode_of("."), S_IFDIR | 0711);
	assert_true(is_opaque("."));
	assert_int_equal(UNPACK({ .type = '2', .name = ".", .target = "/" }), -EINVAL);
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
		TEST(whiteouts_become_what_overlay_knows),
		TEST(whiteouts_that_name_no_file_are_refused),
		TEST(a_whiteout_speaks_of_lower_layers_only),
		TEST(a_directory_where_a_whiteout_stood_hides_the_lower_one),
		TEST(device_nodes_are_left_out_and_counted),
		TEST(attributes_that_steer_overlay_are_left_out),
		TEST(names_too_long_are_refused),
		TEST(names_keep_their_bytes),
		TEST(the_root_itself_takes_mode_and_mark),
		TEST(more_bytes_or_entries_than_allowed_are_refused),
		TEST(what_is_no_tar_is_refused),
	};

	if (become_root() < 0) {
		printf("skip layers: neither root nor a user namespace to be had\n");
		return 0;
	}
	return cmocka_run_group_tests_name("image-layer", tests, NULL, NULL);
}
