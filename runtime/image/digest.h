/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests: "sha256:" and 64 hex digits, and nothing else. What is no such string never reaches a
 * path. The sums are libcrypto's, loaded when the first one is made.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct digest {
	char hex[65]; /* sha256, lower case; "": none */
};

/* -EINVAL: malformed; -ENOTSUP: another algorithm than sha256. */
int digest_parse(struct digest *ret, const char *text) MUST_CHECK;
bool digest_equal(const struct digest *a, const struct digest *b);

/* A running sum: begin, add, end; digest_sum_done releases one that was begun. */
struct digest_sum {
	void *context;
	uint64_t bytes; /* how many were added */
	bool failed;
};

int digest_sum_begin(struct digest_sum *ret, struct error *err) MUST_CHECK;
void digest_sum_add(struct digest_sum *sum, const void *bytes, size_t n);
int digest_sum_end(struct digest_sum *sum, struct digest *ret) MUST_CHECK;
void digest_sum_done(struct digest_sum *sum);
#define _cleanup_digest_sum_ CLEANUP(digest_sum_done)

int digest_of(struct digest *ret, const void *bytes, size_t n, struct error *err) MUST_CHECK;
