/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "host/sysctl.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned line = 0;
	int64_t value;

	for (int key = 0; key < SYSCTL_KEY_COUNT; key++)
		if (sysctl_parse((const char *)data, size, sysctl_name(key), &value, &line))
			fuzz_must(line > 0 && line <= size + 1);
	return 0;
}
