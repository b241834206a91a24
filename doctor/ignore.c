/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/ignore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/report.h"

#define BLANKS " \t\r"

/* "2026-02-31" is no day. */
static bool is_day(const char *s, size_t length)
{
	static const unsigned char days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned month, day;

	if (length != strlen("YYYY-MM-DD"))
		return false;
	for (size_t i = 0; i < length; i++)
		if (i == 4 || i == 7 ? s[i] != '-' : s[i] < '0' || s[i] > '9')
			return false;
	month = (unsigned)((s[5] - '0') * 10 + (s[6] - '0'));
	day = (unsigned)((s[8] - '0') * 10 + (s[9] - '0'));
	return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

/* The next word of [*at, end), cut off; its length, 0 at the end. */
static size_t next_word(const char **at, const char *end, const char **ret)
{
	while (*at < end && strchr(BLANKS, **at))
		(*at)++;
	*ret = *at;
	while (*at < end && !strchr(BLANKS, **at))
		(*at)++;
	return (size_t)(*at - *ret);
}

/* NULL, or what is wrong with the line. */
static const char *parse_line(const char *at, const char *end, struct ignore_entry *ret)
{
	static const char key[] = "until=";
	const size_t skip = sizeof(key) - 1;
	const char *word;
	size_t n = next_word(&at, end, &word);

	if (n >= sizeof(ret->id))
		return "no id is so long";
	(void)snprintf(ret->id, sizeof(ret->id), "%.*s", (int)n, word);
	n = next_word(&at, end, &word);
	if (n < skip || memcmp(word, key, skip) != 0 || !is_day(word + skip, n - skip))
		return "no day until which it is ignored";
	(void)snprintf(ret->until, sizeof(ret->until), "%.10s", word + skip);
	while (at < end && strchr(BLANKS, *at))
		at++;
	while (end > at && strchr(BLANKS, end[-1]))
		end--;
	if (at == end)
		return "no reason";
	(void)snprintf(ret->words, sizeof(ret->words), "%.*s, until %s",
		(int)MIN((size_t)(end - at), sizeof(ret->words) - 20), at, ret->until);
	return NULL;
}

static int add(struct ignore *to, const struct ignore_entry *entry)
{
	struct ignore_entry *more = reallocarray(to->entries, to->count + 1, sizeof(*to->entries));

	if (!more)
		return -ENOMEM;
	more[to->count++] = *entry;
	to->entries = more;
	return 0;
}

int ignore_parse(
	struct ignore *ret, const char *data, size_t length, const char *path, struct error *err)
{
	const char *line;
	size_t at = 0, n;

	*ret = (struct ignore){ 0 };
	for (unsigned number = 1; (line = text_line(data, length, &at, &n)); number++) {
		struct ignore_entry entry = { .line = number };
		const char *wrong, *first = line, *word;

		if (memchr(line, '\0', n))
			wrong = "a NUL";
		else if (next_word(&first, line + n, &word) == 0 || *word == '#')
			continue;
		else
			wrong = parse_line(line, line + n, &entry);
		if (!wrong && add(ret, &entry) == 0)
			continue;
		ignore_done(ret);
		if (!wrong)
			return error_set(err, -ENOMEM, "cannot read '%s'", path);
		return error_say(err, -EINVAL,
			"bad line %u of '%s': %s; write: ID until=YYYY-MM-DD REASON", number, path,
			wrong);
	}
	return 0;
}

void ignore_done(struct ignore *ignore)
{
	free(ignore->entries);
	*ignore = (struct ignore){ 0 };
}

static void mark(struct ignore_entry *entry, struct report *report, size_t i)
{
	if (!report_finds(report, i) || report->ignored[i])
		return;
	report->ignored[i] = entry->words;
	report->sums[report->verdicts[i].kind]--;
	report->ignored_sum++;
}

int ignore_apply(const struct ignore *ignore, const char *today, struct report *report,
	struct text_list *ret_warnings)
{
	int r = 0;

	for (size_t e = 0; e < ignore->count && r >= 0; e++) {
		struct ignore_entry *entry = &ignore->entries[e];
		bool expired = strcmp(entry->until, today) < 0, found = false;

		for (size_t i = 0; i < report->count; i++)
			if (strcmp(check_at(i)->id, entry->id) == 0) {
				found = true;
				if (!expired)
					mark(entry, report, i);
			}
		if (!found)
			r = text_list_addf(ret_warnings,
				"line %u of the ignore file: there is no check '%s'", entry->line,
				entry->id);
		else if (expired)
			r = text_list_addf(ret_warnings,
				"line %u of the ignore file: '%s' expired on %s and counts again",
				entry->line, entry->id, entry->until);
	}
	return r;
}
