/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/image/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/dl.h"
#include "base/text.h"

struct libcrypto {
	__typeof__(EVP_MD_CTX_new) *ctx_new;
	__typeof__(EVP_MD_CTX_free) *ctx_free;
	__typeof__(EVP_sha256) *sha256;
	__typeof__(EVP_DigestInit_ex) *init;
	__typeof__(EVP_DigestUpdate) *update;
	__typeof__(EVP_DigestFinal_ex) *final;
};

static struct libcrypto libcrypto;

static int load(struct error *err)
{
	static const char *const names[] = { "libcrypto.so.3", "libcrypto.so.1.1", NULL };
	static const struct dl_symbol symbols[] = {
		{ "EVP_MD_CTX_new", offsetof(struct libcrypto, ctx_new) },
		{ "EVP_MD_CTX_free", offsetof(struct libcrypto, ctx_free) },
		{ "EVP_sha256", offsetof(struct libcrypto, sha256) },
		{ "EVP_DigestInit_ex", offsetof(struct libcrypto, init) },
		{ "EVP_DigestUpdate", offsetof(struct libcrypto, update) },
		{ "EVP_DigestFinal_ex", offsetof(struct libcrypto, final) },
	};
	int r;

	if (libcrypto.final)
		return 0;
	r = dl_load(names, symbols, ARRAY_SIZE(symbols), &libcrypto);
	if (r < 0)
		return error_say(err, r,
			"cannot load 'libcrypto.so.3', which images are verified with; "
			"install libssl3 (Debian) or openssl-libs (Fedora)");
	return 0;
}

int digest_parse(struct digest *ret, const char *text)
{
	static const char prefix[] = "sha256:";
	const char *hex = text + strlen(prefix);

	if (text_starts(text, "sha512:") || text_starts(text, "sha384:"))
		return -ENOTSUP;
	if (!text_starts(text, prefix) || strlen(hex) != 64 ||
		strspn(hex, "0123456789abcdef") != 64)
		return -EINVAL;
	memcpy(ret->hex, hex, sizeof(ret->hex));
	return 0;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return strcmp(a->hex, b->hex) == 0;
}

int digest_sum_begin(struct digest_sum *ret, struct error *err)
{
	struct digest_sum sum = { 0 };
	int r;

	r = load(err);
	if (r < 0)
		return r;
	sum.context = libcrypto.ctx_new();
	if (!sum.context)
		return error_set(err, -ENOMEM, "cannot begin a digest");
	if (libcrypto.init(sum.context, libcrypto.sha256(), NULL) != 1) {
		libcrypto.ctx_free(sum.context);
		return error_say(err, -EIO, "libcrypto refuses to compute sha256");
	}
	*ret = sum;
	return 0;
}

void digest_sum_add(struct digest_sum *sum, const void *bytes, size_t n)
{
	if (libcrypto.update(sum->context, bytes, n) != 1)
		sum->failed = true;
	sum->bytes += n;
}

int digest_sum_end(struct digest_sum *sum, struct digest *ret)
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (libcrypto.final(sum->context, raw, &n) != 1 || n != 32 || sum->failed)
		return -EIO;
	for (unsigned i = 0; i < n; i++)
		(void)snprintf(ret->hex + 2 * (size_t)i, 3, "%02x", raw[i]);
	return 0;
}

void digest_sum_done(struct digest_sum *sum)
{
	if (sum->context)
		libcrypto.ctx_free(sum->context);
	*sum = (struct digest_sum){ 0 };
}

int digest_of(struct digest *ret, const void *bytes, size_t n, struct error *err)
{
	_cleanup_digest_sum_ struct digest_sum sum = { 0 };
	int r;

	r = digest_sum_begin(&sum, err);
	if (r < 0)
		return r;
	digest_sum_add(&sum, bytes, n);
	r = digest_sum_end(&sum, ret);
	if (r < 0)
		return error_set(err, r, "cannot compute sha256");
	return 0;
}
