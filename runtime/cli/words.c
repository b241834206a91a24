/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/cli/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/macro.h"

/* Up to @limit seconds it is "@words", or with "%" the number of @unit seconds. */
struct span {
	int64_t limit, unit;
	const char *words;
};

enum {
	MINUTE = 60,
	HOUR = 3600,
	DAY = 86400,
	WEEK = 7 * DAY,
	MONTH = 30 * DAY,
	YEAR = 365 * DAY
};

/* docker's go-units, which podman prints too */
static const struct span spans[] = {
	{ 1, 0, "Less than a second" },
	{ 2, 0, "1 second" },
	{ MINUTE, 1, "seconds" },
	{ 2 * MINUTE, 0, "About a minute" },
	{ HOUR, MINUTE, "minutes" },
	{ 2 * HOUR, 0, "About an hour" },
	{ 2 * DAY, HOUR, "hours" },
	{ 2 * WEEK, DAY, "days" },
	{ 2 * MONTH, WEEK, "weeks" },
	{ 2 * YEAR, MONTH, "months" },
	{ INT64_MAX, YEAR, "years" },
};

void words_duration(int64_t nanoseconds, char *ret, size_t size)
{
	int64_t seconds = MAX(nanoseconds, 0) / 1000000000;
	const struct span *span = spans;

	while (seconds >= span->limit)
		span++;
	if (span->unit)
		(void)snprintf(ret, size, "%" PRId64 " %s", seconds / span->unit, span->words);
	else
		(void)snprintf(ret, size, "%s", span->words);
}

static void split(int64_t nanoseconds, struct tm *ret, long *ret_fraction)
{
	time_t seconds = (time_t)(nanoseconds / 1000000000);

	*ret_fraction = (long)(nanoseconds % 1000000000);
	(void)gmtime_r(&seconds, ret);
}

void words_time(int64_t nanoseconds, char *ret, size_t size)
{
	char date[32];
	struct tm utc;
	long fraction;

	split(nanoseconds, &utc, &fraction);
	(void)strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &utc);
	(void)snprintf(ret, size, "%s.%09ld +0000 UTC", date, fraction);
}

void words_stamp(int64_t nanoseconds, char *ret, size_t size)
{
	char date[32];
	struct tm utc;
	long fraction;

	split(nanoseconds, &utc, &fraction);
	(void)strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
	(void)snprintf(ret, size, "%s.%09ldZ", date, fraction);
}
