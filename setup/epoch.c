/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/epoch.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/text.h"

uint64_t epoch_or(uint64_t otherwise)
{
	const char *said = getenv("SOURCE_DATE_EPOCH");
	uint64_t seconds;

	return said && parse_u64(said, &seconds) == 0 ? seconds : otherwise;
}

void epoch_clamp(int fd, uint64_t epoch)
{
	struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = (time_t)epoch } };
	struct stat st;

	/* a file system that keeps no such time has none to hide either */
	if (fstat(fd, &st) == 0 && (int64_t)st.st_mtime > (int64_t)epoch)
		(void)!futimens(fd, times);
}
