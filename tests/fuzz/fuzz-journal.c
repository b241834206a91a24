/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/sha256.h"
#include "setup/journal-text.h"
#include "setup/journal.h"
#include "fuzz.h"

static const char key[] = "\"sha256\": \"";

/* Whatever is read is sealed first, or nothing would get past the sum. What is believed is what is
 * written again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal journal = { .run = "x" }, again = { .run = "x" };
	struct text in = { 0 }, out = { 0 };
	char sum[SHA256_HEX + 1], *at;

	text_add_bytes(&in, data, size);
	at = in.data ? strstr(in.data, key) : NULL;
	if (at && strlen(at) > sizeof(key) + SHA256_HEX) {
		memset(at + sizeof(key) - 1, '0', SHA256_HEX);
		sha256_hex(in.data, in.length, sum);
		memcpy(at + sizeof(key) - 1, sum, SHA256_HEX);
	}
	if (journal_parse(&journal, text_get(&in), in.length, "x.json", NULL) == 0) {
		fuzz_must(journal.count > 0 && journal_print(&journal, &out) == 0);
		fuzz_must(journal_parse(&again, out.data, out.length, "x.json", NULL) == 0);
		fuzz_must(again.count == journal.count);
	}
	journal_done(&journal);
	journal_done(&again);
	text_done(&in);
	text_done(&out);
	return 0;
}
