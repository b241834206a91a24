/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/engine/settings.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings settings;

	settings_init(&settings);
	text_add_bytes(&settings.file, data, size);
	if (settings_parse(&settings) == 0)
		(void)settings_value(&settings.env, "PATH");
	settings_done(&settings);
	return 0;
}
