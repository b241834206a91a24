/* SPDX-License-Identifier: Apache-2.0 */
#include "host/mounts.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mounts mounts;
	int r = mounts_parse(&mounts, (const char *)data, size);

	fuzz_must((r == 0) == (mounts.state == FACT_KNOWN));
	return 0;
}
