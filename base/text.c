/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_done(struct text *t)
{
	free(t->data);
	*t = (struct text){ 0 };
}

int text_reserve(struct text *t, size_t n)
{
	size_t room = t->room ? t->room : 128;
	char *grown;

	if (t->failed)
		return -ENOMEM;
	while (room - t->length <= n)
		room *= 2;
	if (t->data && room == t->room)
		return 0;
	grown = realloc(t->data, room);
	if (!grown) {
		t->failed = true;
		return -ENOMEM;
	}
	t->data = grown;
	t->room = room;
	t->data[t->length] = '\0';
	return 0;
}

void text_add_bytes(struct text *t, const void *bytes, size_t n)
{
	if (text_reserve(t, n) < 0)
		return;
	if (n > 0)
		memcpy(t->data + t->length, bytes, n);
	t->length += n;
	t->data[t->length] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_bytes(t, s, strlen(s));
}

void text_addf(struct text *t, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0 || text_reserve(t, (size_t)n) < 0)
		return;
	va_start(args, fmt);
	(void)vsnprintf(t->data + t->length, (size_t)n + 1, fmt, args);
	va_end(args);
	t->length += (size_t)n;
}

const char *text_get(const struct text *t)
{
	return t->data ? t->data : "";
}

char *text_take(struct text *t)
{
	char *taken;

	if (!t->data)
		text_add(t, "");
	taken = t->failed ? NULL : t->data;
	if (!taken)
		free(t->data);
	*t = (struct text){ 0 };
	return taken;
}

bool text_failed(const struct text *t)
{
	return t->failed;
}

const char *text_line(const char *data, size_t length, size_t *at, size_t *ret_length)
{
	const char *start, *end;

	if (!data || *at >= length)
		return NULL;
	start = data + *at;
	end = memchr(start, '\n', length - *at);
	*ret_length = end ? (size_t)(end - start) : length - *at;
	*at += *ret_length + 1;
	return start;
}

bool text_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *s, const char *suffix)
{
	size_t a = strlen(s), b = strlen(suffix);

	return a >= b && strcmp(s + a - b, suffix) == 0;
}

bool text_is_within(const char *path, const char *dir, size_t n)
{
	return strncmp(path, dir, n) == 0 && (path[n] == '/' || !path[n]);
}

bool text_has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	while (*list) {
		size_t length;

		list += strspn(list, " \t\n");
		length = strcspn(list, " \t\n");
		if (length == n && n > 0 && memcmp(list, word, n) == 0)
			return true;
		list += length;
	}
	return false;
}

bool text_copy(char *to, size_t size, const char *from)
{
	int n = snprintf(to, size, "%s", from);

	return n >= 0 && (size_t)n < size;
}

size_t text_utf8_length(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0;
	if (s[0] == 0xed)
		high = 0x9f;
	if (s[0] == 0xf0)
		low = 0x90;
	if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return n;
}

bool text_is_utf8(const char *data, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t n = text_utf8_length(data + i);

		if (n == 0 || n > length - i)
			return false;
		i += n;
	}
	return true;
}

int parse_u64(const char *s, uint64_t *ret)
{
	unsigned long long value;
	char *end;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	errno = 0;
	value = strtoull(s, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno)
		return -errno;
	*ret = value;
	return 0;
}

int parse_u32(const char *s, uint32_t *ret)
{
	uint64_t value = 0;
	int r;

	r = parse_u64(s, &value);
	if (r < 0)
		return r;
	if (value > UINT32_MAX)
		return -ERANGE;
	*ret = (uint32_t)value;
	return 0;
}

int parse_id(const char *s, uint32_t *ret)
{
	uint32_t value = 0;
	int r;

	r = parse_u32(s, &value);
	if (r < 0)
		return r;
	if (value == UINT32_MAX)
		return -ERANGE;
	*ret = value;
	return 0;
}

int parse_size(const char *s, uint64_t *ret)
{
	static const char units[] = "bkmgt";
	char digits[24];
	size_t n = strspn(s, "0123456789");
	const char *unit;
	uint64_t value = 0;
	unsigned shift = 0;
	int r;

	if (n >= sizeof(digits))
		return -ERANGE;
	memcpy(digits, s, n);
	digits[n] = '\0';
	r = parse_u64(digits, &value);
	if (r < 0)
		return r;
	if (s[n]) {
		unit = strchr(units, tolower((unsigned char)s[n]));
		if (!unit || (s[n + 1] && (tolower((unsigned char)s[n + 1]) != 'b' || s[n + 2])))
			return -EINVAL;
		shift = 10 * (unsigned)(unit - units);
	}
	if (value > UINT64_MAX >> shift)
		return -ERANGE;
	*ret = value << shift;
	return 0;
}

int text_list_add(struct text_list *list, const char *item)
{
	char **grown = realloc(list->items, (list->count + 2) * sizeof(*grown));
	char *copy;

	if (!grown)
		return -ENOMEM;
	list->items = grown;
	grown[list->count] = NULL;
	copy = strdup(item);
	if (!copy)
		return -ENOMEM;
	grown[list->count++] = copy;
	grown[list->count] = NULL;
	return 0;
}

int text_list_addf(struct text_list *list, const char *fmt, ...)
{
	char *made = NULL;
	va_list args;
	int r;

	va_start(args, fmt);
	r = vasprintf(&made, fmt, args);
	va_end(args);
	if (r < 0)
		return -ENOMEM;
	r = text_list_add(list, made);
	free(made);
	return r;
}

bool text_list_has(const struct text_list *list, const char *item)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], item) == 0)
			return true;
	return false;
}

void text_list_done(struct text_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct text_list){ 0 };
}
