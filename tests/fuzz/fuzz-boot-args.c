/* SPDX-License-Identifier: Apache-2.0 */
/* What the next boot is read from: an argument is a part of the text, a flag is one of the four. */
#include <string.h>
#include <sys/statvfs.h>

#include "base/text.h"
#include "host/boot-args.h"
#include "host/fstab.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_text_ struct text grub = { 0 }, entry = { 0 };
	const char *text = (const char *)data;
	uint64_t flags;

	if (fstab_flags(text, size, "/home/alice", &flags) == 0)
		fuzz_must(!(flags & ~(uint64_t)(ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC)));
	if (boot_args_of_grub(text, size, &grub) >= 0)
		fuzz_must(grub.length < size);
	if (boot_args_of_entry(text, size, &entry) >= 0)
		fuzz_must(entry.length < size);
	return 0;
}
