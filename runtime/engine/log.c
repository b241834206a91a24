/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/engine/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

static const char *const stream_words[] = { "stdout", "stderr" };
_Static_assert(ARRAY_SIZE(stream_words) == LOG_STREAM_COUNT, "a word for every stream");

int log_open(struct log *ret, int dirfd)
{
	int fd = openat(dirfd, "log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return -errno;
	ret->fd = fd;
	return 0;
}

void log_close(struct log *log)
{
	cleanup_close(&log->fd);
	log->fd = -1;
}

static int stamp(char *ret, size_t size, enum log_stream stream, bool whole)
{
	struct timespec now;
	struct tm utc;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &utc);
	return snprintf(ret, size, "%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ %s %c ",
		utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
		utc.tm_sec, now.tv_nsec, stream_words[stream], whole ? 'F' : 'P');
}

static int write_line(int fd, enum log_stream stream, const char *bytes, size_t n, bool whole)
{
	char head[64];
	struct iovec parts[] = {
		{ head, (size_t)stamp(head, sizeof(head), stream, whole) },
		{ (void *)(uintptr_t)bytes, n },
		{ (void *)(uintptr_t) "\n", 1 },
	};

	/* one call: with O_APPEND the line cannot be torn by another writer */
	return writev(fd, parts, ARRAY_SIZE(parts)) < 0 ? -errno : 0;
}

int log_write(struct log *log, enum log_stream stream, const char *bytes, size_t n)
{
	const char *line;
	size_t at = 0, length;
	int r = 0;

	if (log->fd < 0)
		return 0;
	while (r >= 0 && (line = text_line(bytes, n, &at, &length)))
		r = write_line(log->fd, stream, line, length, at <= n);
	return r;
}

/* Digits of a fixed width; -1 where there are others. */
static int digits(const char *s, int width)
{
	int value = 0;

	for (int i = 0; i < width; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		value = value * 10 + s[i] - '0';
	}
	return value;
}

static int64_t fraction(const char **at)
{
	int64_t value = 0, unit = 100000000;

	if (**at != '.')
		return 0;
	for (++*at; **at >= '0' && **at <= '9'; ++*at, unit /= 10)
		value += (**at - '0') * unit;
	return value;
}

/* "Z", "+01:00" or nothing. */
static int offset(const char *s, int64_t *ret)
{
	int hours, minutes;

	*ret = 0;
	if (!*s || strcmp(s, "Z") == 0)
		return 0;
	if ((*s != '+' && *s != '-') || strlen(s) != 6 || s[3] != ':')
		return -EINVAL;
	hours = digits(s + 1, 2);
	minutes = digits(s + 4, 2);
	if (hours < 0 || minutes < 0)
		return -EINVAL;
	*ret = (*s == '-' ? -60 : 60) * (hours * 60 + minutes);
	return 0;
}

static int parse_date(const char *word, int64_t *ret)
{
	struct tm utc = { .tm_year = digits(word, 4) - 1900 };
	const char *at = word + 19;
	int64_t nanoseconds, east;

	if (strlen(word) < 19 || word[4] != '-' || word[7] != '-' || word[10] != 'T' ||
		word[13] != ':' || word[16] != ':' || digits(word, 4) < 1970)
		return -EINVAL;
	utc.tm_mon = digits(word + 5, 2) - 1;
	utc.tm_mday = digits(word + 8, 2);
	utc.tm_hour = digits(word + 11, 2);
	utc.tm_min = digits(word + 14, 2);
	utc.tm_sec = digits(word + 17, 2);
	if (utc.tm_mon < 0 || utc.tm_mon > 11 || utc.tm_mday < 1 || utc.tm_hour < 0 ||
		utc.tm_min < 0 || utc.tm_sec < 0 || utc.tm_year > 300)
		return -EINVAL;
	nanoseconds = fraction(&at);
	if (offset(at, &east) < 0)
		return -EINVAL;
	*ret = ((int64_t)timegm(&utc) - east) * 1000000000 + nanoseconds;
	return 0;
}

int log_parse_time(const char *word, int64_t *ret)
{
	uint64_t seconds;

	if (parse_u64(word, &seconds) == 0) {
		if (seconds > INT64_MAX / 1000000000)
			return -ERANGE;
		*ret = (int64_t)seconds * 1000000000;
		return 0;
	}
	/* the digits are looked at before the length where the word is short */
	return strnlen(word, 19) < 19 ? -EINVAL : parse_date(word, ret);
}

static int parse_stream(const char *word, size_t length, enum log_stream *ret)
{
	for (int i = 0; i < LOG_STREAM_COUNT; i++)
		if (strlen(stream_words[i]) == length &&
			memcmp(stream_words[i], word, length) == 0) {
			*ret = (enum log_stream)i;
			return 0;
		}
	return -EINVAL;
}

int log_parse(const char *line, size_t length, struct log_line *ret)
{
	const char *end = line + length;
	const char *stream = memchr(line, ' ', length);
	const char *tag = stream ? memchr(stream + 1, ' ', (size_t)(end - stream - 1)) : NULL;
	struct log_line parsed = { .stamp = line };
	char word[40] = "";

	if (!tag || end - tag < 3 || tag[2] != ' ' || (tag[1] != 'F' && tag[1] != 'P'))
		return -EINVAL;
	parsed.stamp_length = (int)(stream - line);
	if (stream - line >= (ptrdiff_t)sizeof(word))
		return -EINVAL;
	memcpy(word, line, (size_t)(stream - line));
	if (log_parse_time(word, &parsed.time) < 0 ||
		parse_stream(stream + 1, (size_t)(tag - stream - 1), &parsed.stream) < 0)
		return -EINVAL;
	parsed.whole = tag[1] == 'F';
	parsed.text = tag + 3;
	parsed.length = (size_t)(end - parsed.text);
	*ret = parsed;
	return 0;
}
