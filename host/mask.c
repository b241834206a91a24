/* SPDX-License-Identifier: Apache-2.0 */
#include "host/mask.h"

#include <ctype.h>
#include <string.h>

#include "base/macro.h"

#define KEY_BEGIN "-----BEGIN "
#define KEY_END   "-----END "

static const char *const names[] = { "password", "passphrase", "secret", "token", "credential",
	"apikey", "api_key", "access_key", "private_key" };

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

/* Does the word of @length bytes say that its value is one? */
static bool is_secret(const char *word, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t n = strlen(names[i]);

		for (size_t at = 0; at + n <= length; at++)
			if (strncasecmp(word + at, names[i], n) == 0)
				return true;
	}
	return false;
}

/* The length of "NAME = " with a blank or none around the sign, and of a quote behind it; 0: none. */
static size_t assignment(const char *s, size_t length)
{
	size_t n = 0, word;

	while (n < length && is_name(s[n]))
		n++;
	word = n;
	while (n < length && (s[n] == ' ' || s[n] == '\t'))
		n++;
	if (word == 0 || n == length || s[n] != '=' || !is_secret(s, word))
		return 0;
	n++;
	while (n < length && (s[n] == ' ' || s[n] == '\t'))
		n++;
	return n + (n < length && (s[n] == '"' || s[n] == '\''));
}

static size_t value(const char *s, size_t length, size_t begin)
{
	char quote = begin > 0 && (s[begin - 1] == '"' || s[begin - 1] == '\'') ? s[begin - 1] : 0;
	size_t n = begin;

	while (n < length && s[n] != '\n' && (quote ? s[n] != quote : !strchr(" \t\r,;\"'", s[n])))
		n++;
	return n;
}

/* The length of "://USER:PASSWORD@" at @s, 0: there is none. */
static size_t userinfo(const char *s, size_t length)
{
	size_t n = 3;

	if (length < 4 || memcmp(s, "://", 3) != 0)
		return 0;
	while (n < length && s[n] != '@' && !strchr("/?# \t\r\n\"'", s[n]))
		n++;
	return n < length && s[n] == '@' && n > 3 ? n + 1 : 0;
}

/* A private key from its first line to the end of its last. */
static size_t private_key(const char *s, size_t length)
{
	const char *line = memchr(s, '\n', length), *end, *last;

	if (length < strlen(KEY_BEGIN) || memcmp(s, KEY_BEGIN, strlen(KEY_BEGIN)) != 0 || !line ||
		!memmem(s, (size_t)(line - s), "PRIVATE KEY", 11))
		return 0;
	end = memmem(s, length, KEY_END, strlen(KEY_END));
	last = end ? memchr(end, '\n', length - (size_t)(end - s)) : NULL;
	return last ? (size_t)(last - s) : length;
}

/* What of @s is masked or kept in one piece: appended; its length. */
static size_t take(const char *data, size_t at, size_t length, struct text *ret)
{
	const char *s = data + at;
	size_t left = length - at, n = private_key(s, left);

	if (n > 0) {
		text_add(ret, MASK);
		return n;
	}
	n = userinfo(s, left);
	if (n > 0) {
		text_add(ret, "://" MASK "@");
		return n;
	}
	n = at == 0 || !is_name(data[at - 1]) ? assignment(s, left) : 0;
	if (n > 0) {
		text_add_bytes(ret, s, n);
		text_add(ret, MASK);
		return value(s, left, n);
	}
	text_add_bytes(ret, s, 1);
	return 1;
}

void mask_secrets(const char *data, size_t length, struct text *ret)
{
	for (size_t at = 0; at < length;)
		at += take(data, at, length, ret);
}

void mask_passwd(const char *data, size_t length, struct text *ret)
{
	const char *line;
	size_t from = 0, n;

	while ((line = text_line(data, length, &from, &n))) {
		const char *hash = memchr(line, ':', n), *end;

		hash = hash ? hash + 1 : line + n;
		end = memchr(hash, ':', n - (size_t)(hash - line));
		end = end ? end : line + n;
		text_add_bytes(ret, line, (size_t)(hash - line));
		if (end - hash > (ssize_t)strspn(hash, "x*!"))
			text_add(ret, MASK);
		else
			text_add_bytes(ret, hash, (size_t)(end - hash));
		text_add_bytes(ret, end, n - (size_t)(end - line));
		if (line + n < data + length)
			text_add(ret, "\n");
	}
}
