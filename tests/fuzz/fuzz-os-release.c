/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "host/os.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct os os = { 0 };

	os_parse(&os, (const char *)data, size);
	fuzz_must(strlen(os.pretty) < sizeof(os.pretty) && os.family < OS_FAMILY_COUNT);
	for (int package = 0; package < OS_PACKAGE_COUNT; package++)
		(void)os_install_command(&os, package);
	return 0;
}
