/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "host/toml.h"
#include "fuzz.h"

static int each(
	const char *table, const char *key, int index, const char *value, unsigned line, void *arg)
{
	size_t *sum = arg;

	fuzz_must(index >= -1 && line > 0);
	*sum += strlen(table) + strlen(key) + strlen(value);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	size_t sum = 0;
	int r = toml_parse((const char *)data, size, "fuzz", each, &sum, &err);

	fuzz_must((r == 0) == (err.code == 0));
	return 0;
}
