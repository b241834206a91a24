/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/engine/log.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log_line line;

	if (log_parse((const char *)data, size, &line) == 0) {
		fuzz_must(line.text >= (const char *)data);
		fuzz_must(line.text + line.length == (const char *)data + size);
	}
	return 0;
}
