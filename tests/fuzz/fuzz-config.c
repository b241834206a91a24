/* SPDX-License-Identifier: Apache-2.0 */
/* An image's configuration, and descriptors, from anywhere. */
#include "runtime/image/blob.h"
#include "runtime/image/config.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_text_ struct text text = { 0 };
	struct image_config config = { 0 };
	struct json *document = NULL;
	struct descriptor descriptor;
	struct error err = { 0 };
	int r;

	text_add_bytes(&text, data, size);
	if (document_parse(text_get(&text), text.length, "input", &document, &err) < 0)
		return 0;
	r = descriptor_parse(&descriptor, document, "input", &err);
	(void)r;
	r = config_parse(&config, document, &err);
	(void)r;
	config_done(&config);
	json_free(document);
	return 0;
}
