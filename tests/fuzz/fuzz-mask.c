/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "host/mask.h"
#include "fuzz.h"

/* What is masked once is masked: a second time finds nothing more to hide. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text once = { 0 }, twice = { 0 };

	mask_secrets((const char *)data, size, &once);
	mask_secrets(text_get(&once), once.length, &twice);
	fuzz_must(once.length == twice.length &&
		  memcmp(text_get(&once), text_get(&twice), once.length) == 0);
	text_done(&once);
	text_done(&twice);
	return 0;
}
