/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "runtime/cli/template.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json *value = json_new_object();
	struct text shown = { 0 };
	struct error err = { 0 };
	char *template = strndup((const char *)data, size);

	json_set_text(value, "ID", "abc");
	json_set(value, "L", json_new_array());
	if (template)
		(void)!template_show(template, value, &shown, &err);
	free(template);
	text_done(&shown);
	json_free(value);
	return 0;
}
