/* SPDX-License-Identifier: Apache-2.0 */
/* What others print is explained: any bytes, in parts of any size. */
#include <stdlib.h>

#include "doctor/explain.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct explainer *e;
	size_t half = size / 2, count;

	if (explainer_new(&e) < 0)
		abort();
	if (explain_bytes(e, (const char *)data, half) == 0 &&
		explain_bytes(e, (const char *)data + half, size - half) == 0)
		(void)explain_end(e);
	(void)explain_hits(e, &count);
	explainer_free(e);
	return 0;
}
