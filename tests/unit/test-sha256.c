/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/sha256.h"

static void the_vectors_of_fips_180(void **state)
{
	static const struct {
		const char *message, *sum;
	} vectors[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
		  "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
			"cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		char sum[SHA256_HEX + 1];

		sha256_hex(vectors[i].message, strlen(vectors[i].message), sum);
		assert_string_equal(sum, vectors[i].sum);
	}
}

static void a_million_times_a(void **state)
{
	enum {
		MILLION = 1000000
	};
	char *message = malloc(MILLION), sum[SHA256_HEX + 1];

	(void)state;
	assert_non_null(message);
	memset(message, 'a', MILLION);
	sha256_hex(message, MILLION, sum);
	free(message);
	assert_string_equal(
		sum, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Where the length just fits into the last block, and where it does not; sums of sha256sum(1). */
static void the_padding_meets_the_end_of_a_block(void **state)
{
	static const struct {
		size_t n;
		const char *sum;
	} rows[] = {
		{ 55, "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072" },
		{ 56, "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e" },
		{ 63, "75220b47218278e656f2013bb8f0c455a25eaf01e86c64924e9d48d89776d6f2" },
		{ 64, "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c" },
		{ 65, "9537c5fdf120482f7d58d25e9ed583f52c02b4e304ea814db1633ad565aed7e9" },
		{ 119, "000b48d4edf0fa7bee3c6236ecd2785baa5db4eeb8bb54341b029e0d9fa5fb0c" },
		{ 120, "13f05a0b594787f5ecd315edc96141bd3243203d1b7d4f0836f37308b276ba98" },
	};
	char message[128], sum[SHA256_HEX + 1];

	(void)state;
	memset(message, 'x', sizeof(message));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		sha256_hex(message, rows[i].n, sum);
		assert_string_equal(sum, rows[i].sum);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_fips_180),
		cmocka_unit_test(a_million_times_a),
		cmocka_unit_test(the_padding_meets_the_end_of_a_block),
	};

	return cmocka_run_group_tests_name("sha256", tests, NULL, NULL);
}
