/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <sys/file.h>
#include <sys/wait.h>

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

static int open_tag(const char *tag)
{
	char reference[200];

	image_done(&image);
	err = (struct error){ 0 };
	(void)snprintf(reference, sizeof(reference), "oci:%s%s", layout, tag);
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

/* How many entries of the store's layers begin so. */
static int layers_like(const char *prefix)
{
	char path[4400];
	struct dirent *entry;
	int n = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/layers/sha256", store.path);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		n += strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
		     strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	if (dir)
		(void)closedir(dir);
	return n;
}

static void hello_needs_nothing(void **state)
{
	int r = image_open(&image, &store, "hello", -1, &err);

	(void)state;
	assert_string_equal(err.text, "");
	assert_int_equal(r, 0);
	assert_string_equal(image.config.cmd.items[0], "/hello");
	assert_true(has_file(0, "hello"));
	assert_true(has_file(0, "proc"));
	assert_int_equal(strlen(image.id), 64);
	assert_string_equal(image.name, "hello");
}

static void the_only_image_needs_no_tag(void **state)
{
	int r;

	(void)state;
	(void)layout_index(layout_image("f", "\"Cmd\":[\"a\",\"b\"],\"User\":\"7:8\"", ""));
	r = open_tag("");
	assert_string_equal(err.text, "");
	assert_int_equal(r, 0);
	assert_int_equal(image.layers.count, 1);
	assert_true(has_file(0, "f"));
	assert_string_equal(image.config.cmd.items[1], "b");
	assert_string_equal(image.config.user, "7:8");
}

static void a_tag_picks_one_of_several(void **state)
{
	char entries[2000];
	int r;

	(void)state;
	(void)snprintf(entries, sizeof(entries), "%s,%s", layout_image("f", "", TAG("one")),
		layout_image("g", "", TAG("two:3")));
	(void)layout_index(entries);
	r = open_tag(":two:3");
	assert_int_equal(r, 0);
	assert_true(has_file(0, "g"));
	assert_int_equal(open_tag(""), -ENOTUNIQ);
	assert_non_null(strstr(err.text, "'one', 'two:3'"));
	assert_int_equal(open_tag(":three"), -ENOENT);
	assert_non_null(strstr(err.text, "'one', 'two:3'"));
}

static void of_nested_indexes_the_entry_for_this_machine_is_taken(void **state)
{
	char inner[3000], ours[200], index[4000];
	int r;

	(void)state;
	(void)snprintf(ours, sizeof(ours),
		",\"platform\":{\"os\":\"linux\",\"architecture\":\"%s\"}",
		platform_here()->architecture);
	(void)snprintf(inner, sizeof(inner), "%s,%s,%s",
		layout_image(
			"w", "", ",\"platform\":{\"os\":\"windows\",\"architecture\":\"amd64\"}"),
		layout_image("o", "", ",\"platform\":{\"os\":\"linux\",\"architecture\":\"vax\"}"),
		layout_image("ours", "", ours));
	(void)snprintf(index, sizeof(index), "{\"schemaVersion\":2,\"manifests\":[%s]}", inner);
	(void)layout_index(layout_blob(index, strlen(index), TYPE_OCI "index.v1+json", TAG("t")));
	r = open_tag(":t");
	assert_string_equal(err.text, "");
	assert_int_equal(r, 0);
	assert_true(has_file(0, "ours"));
}

static void an_image_for_other_machines_is_refused_and_they_are_named(void **state)
{
	int r;

	(void)state;
	(void)layout_index(layout_image(
		"o", "", ",\"platform\":{\"os\":\"linux\",\"architecture\":\"vax\"}" TAG("t")));
	r = open_tag(":t");
	assert_int_equal(r, -ENOENT);
	assert_non_null(strstr(err.text, "linux/vax"));
}

static void an_index_that_holds_itself_too_deep_is_refused(void **state)
{
	const char *entry = layout_image("f", "", "");
	char index[2000];

	(void)state;
	for (int i = 0; i < 8; i++) {
		(void)snprintf(index, sizeof(index), "{\"manifests\":[%s]}", entry);
		entry = layout_blob(index, strlen(index), TYPE_OCI "index.v1+json", "");
	}
	(void)layout_index(entry);
	assert_int_equal(open_tag(""), -ELOOP);
}

static void digests_that_are_none_never_become_paths(void **state)
{
	static const char *const digests[] = { "sha256:../../../etc/passwd", "sha256:", "x", "",
		"sha256:ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789",
		"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde",
		"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0",
		"sha256:0123456789abcdef0123456789abcdef/123456789abcdef0123456789abcdef0" };
	char entry[400];
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(digests); i++) {
		(void)snprintf(entry, sizeof(entry),
			"{\"mediaType\":\"" TYPE_OCI "manifest.v1+json\",\"digest\":\"%s\","
			"\"size\":5}",
			digests[i]);
		(void)layout_index(entry);
		wrong += open_tag("") != -EINVAL || !strstr(err.text, "malformed digest");
	}
	assert_int_equal(wrong, 0);
}

/* Change the blob a descriptor points at, keeping its size. */
static void damage(const char *descriptor, const char *bytes)
{
	const char *hex = strstr(descriptor, "sha256:") + 7;
	char path[300];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/blobs/sha256/%.64s", layout, hex);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(io_write_all(fd, bytes, strlen(bytes)), 0);
	(void)close(fd);
}

static void a_changed_manifest_is_refused(void **state)
{
	const char *entry = layout_image("f", "", "");

	(void)state;
	(void)layout_index(entry);
	damage(entry, "{ ");
	assert_int_equal(open_tag(""), -EBADMSG);
	assert_non_null(strstr(err.text, "damaged"));
}

/* An image whose layer is not what it says; returns what opening it gives. */
static int open_wrong_layer(const char *diff_id, const char *bytes, size_t n, size_t cut)
{
	char document[1000], manifest[2000], path[300];
	struct digest own = { "" };
	const char *layer = layout_blob(bytes, n, TYPE_OCI "layer.v1.tar+gzip", "");

	if (digest_of(&own, bytes, n, NULL) < 0)
		abort();
	(void)snprintf(path, sizeof(path), "blobs/sha256/%s", own.hex);
	(void)layout_write(path, bytes, n - cut);
	(void)snprintf(document, sizeof(document),
		"{\"os\":\"linux\",\"architecture\":\"%s\",\"rootfs\":{\"diff_ids\":"
		"[\"sha256:%s\"]}}",
		platform_here()->architecture, diff_id ? diff_id : own.hex);
	(void)snprintf(manifest, sizeof(manifest),
		"{\"schemaVersion\":2,\"config\":%s,\"layers\":[%s]}",
		layout_blob(document, strlen(document), TYPE_OCI "config.v1+json", ""), layer);
	(void)layout_index(
		layout_blob(manifest, strlen(manifest), TYPE_OCI "manifest.v1+json", ""));
	return open_tag("");
}

static void layers_that_are_not_what_they_say_leave_nothing(void **state)
{
	static const char other[] =
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	const struct tar_line line = { .type = '0', .name = "f", .data = "x" };
	struct text tar = { 0 };
	int good, wrong_id, shorter, junk;

	(void)state;
	tar_add(&tar, &line);
	tar_end(&tar);
	wrong_id = open_wrong_layer(other, tar.data, tar.length, 0);
	assert_non_null(strstr(err.text, "diff id"));
	shorter = open_wrong_layer(NULL, tar.data, tar.length, 100);
	junk = open_wrong_layer(NULL, "no tar", 6, 0);
	assert_int_equal(layers_like(""), 0);
	good = open_wrong_layer(NULL, tar.data, tar.length, 0);
	text_done(&tar);
	assert_int_equal(wrong_id, -EBADMSG);
	assert_int_equal(shorter, -EBADMSG);
	assert_int_equal(junk, -EBADMSG);
	assert_int_equal(good, 0);
	assert_int_equal(layers_like(""), 1);
}

static void a_layer_changed_since_its_manifest_is_refused(void **state)
{
	struct text tar = { 0 };
	struct digest own = { "" };
	char path[300];
	int r;

	(void)state;
	tar_add(&tar, &(struct tar_line){ .type = '0', .name = "f", .data = "x" });
	tar_end(&tar);
	r = open_wrong_layer("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		tar.data, tar.length, 0);
	assert_int_equal(r, -EBADMSG);
	assert_int_equal(digest_of(&own, tar.data, tar.length, NULL), 0);
	(void)snprintf(path, sizeof(path), "blobs/sha256/%s", own.hex);
	tar.data[512] = 'y';
	(void)layout_write(path, tar.data, tar.length);
	r = open_tag("");
	text_done(&tar);
	assert_int_equal(r, -EBADMSG);
	assert_non_null(strstr(err.text, "its digest is"));
}

static void strange_configurations_are_refused(void **state)
{
	static const char *const configs[] = { "\"Env\":[\"NOVALUE\"]", "\"Env\":[\"=x\"]",
		"\"Env\":\"A=b\"", "\"Cmd\":[1]", "\"Cmd\":\"sh\"", "\"WorkingDir\":\"rel\"",
		"\"Volumes\":{\"rel\":{}}", "\"ExposedPorts\":{\"80/x\":{}}", "\"Labels\":[]",
		"\"User\":[\"root\"]", "\"Cmd\":[\"a\\u0000b\"]", "\"Cmd\":[\"\xff\"]" };
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(configs); i++) {
		(void)layout_index(layout_image("f", configs[i], ""));
		wrong += open_tag("") != -EINVAL || !*err.text;
	}
	assert_int_equal(wrong, 0);
	/* an escaped backslash before u0000 is no NUL */
	(void)layout_index(layout_image("f", "\"Cmd\":[\"a\\\\u0000b\"]", ""));
	assert_int_equal(open_tag(""), 0);
	assert_string_equal(image.config.cmd.items[0], "a\\u0000b");
}

static void a_second_opening_gives_the_same_without_reading_the_layout(void **state)
{
	static const char config[] =
		"\"Entrypoint\":[\"/e\",\"\"],\"Cmd\":[\"c\"],"
		"\"Env\":[\"A=b\\nc\"],\"WorkingDir\":\"/w\",\"User\":\"u\",\"StopSignal\":\"INT\","
		"\"Labels\":{\"l\":\"v\"},\"Volumes\":{\"/v\":{}},\"ExposedPorts\":{\"1/udp\":{}}";
	struct image first;
	char path[300];
	int r;

	(void)state;
	(void)layout_index(layout_image("f", config, ""));
	assert_int_equal(open_tag(""), 0);
	first = image;
	image = (struct image){ 0 };
	(void)snprintf(path, sizeof(path), "%s/blobs", layout);
	assert_int_equal(io_remove_tree_at(AT_FDCWD, path), 0);
	r = open_tag("");
	assert_int_equal(r, 0);
	assert_string_equal(image.id, first.id);
	assert_string_equal(image.layers.items[0], first.layers.items[0]);
	assert_int_equal(image.config.entrypoint.count, 2);
	assert_string_equal(image.config.entrypoint.items[1], "");
	assert_string_equal(image.config.cmd.items[0], "c");
	assert_string_equal(image.config.env.items[0], "A=b\nc");
	assert_string_equal(image.config.working_dir, "/w");
	assert_string_equal(image.config.user, "u");
	assert_string_equal(image.config.stop_signal, "INT");
	assert_string_equal(image.config.labels.items[0], "l=v");
	assert_string_equal(image.config.volumes.items[0], "/v");
	assert_string_equal(image.config.ports.items[0], "1/udp");
	image_done(&first);
}

static void a_new_index_is_noticed(void **state)
{
	(void)state;
	(void)layout_index(layout_image("f", "\"Cmd\":[\"1\"]", ""));
	assert_int_equal(open_tag(""), 0);
	(void)layout_index(layout_image("g", "\"Cmd\":[\"2\"]", ""));
	assert_int_equal(open_tag(""), 0);
	assert_string_equal(image.config.cmd.items[0], "2");
	assert_true(has_file(0, "g"));
}

static void a_spoilt_cache_costs_time_and_no_more(void **state)
{
	char path[4400], bytes[200];
	struct dirent *entry;
	DIR *dir;
	int fd;

	(void)state;
	(void)layout_index(layout_image("f", "", ""));
	assert_int_equal(open_tag(""), 0);
	(void)snprintf(path, sizeof(path), "%s/images", store.path);
	dir = opendir(path);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		fd = openat(dirfd(dir), entry->d_name, O_RDWR | O_CLOEXEC);
		for (off_t size = lseek(fd, 0, SEEK_END); size >= 0; size -= 20) {
			assert_int_equal(ftruncate(fd, size), 0);
			assert_int_equal(open_tag(""), 0);
		}
		memset(bytes, 0xff, sizeof(bytes));
		assert_int_equal(pwrite(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
		(void)close(fd);
	}
	(void)closedir(dir);
	assert_int_equal(open_tag(""), 0);
	assert_true(has_file(0, "f"));
}

static void a_layer_that_is_gone_is_unpacked_again(void **state)
{
	(void)state;
	(void)layout_index(layout_image("f", "", ""));
	assert_int_equal(open_tag(""), 0);
	assert_int_equal(io_remove_tree_at(AT_FDCWD, image.layers.items[0]), 0);
	assert_int_equal(open_tag(""), 0);
	assert_true(has_file(0, "f"));
}

static void without_a_namespace_only_what_is_unpacked_opens(void **state)
{
	int before, after;

	(void)state;
	before = image_open(&image, &store, "hello", IMAGE_NO_USERNS, &err);
	assert_int_equal(image_open(&image, &store, "hello", -1, &err), 0);
	image_done(&image);
	after = image_open(&image, &store, "hello", IMAGE_NO_USERNS, &err);
	assert_int_equal(before, -EAGAIN);
	assert_int_equal(after, 0);
}

static void what_a_crash_left_is_removed_and_what_lives_is_not(void **state)
{
	char dead[4400], alive[4400];
	int fd, r;

	(void)state;
	(void)snprintf(dead, sizeof(dead), "%s/layers/sha256/.stage-dead/d", store.path);
	(void)snprintf(alive, sizeof(alive), "%s/layers/sha256/.stage-alive", store.path);
	assert_int_equal(io_mkdirs(dead, 0), 0);
	assert_int_equal(io_mkdirs(alive, 0700), 0);
	fd = open(alive, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	r = image_open(&image, &store, "hello", -1, &err);
	assert_int_equal(r, 0);
	assert_int_equal(layers_like(".stage-dead"), 0);
	assert_int_equal(layers_like(".stage-alive"), 1);
	(void)close(fd);
}

static void many_at_once_unpack_the_same_layer(void **state)
{
	int bad = 0, status;

	(void)state;
	for (int i = 0; i < 8; i++)
		if (fork() == 0)
			_exit(image_open(&image, &store, "hello", -1, &err) < 0);
	for (int i = 0; i < 8; i++)
		bad += wait(&status) < 0 || status != 0;
	assert_int_equal(bad, 0);
	assert_int_equal(layers_like(""), 1);
	assert_int_equal(layers_like(".stage"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, remove_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hello_needs_nothing),
		TEST(the_only_image_needs_no_tag),
		TEST(a_tag_picks_one_of_several),
		TEST(of_nested_indexes_the_entry_for_this_machine_is_taken),
		TEST(an_image_for_other_machines_is_refused_and_they_are_named),
		TEST(an_index_that_holds_itself_too_deep_is_refused),
		TEST(digests_that_are_none_never_become_paths),
		TEST(a_changed_manifest_is_refused),
		TEST(layers_that_are_not_what_they_say_leave_nothing),
		TEST(a_layer_changed_since_its_manifest_is_refused),
		TEST(strange_configurations_are_refused),
		TEST(a_second_opening_gives_the_same_without_reading_the_layout),
		TEST(a_new_index_is_noticed),
		TEST(a_spoilt_cache_costs_time_and_no_more),
		TEST(a_layer_that_is_gone_is_unpacked_again),
		TEST(without_a_namespace_only_what_is_unpacked_opens),
		TEST(what_a_crash_left_is_removed_and_what_lives_is_not),
		TEST(many_at_once_unpack_the_same_layer),
	};

	if (become_root() < 0) {
		printf("skip images: neither root nor a user namespace to be had\n");
		return 0;
	}
	return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
