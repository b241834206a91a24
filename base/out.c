/* SPDX-License-Identifier: Apache-2.0 */
#include "base/out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"

static const char *const escapes[] = {
	[OUT_PLAIN] = "",
	[OUT_BOLD] = "\033[1m",
	[OUT_DIM] = "\033[2m",
	[OUT_GREEN] = "\033[32m",
	[OUT_YELLOW] = "\033[33m",
	[OUT_RED] = "\033[31m",
};
_Static_assert(ARRAY_SIZE(escapes) == OUT_COLOUR_COUNT, "every colour has its escape");

static bool set_in_environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

/* The locale's charset, read from its name: nothing here needs setlocale's tables. */
static bool locale_is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

int out_open(struct out *out, FILE *stream, const char *when)
{
	struct winsize size = { 0 };
	const char *term = getenv("TERM");
	bool dumb = !term || strcmp(term, "dumb") == 0;

	*out = (struct out){ .stream = stream, .width = 80 };
	out->terminal = isatty(fileno(stream)) == 1;
	out->utf8 = locale_is_utf8() && !(out->terminal && dumb);
	if (out->terminal && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
		out->width = size.ws_col;
	if (strcmp(when, "always") == 0)
		out->colour = true;
	else if (strcmp(when, "auto") == 0)
		out->colour = out->terminal && !dumb && !set_in_environment("NO_COLOR");
	else if (strcmp(when, "never") != 0)
		return -EINVAL;
	return 0;
}

/* U+202A to U+202E and U+2066 to U+2069 turn the direction of what follows. */
static bool turns_direction(const char *s)
{
	unsigned char last = (unsigned char)s[2];

	return (memcmp(s, "\xe2\x80", 2) == 0 && last >= 0xaa && last <= 0xae) ||
	       (memcmp(s, "\xe2\x81", 2) == 0 && last >= 0xa6 && last <= 0xa9);
}

static bool is_harmless(const char *s, size_t length)
{
	unsigned char c = (unsigned char)*s;

	if (length == 1)
		return (c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t';
	if (length == 2)
		return c != 0xc2 || (unsigned char)s[1] >= 0xa0;
	return length != 3 || !turns_direction(s);
}

/* Nothing read from a host may move the cursor, colour the screen or read otherwise than it is
 * written: control characters (C0, DEL, C1), what is no UTF-8, and signs that turn direction. */
static void disarm(char *s)
{
	while (*s) {
		size_t length = text_utf8_length(s);

		if (length == 0 || !is_harmless(s, length)) {
			length = length ? length : 1;
			(void)memset(s, '?', length);
		}
		s += length;
	}
}

void out_print(const struct out *out, enum out_colour colour, const char *fmt, ...)
{
	char *made = NULL;
	va_list args;
	int r;

	va_start(args, fmt);
	r = vasprintf(&made, fmt, args);
	va_end(args);
	if (r < 0)
		return;
	disarm(made);
	if (out->colour && colour != OUT_PLAIN)
		(void)fprintf(out->stream, "%s%s\033[0m", escapes[colour], made);
	else
		(void)fputs(made, out->stream);
	free(made);
}

void out_wrap(const struct out *out, const char *first, const char *s)
{
	int indent = (int)strlen(first);
	int room = MAX(out->width - indent - 1, 20);

	out_print(out, OUT_PLAIN, "%s", first);
	while (strlen(s) > (size_t)room) {
		int cut = room;

		while (cut > 0 && s[cut] != ' ')
			cut--;
		if (cut ==
			0) /* a word longer than the line stays whole: it may be a path to copy */
			cut = (int)strcspn(s, " ");
		out_print(out, OUT_PLAIN, "%.*s\n", cut, s);
		s += cut;
		s += strspn(s, " ");
		if (*s)
			out_print(out, OUT_PLAIN, "%*s", indent, "");
	}
	out_print(out, OUT_PLAIN, "%s\n", s);
}

int out_json(const struct out *out, const char *text)
{
	for (const unsigned char *s = (const unsigned char *)text; *s; s++) {
		bool c1 = s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0;

		if (c1 || *s == 0x7f)
			(void)fprintf(out->stream, "\\u%04x", *(s += c1));
		else
			(void)fputc(*s, out->stream);
	}
	return fputc('\n', out->stream) == EOF || ferror(out->stream) ? -EIO : 0;
}

void out_error(const char *program, const struct error *err)
{
	struct out out;

	(void)out_open(&out, stderr, "auto");
	(void)fflush(stdout);
	out_print(&out, OUT_PLAIN, "%s: %s", program, err->text);
	if (*err->see)
		out_print(&out, OUT_PLAIN, "; see 'rpod-doctor --check %s'", err->see);
	out_print(&out, OUT_PLAIN, "\n");
}

void out_warning(const char *program, const char *fmt, ...)
{
	char words[1024];
	struct out out;
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	(void)out_open(&out, stderr, "auto");
	out_print(&out, OUT_YELLOW, "%s: warning: ", program);
	out_print(&out, OUT_PLAIN, "%s\n", words);
}

int out_finish(void)
{
	if (ferror(stdout))
		return -EIO;
	if (fflush(stdout) != 0)
		return -errno;
	return 0;
}
