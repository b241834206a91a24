/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/markup.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* XML 1.0, "Char": no control characters but these three, no U+FFFE and U+FFFF. C1 controls are
 * allowed there and are no characters to anybody who reads. */
static bool is_char(const char *s, size_t length)
{
	unsigned char c = (unsigned char)*s;

	if (length == 1)
		return (c >= 0x20 && c != 0x7f) || c == '\t' || c == '\n' || c == '\r';
	if (length == 2 && c == 0xc2)
		return (unsigned char)s[1] >= 0xa0;
	return length != 3 ||
	       (memcmp(s, "\xef\xbf\xbe", 3) != 0 && memcmp(s, "\xef\xbf\xbf", 3) != 0);
}

void markup_escape(struct text *to, const char *s)
{
	while (*s) {
		size_t length = text_utf8_length(s);
		const char *name = entity(*s);

		if (length == 0 || !is_char(s, length))
			text_add(to, REPLACEMENT);
		else if (name)
			text_add(to, name);
		else
			text_add_bytes(to, s, length);
		s += length ? length : 1;
	}
}

/* One directive at @fmt, behind its '%'; returns what follows it. */
static const char *directive(struct text *to, const char *fmt, va_list *args)
{
	char spec[8] = "%";
	size_t n = strcspn(fmt, "sduf%") + 1;

	assert(n < sizeof(spec) - 1 && fmt[n - 1]);
	(void)memcpy(spec + 1, fmt, n);
	spec[n + 1] = '\0';
	if (strcmp(spec, "%s") == 0)
		markup_escape(to, va_arg(*args, const char *));
	else if (strcmp(spec, "%u") == 0)
		text_addf(to, "%u", va_arg(*args, unsigned));
	else if (strcmp(spec, "%d") == 0)
		text_addf(to, "%d", va_arg(*args, int));
	else if (strcmp(spec, "%zu") == 0)
		text_addf(to, "%zu", va_arg(*args, size_t));
	else if (strcmp(spec, "%llu") == 0)
		text_addf(to, "%llu", va_arg(*args, unsigned long long));
	else if (spec[1] == '.' && spec[n] == 'f')
		text_addf(to, "%.*f", spec[2] - '0', va_arg(*args, double));
	else {
		assert(strcmp(spec, "%%") == 0);
		text_add(to, "%");
	}
	return fmt + n;
}

void markup_add(struct text *to, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	while (*fmt) {
		size_t n = strcspn(fmt, "%");

		text_add_bytes(to, fmt, n);
		fmt += n;
		if (*fmt)
			fmt = directive(to, fmt + 1, &args);
	}
	va_end(args);
}
