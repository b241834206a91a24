/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "host/podman.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct podman found; /* large: not on the stack */
	int64_t count = 0, used = 0;

	if (podman_parse_locks((const char *)data, size, &count, &used))
		fuzz_must(count > 0 && used >= 0 && used <= count + 31);
	memset(&found, 0, sizeof(found));
	podman_parse_database((const char *)data, size, "/srv/c", &found);
	fuzz_must(found.database == DATABASE_FINE || found.database == DATABASE_BAD);
	return 0;
}
