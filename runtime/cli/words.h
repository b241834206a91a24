/* SPDX-License-Identifier: Apache-2.0 */
/* Times and sizes as people read them, in the words podman and docker print. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* "Less than a second", "4 minutes", "About an hour", "3 weeks" */
void words_duration(int64_t nanoseconds, char *ret, size_t size);
/* "2026-01-31 09:15:00.123456789 +0000 UTC" */
void words_time(int64_t nanoseconds, char *ret, size_t size);
/* RFC 3339: "2026-01-31T09:15:00.123456789Z" */
void words_stamp(int64_t nanoseconds, char *ret, size_t size);
