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

/* What is wrong with a line, and the byte it begins at. why NULL: nothing. */
struct fault {
	const char *why;
	size_t at;
};

static bool find_byte(const char *line, size_t n, char byte, size_t *ret)
{
	const char *at = memchr(line, byte, n);

	*ret = at ? (size_t)(at - line) : n;
	return at;
}

static bool find_blank(const char *line, size_t n, size_t *ret)
{
	size_t blank, tab;

	(void)find_byte(line, n, ' ', &blank);
	(void)find_byte(line, n, '\t', &tab);
	*ret = MIN(blank, tab);
	return *ret < n;
}

static bool find_control(const char *line, size_t n, size_t *ret)
{
	for (*ret = 0; *ret < n; (*ret)++)
		if ((unsigned char)line[*ret] < ' ' || line[*ret] == 0x7f)
			return true;
	return false;
}

/* The byte behind the @count-th colon, @n where there are fewer. */
static size_t after_colon(const char *line, size_t n, unsigned count)
{
	for (size_t i = 0; i < n; i++)
		if (line[i] == ':' && --count == 0)
			return i + 1;
	return n;
}

static size_t count_colons(const char *line, size_t n)
{
	size_t colons = 0;

	for (size_t i = 0; i < n; i++)
		colons += line[i] == ':';
	return colons;
}

/* What can be said of a line before its fields are looked at. */
static struct fault shape_fault(const char *line, size_t n)
{
	size_t colons = count_colons(line, n), at;

	if (n >= 3 && memcmp(line, BOM, 3) == 0)
		return (struct fault){ "begins with a byte order mark", 0 };
	if (line[n - 1] == '\r')
		return (struct fault){ "ends in a carriage return", n - 1 };
	if (find_byte(line, n, '#', &at))
		return (struct fault){ "has a comment behind the entry", at };
	if (find_blank(line, n, &at))
		return (struct fault){ at == 0 ? "begins with a blank" : "holds a blank", at };
	if (find_control(line, n, &at))
		return (struct fault){ "holds a control character", at };
	if (colons < 2) /* where START-LAST was written, the dash */
		return (struct fault){ "a field is missing; expected NAME:START:COUNT",
			find_byte(line + after_colon(line, n, 1), n - after_colon(line, n, 1), '-',
				&at)
				? after_colon(line, n, 1) + at
				: n };
	if (colons == 4)
		return (struct fault){ "two entries in one line: the newline between them is "
				       "missing",
			after_colon(line, n, 2) };
	if (colons > 2)
		return (struct fault){ "too many fields; expected NAME:START:COUNT",
			after_colon(line, n, 3) - 1 };
	return (struct fault){ NULL, 0 };
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

static struct fault field_fault(const char *line, size_t n, struct idmap_range *ret)
{
	size_t start = after_colon(line, n, 1), count = after_colon(line, n, 2);

	if (start == 1)
		return (struct fault){ "the owner is missing", 0 };
	if (start > sizeof(ret->owner))
		return (struct fault){ "the owner's name is too long", 0 };
	(void)snprintf(ret->owner, sizeof(ret->owner), "%.*s", (int)start - 1, line);
	if (!parse_field(line + start, line + count - 1, &ret->start))
		return (struct fault){ "the start is not a number", start };
	if (!parse_field(line + count, line + n, &ret->count))
		return (struct fault){ "the count is not a number", count };
	if (ret->count == 0)
		return (struct fault){ "the count is 0", count };
	/* the last uid_t means "no id" */
	if (ret->start >= UINT32_MAX || ret->count > UINT32_MAX - ret->start)
		return (struct fault){ "the range goes beyond the last id, 4294967294", start };
	return (struct fault){ NULL, 0 };
}

static bool is_ours(const char *owner, const char *user, uint64_t uid)
{
	uint64_t number;

	if (*user && strcmp(owner, user) == 0)
		return true;
	return uid != UINT64_MAX && parse_u64(owner, &number) == 0 && number == uid;
}

static void keep_bad(struct idmap_file *ret, unsigned number, const char *line, size_t n,
	const struct fault *fault)
{
	struct idmap_bad_line *bad;

	if (ret->bad_count++ >= IDMAP_BAD_LINES)
		return;
	bad = &ret->bad[ret->bad_count - 1];
	bad->line = number;
	bad->column = (unsigned)MIN(fault->at, (size_t)UINT32_MAX - 1) + 1;
	(void)text_copy(bad->why, sizeof(bad->why), fault->why);
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
		struct fault fault;

		if (n == 0 || line[0] == '#')
			continue;
		fault = shape_fault(line, n);
		if (!fault.why)
			fault = field_fault(line, n, &range);
		if (fault.why) {
			keep_bad(ret, number, line, n, &fault);
			continue;
		}
		range.ours = is_ours(range.owner, user, uid);
		if (keep_range(ret, &range) < 0)
			return -ENOMEM;
	}
	return 0;
}
