/* SPDX-License-Identifier: Apache-2.0 */
/* Files that boot loaders are told by: an argument that was added is there, and is added once. */
#include <string.h>

#include "base/text.h"
#include "setup/bootloader.h"
#include "fuzz.h"

typedef int edit(const char *now, const char *argument, struct text *ret);

static void add_twice(edit *edit, const char *now)
{
	_cleanup_text_ struct text once = { 0 }, twice = { 0 };
	int r = edit(now, "a.b=1", &once);

	if (r < 0)
		return;
	fuzz_must(strstr(text_get(&once), "a.b=1"));
	fuzz_must(r == 0 || strcmp(text_get(&once), now) == 0);
	fuzz_must(edit(text_get(&once), "a.b=1", &twice) == 1);
	fuzz_must(strcmp(text_get(&once), text_get(&twice)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_text_ struct text now = { 0 }, words = { 0 };

	text_add_bytes(&now, data, size);
	add_twice(bootloader_edit_drop_in, text_get(&now));
	add_twice(bootloader_edit_line, text_get(&now));
	add_twice(bootloader_edit_words, text_get(&now));
	add_twice(bootloader_edit_default, text_get(&now));
	add_twice(bootloader_edit_kargs, text_get(&now));
	bootloader_drop_word(text_get(&now), "a.b=1", &words);
	fuzz_must(!text_has_word(text_get(&words), "a.b=1"));
	return 0;
}
