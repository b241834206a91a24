/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "doctor/ignore.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	struct ignore ignore;

	if (ignore_parse(&ignore, (const char *)data, size, "f", &err) < 0)
		fuzz_must(ignore.count == 0 && strstr(err.text, "line"));
	for (size_t i = 0; i < ignore.count; i++) {
		fuzz_must(strlen(ignore.entries[i].until) == strlen("YYYY-MM-DD"));
		fuzz_must(*ignore.entries[i].id && ignore.entries[i].line > 0);
		/* a reason, and the day behind it */
		fuzz_must(strlen(ignore.entries[i].words) > strlen(", until YYYY-MM-DD"));
	}
	ignore_done(&ignore);
	return 0;
}
