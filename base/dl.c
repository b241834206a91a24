/* SPDX-License-Identifier: Apache-2.0 */
#include "base/dl.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

int dl_load(const char *const names[], const struct dl_symbol symbols[], size_t n, void *table)
{
	void *library = NULL;

	for (size_t i = 0; names[i] && !library; i++)
		library = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
	if (!library)
		return -ENOENT;
	for (size_t i = 0; i < n; i++) {
		void *symbol = dlsym(library, symbols[i].name);

		if (!symbol)
			return -ENOSYS;
		memcpy((char *)table + symbols[i].offset, &symbol, sizeof(symbol));
	}
	return 0;
}
