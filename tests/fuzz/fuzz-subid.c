/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "host/idmap.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct idmap_map map;
	struct idmap_file file;

	if (idmap_parse(&file, (const char *)data, size, "alice", 1000) == 0) {
		fuzz_must(file.count == 0 || file.ranges);
		for (size_t i = 0; i < file.count; i++)
			fuzz_must(file.ranges[i].count > 0 &&
				  file.ranges[i].start + file.ranges[i].count <= UINT32_MAX);
		(void)idmap_overlap(&file, 100000, 65536);
		(void)idmap_own_count(&file);
	}
	free(file.ranges);
	if (idmap_parse_map(&map, (const char *)data, size) == 0)
		(void)idmap_holds(&map, 0, UINT32_MAX);
	return 0;
}
