/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "doctor/markup.h"
#include "host/redact.h"
#include "fuzz.h"

/* The first line is a name, the rest the text it must not stand in as a word of its own. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, '\n', size);
	struct redact redact = { 0 };
	struct text to = { 0 }, page = { 0 };
	char name[64] = "";

	if (!end || end - data >= (long)sizeof(name) || memchr(data, '\0', size))
		return 0;
	(void)memcpy(name, data, (size_t)(end - data));
	fuzz_must(redact_add_user(&redact, name, "/home/x") == 0);
	fuzz_must(redact_add_host(&redact, name) == 0);
	redact_bytes(&redact, (const char *)end, size - (size_t)(end - data), &to);
	markup_escape(&page, text_get(&to));
	fuzz_must(text_is_utf8(text_get(&page), page.length));
	fuzz_must(!strpbrk(text_get(&page), "<>\"'"));
	text_done(&to);
	text_done(&page);
	redact_done(&redact);
	return 0;
}
