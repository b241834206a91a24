/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/image/platform.h"

#include <string.h>

#if defined(__x86_64__)
static const struct platform here = { "amd64", { "v1" } };
#elif defined(__aarch64__)
static const struct platform here = { "arm64", { "v8" } };
#elif defined(__arm__) && __ARM_ARCH >= 7
static const struct platform here = { "arm", { "v7", "v6", "v5" } };
#elif defined(__arm__)
static const struct platform here = { "arm", { "v6", "v5" } };
#elif defined(__i386__)
static const struct platform here = { "386", { NULL } };
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
static const struct platform here = { "ppc64le", { NULL } };
#elif defined(__s390x__)
static const struct platform here = { "s390x", { NULL } };
#elif defined(__riscv) && __riscv_xlen == 64
static const struct platform here = { "riscv64", { NULL } };
#elif defined(__loongarch64)
static const struct platform here = { "loong64", { NULL } };
#else
#error "add this machine's GOARCH name here"
#endif

const struct platform *platform_here(void)
{
	return &here;
}

int platform_rank(const struct platform *machine, struct json *platform)
{
	const char *os = json_get_text(platform, "os");
	const char *architecture = json_get_text(platform, "architecture");
	const char *variant = json_get_text(platform, "variant");
	int worst = ARRAY_SIZE(machine->variants);

	if (!platform)
		return 1;
	if (!os || strcmp(os, "linux") != 0)
		return 0;
	if (!architecture || strcmp(architecture, machine->architecture) != 0)
		return 0;
	if (!variant || !*variant)
		return 2;
	for (int i = 0; i < worst && machine->variants[i]; i++)
		if (strcmp(variant, machine->variants[i]) == 0)
			return 2 + worst - i;
	return 0;
}
