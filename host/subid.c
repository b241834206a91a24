/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idmap_parse(): /etc/subuid and /etc/subgid, strictly. Shadow's own reader skips what it does not
 * like without a word (subordinateio.c); a user then has "no range" and nobody says why. Here every
 * such line is kept with its reason.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "host/idmap.h"

#define BOM "\xef\xbb\xbf"

static bool holds_control(const char *line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			return true;
	return false;
}

static size_t count_colons(const char *line, size_t n)
{
	size_t colons = 0;

	for (size_t i = 0; i < n; i++)
		colons += line[i] == ':';
	return colons;
}

/* What can be said of a line before its fields are looked at; NULL: nothing. */
static const char *shape_fault(const char *line, size_t n)
{
	size_t colons = count_colons(line, n);

	if (n >= 3 && memcmp(line, BOM, 3) == 0)
		return "begins with a byte order mark";
	if (line[n - 1] == '\r')
		return "ends in a carriage return";
	if (memchr(line, '#', n))
		return "has a comment behind the entry";
	if (line[0] == ' ' || line[0] == '\t')
		return "begins with a blank";
	if (memchr(line, ' ', n) || memchr(line, '\t', n))
		return "holds a blank";
	if (holds_control(line, n))
		return "holds a control character";
	if (colons < 2)
		return "a field is missing; expected NAME:START:COUNT";
	if (colons == 4)
		return "two entries in one line: the newline between them is missing";
	if (colons > 2)
		return "too many fields; expected NAME:START:COUNT";
	return NULL;
}

/* The number in [from, to). */
static bool parse_field(const char *from, const char *to, uint64_t *ret)
{
	char digits[24];
	size_t n = (size_t)(to - from);

	if (n == 0 || n >= sizeof(digits))
		return false;
	memcpy(digits, from, n);
	digits[n] = '\0';
	return parse_u64(digits, ret) == 0;
}

static const char *field_fault(const char *line, size_t n, struct idmap_range *ret)
{
	const char *first = memchr(line, ':', n), *end = line + n;
	const char *second = memchr(first + 1, ':', (size_t)(end - first - 1));

	if (first == line)
		return "the owner is missing";
	if ((size_t)(first - line) >= sizeof(ret->owner))
		return "the owner's name is too long";
	(void)snprintf(ret->owner, sizeof(ret->owner), "%.*s", (int)(first - line), line);
	if (!parse_field(first + 1, second, &ret->start))
		return "the start is not a number";
	if (!parse_field(second + 1, end, &ret->count))
		return "the count is not a number";
	if (ret->count == 0)
		return "the count is 0";
	/* the last uid_t means "no id" */
	if (ret->start >= UINT32_MAX || ret->count > UINT32_MAX - ret->start)
		return "the range goes beyond the last id, 4294967294";
	return NULL;
}

static bool is_ours(const char *owner, const char *user, uint64_t uid)
{
	uint64_t number;

	if (*user && strcmp(owner, user) == 0)
		return true;
	return uid != UINT64_MAX && parse_u64(owner, &number) == 0 && number == uid;
}

static void keep_bad(
	struct idmap_file *ret, unsigned number, const char *line, size_t n, const char *why)
{
	struct idmap_bad_line *bad;

	if (ret->bad_count++ >= IDMAP_BAD_LINES)
		return;
	bad = &ret->bad[ret->bad_count - 1];
	bad->line = number;
	(void)text_copy(bad->why, sizeof(bad->why), why);
	(void)snprintf(
		bad->text, sizeof(bad->text), "%.*s", (int)MIN(n, sizeof(bad->text) - 1), line);
}

static int keep_range(struct idmap_file *ret, const struct idmap_range *range)
{
	/* room doubles at every power of two */
	if ((ret->count & (ret->count - 1)) == 0) {
		size_t room = MAX(ret->count * 2, (size_t)1);
		struct idmap_range *grown = realloc(ret->ranges, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		ret->ranges = grown;
	}
	ret->ranges[ret->count++] = *range;
	return 0;
}

int idmap_parse(
	struct idmap_file *ret, const char *data, size_t length, const char *user, uint64_t uid)
{
	const char *line;
	size_t at = 0, n;

	*ret = (struct idmap_file){ .state = FACT_KNOWN };
	ret->ends_in_newline = length == 0 || data[length - 1] == '\n';
	for (unsigned number = 1; (line = text_line(data, length, &at, &n)); number++) {
		struct idmap_range range = { .line = number };
		const char *why;

		if (n == 0 || line[0] == '#')
			continue;
		why = shape_fault(line, n);
		if (!why)
			why = field_fault(line, n, &range);
		if (why) {
			keep_bad(ret, number, line, n, why);
			continue;
		}
		range.ours = is_ours(range.owner, user, uid);
		if (keep_range(ret, &range) < 0)
			return -ENOMEM;
	}
	return 0;
}
