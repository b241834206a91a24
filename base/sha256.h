/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 (FIPS 180-4) of bytes in memory, for small files of our own that are verified when they
 * are read back. No library does it: libcrypto is absent on a minimal host, where setup must run,
 * and a checksum that is there on some hosts only protects none. Image layers are not summed here:
 * they are large, come from strangers, and libcrypto uses the processor's own instructions
 * (runtime/image/digest.h).
 */
#pragma once

#include <stddef.h>

enum {
	SHA256_HEX = 64
};

/* The sum in lower case hexadecimal digits, terminated. */
void sha256_hex(const void *bytes, size_t n, char ret[SHA256_HEX + 1]);
