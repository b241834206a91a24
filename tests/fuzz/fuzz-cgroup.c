/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cgroup.h"
#include "host/context.h"
#include "host/delegate.h"
#include "host/manager.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cgroup_node node = { .controllers = { .state = FACT_KNOWN } };
	char path[64], joined[64] = "";
	int64_t limit = 0;
	bool emptied;

	context_parse_cgroup((const char *)data, size, path, sizeof(path));
	fuzz_must(!*path || *path == '/');
	(void)delegate_parse((const char *)data, size, joined, sizeof(joined), &emptied);
	if (manager_parse_nofile((const char *)data, size, &limit))
		fuzz_must(size > 14); /* "Max open files" */
	for (size_t i = 0; i < size && i + 1 < sizeof(node.controllers.value); i++)
		node.controllers.value[i] = (char)data[i];
	if (context_parse_limit((const char *)data, size, "Max processes", &limit) == 0)
		fuzz_must(size > 13);
	(void)cgroup_has(&node, "memory");
	return 0;
}
