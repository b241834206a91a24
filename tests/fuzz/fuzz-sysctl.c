/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "host/sysctl.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sysctl_line line;

	for (int key = 0; key < SYSCTL_KEY_COUNT; key++)
		if (sysctl_parse((const char *)data, size, (enum sysctl_key)key, &line))
			fuzz_must(line.line > 0 && line.line <= size + 1);
	return 0;
}
