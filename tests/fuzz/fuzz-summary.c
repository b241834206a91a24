/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/summary.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct summary summary = { 0 };
	struct error err = { 0 };

	if (summary_add(&summary, (const char *)data, size, "a/f.json", &err) == 0 &&
		summary_add(&summary, (const char *)data, size, "a/g.json", &err) == 0) {
		fuzz_must(summary.count == 2);
		summary_group(&summary);
		fuzz_must(summary_group_size(&summary, 0) == 2);
		for (size_t i = 0; i < summary.ids.count; i++)
			fuzz_must(summary_cell(summary.hosts[0], i) < CELL_COUNT);
	}
	summary_done(&summary);
	return 0;
}
