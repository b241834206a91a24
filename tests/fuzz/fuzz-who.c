/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdint.h>

#include "runtime/oci/who.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct who_passwd passwd;
	struct who who = { 0 };
	gid_t gid;

	(void)!who_parse_passwd((const char *)data, size, "ann", 0, &passwd);
	(void)!who_parse_passwd((const char *)data, size, NULL, 1000, &passwd);
	(void)!who_parse_group((const char *)data, size, "wheel", &gid);
	who_parse_member((const char *)data, size, "ann", &who);
	return 0;
}
