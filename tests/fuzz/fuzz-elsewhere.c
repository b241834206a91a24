/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/elsewhere.h"
#include "doctor/report.h"
#include "fuzz.h"

/* A report of a process of the user's: nothing of it is trusted. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool wanted[128];
	static struct verdict verdicts[128];
	struct report report = {
		.root = "/", .wanted = wanted, .verdicts = verdicts, .count = check_count()
	};
	struct elsewhere e = { 0 };

	fuzz_must(report.count <= 128);
	for (size_t i = 0; i < report.count; i++)
		wanted[i] = true;
	if (elsewhere_compare(&e, &report, (const char *)data, size) < 0)
		fuzz_must(e.count == 0);
	for (size_t i = 0; i < e.count; i++)
		fuzz_must(e.differences[i].check < report.count);
	return 0;
}
