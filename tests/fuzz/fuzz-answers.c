/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "host/answers.h"
#include "fuzz.h"

/* What is parsed prints to what parses to the same print. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct answers *first = NULL, *second = NULL;
	struct text a = { 0 }, b = { 0 };
	struct error err = { 0 };

	if (answers_new(&first) < 0 || answers_new(&second) < 0)
		abort();
	if (answers_parse(first, (const char *)data, size, "fuzz", &err) == 0) {
		fuzz_must(answers_print(first, &a) == 0);
		fuzz_must(answers_parse(second, text_get(&a), a.length, "fuzz", &err) == 0);
		fuzz_must(answers_print(second, &b) == 0);
		fuzz_must(strcmp(text_get(&a), text_get(&b)) == 0);
	}
	answers_free(first);
	answers_free(second);
	text_done(&a);
	text_done(&b);
	return 0;
}
