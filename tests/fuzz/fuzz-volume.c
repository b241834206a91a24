/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "runtime/engine/assemble.h"
#include "fuzz.h"

/* Words of -v, --tmpfs and -p. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct assembly assembly = { .network_fd = -1 };
	struct error err = { 0 };
	struct net_port port;
	char *word = strndup((const char *)data, size);

	if (!word)
		return 0;
	(void)!volume_add(&assembly, word, &err);
	(void)!volume_add_tmpfs(&assembly, word, &err);
	for (size_t i = 0; i < assembly.mount_count; i++)
		fuzz_must(assembly.mounts[i].target[0] == '/');
	if (net_parse_port(word, &port, &err) == 0)
		fuzz_must(!strpbrk(port.value, ", "));
	free(word);
	assembly_done(&assembly);
	return 0;
}
