/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>

#include "runtime/oci/userns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct userns_range ranges[USERNS_RANGES];
	int n = userns_parse((const char *)data, size, "ann", 1000, ranges, USERNS_RANGES);

	for (int i = 0; i < n; i++)
		if (ranges[i].count == 0 || ranges[i].start > UINT32_MAX - ranges[i].count)
			abort();
	return 0;
}
