/* SPDX-License-Identifier: Apache-2.0 */
/* SOURCE_DATE_EPOCH, https://reproducible-builds.org/specs/source-date-epoch/: the time that stands
 * for "now" in what is to be made twice alike. */
#pragma once

#include <stdint.h>

/* Its value; @otherwise where it is not set, or no number. */
uint64_t epoch_or(uint64_t otherwise);
/* No time of modification later than @epoch. @fd may be of a file or of a directory, not O_PATH. */
void epoch_clamp(int fd, uint64_t epoch);
