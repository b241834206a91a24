/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/image/digest.h"
#include "runtime/image/platform.h"
#include "runtime/image/reference.h"
#include "runtime/image/tree.h"

static struct error err;

static void a_directory_ends_at_the_first_colon(void **state)
{
	struct reference r = { 0 };

	(void)state;
	assert_int_equal(reference_parse(&r, "oci:/a/b", &err), 0);
	assert_int_equal(r.kind, REFERENCE_OCI);
	assert_string_equal(r.dir, "/a/b");
	assert_string_equal(r.tag, "");
	assert_int_equal(reference_parse(&r, "oci:rel:host:5000/x:1", &err), 0);
	assert_string_equal(r.dir, "rel");
	assert_string_equal(r.tag, "host:5000/x:1");
	assert_int_equal(reference_parse(&r, "hello", &err), 0);
	assert_int_equal(r.kind, REFERENCE_HELLO);
}

static void what_is_no_reference_is_refused_with_the_forms(void **state)
{
	static const char *const bad[] = { "", "nginx", "oci:", "oci::t", "oci:d:", "hello:1",
		"OCI:d", "oci:a\nb", "oci:a:\x01" };
	struct reference r;
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		wrong += reference_parse(&r, bad[i], &err) != -EINVAL;
	assert_int_equal(wrong, 0);
	assert_int_equal(reference_parse(&r, "nginx", &err), -EINVAL);
	assert_non_null(strstr(err.text, "oci:DIR[:TAG]"));
}

static void a_digest_is_sha256_and_64_lower_case_digits(void **state)
{
	struct digest made, empty;

	(void)state;
	assert_int_equal(digest_of(&made, "", 0, &err), 0);
	assert_int_equal(digest_parse(&empty, "sha256:e3b0c44298fc1c149afbf4c8996fb924"
					      "27ae41e4649b934ca495991b7852b855"),
		0);
	assert_true(digest_equal(&made, &empty));
	assert_int_equal(digest_parse(&made, "sha512:00"), -ENOTSUP);
	assert_int_equal(digest_parse(&made, "md5:00"), -EINVAL);
}

static void platforms_rank_by_variant(void **state)
{
	static const struct platform arm = { "arm", { "v7", "v6" } };
	static const struct {
		const char *json;
		int rank;
	} rows[] = {
		{ "{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v7\"}", 6 },
		{ "{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v6\"}", 5 },
		{ "{\"os\":\"linux\",\"architecture\":\"arm\"}", 2 },
		{ "{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v8\"}", 0 },
		{ "{\"os\":\"linux\",\"architecture\":\"arm64\"}", 0 },
		{ "{\"os\":\"windows\",\"architecture\":\"arm\"}", 0 },
		{ "{\"os\":\"unknown\",\"architecture\":\"unknown\"}", 0 },
		{ "[]", 0 },
	};
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json *value = NULL;

		if (json_parse(rows[i].json, strlen(rows[i].json), "row", &value, &err) < 0)
			wrong++;
		wrong += platform_rank(&arm, value) != rows[i].rank;
		json_free(value);
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(platform_rank(&arm, NULL), 1);
}

static void names_are_cleaned_before_use(void **state)
{
	struct tree_name name;

	(void)state;
	assert_int_equal(tree_name(&name, "//a/./b//c/"), 0);
	assert_string_equal(name.path, "a/b/c");
	assert_string_equal(name.last, "c");
	assert_int_equal(tree_name(&name, "./"), 0);
	assert_string_equal(name.last, "");
	assert_int_equal(tree_name(&name, "a/...b"), 0);
	assert_int_equal(tree_name(&name, "a/.."), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_directory_ends_at_the_first_colon),
		cmocka_unit_test(what_is_no_reference_is_refused_with_the_forms),
		cmocka_unit_test(a_digest_is_sha256_and_64_lower_case_digits),
		cmocka_unit_test(platforms_rank_by_variant),
		cmocka_unit_test(names_are_cleaned_before_use),
	};

	return cmocka_run_group_tests_name("image-reference", tests, NULL, NULL);
}
