/* SPDX-License-Identifier: Apache-2.0 */
#include "host/toml-scan.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

int toml_peek(const struct toml_scan *s, size_t ahead)
{
	return s->at + ahead < s->length ? (unsigned char)s->data[s->at + ahead] : -1;
}

void toml_skip(struct toml_scan *s)
{
	if (toml_peek(s, 0) == '\n')
		s->line++;
	s->at++;
}

bool toml_take(struct toml_scan *s, char c)
{
	if (toml_peek(s, 0) != c)
		return false;
	toml_skip(s);
	return true;
}

static int fail(struct toml_scan *s, const char *why)
{
	s->why = why;
	return -EINVAL;
}

void toml_blanks(struct toml_scan *s)
{
	while (toml_peek(s, 0) == ' ' || toml_peek(s, 0) == '\t')
		toml_skip(s);
}

static bool at_newline(const struct toml_scan *s)
{
	return toml_peek(s, 0) == '\n' || (toml_peek(s, 0) == '\r' && toml_peek(s, 1) == '\n');
}

static bool is_control(int c)
{
	return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f;
}

int toml_comment(struct toml_scan *s)
{
	toml_blanks(s);
	if (toml_peek(s, 0) != '#')
		return 0;
	while (toml_peek(s, 0) >= 0 && !at_newline(s)) {
		if (is_control(toml_peek(s, 0)))
			return fail(s, "a control character in a comment");
		toml_skip(s);
	}
	return 0;
}

int toml_gap(struct toml_scan *s)
{
	int r;

	do {
		r = toml_comment(s);
		if (r < 0)
			return r;
		if (!at_newline(s))
			return 0;
		(void)toml_take(s, '\r');
		toml_skip(s);
	} while (true);
}

int toml_end_of_line(struct toml_scan *s)
{
	int r = toml_comment(s);

	if (r < 0)
		return r;
	if (toml_peek(s, 0) < 0)
		return 0;
	if (!at_newline(s))
		return fail(s, "something follows the value or the table's name");
	(void)toml_take(s, '\r');
	toml_skip(s);
	return 0;
}

static void add_utf8(struct text *t, uint32_t c)
{
	char bytes[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		bytes[i] = (char)(0x80 | (c & 0x3f));
	bytes[0] = (char)(lead[n] | c);
	text_add_bytes(t, bytes, n);
}

static int add_code_point(struct toml_scan *s, int digits, struct text *ret)
{
	uint32_t c = 0;

	for (int i = 0; i < digits; i++) {
		int digit = toml_peek(s, 0);

		if (digit < 0 || !isxdigit(digit))
			return fail(s, "expected hexadecimal digits after \\u");
		c = c << 4 | (uint32_t)(isdigit(digit) ? digit - '0' : tolower(digit) - 'a' + 10);
		toml_skip(s);
	}
	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000) || c == 0)
		return fail(s, "no such character");
	add_utf8(ret, c);
	return 0;
}

/* After a backslash. */
static int add_escape(struct toml_scan *s, bool multi, struct text *ret)
{
	static const char from[] = "btnfre\"\\", to[] = "\b\t\n\f\r\033\"\\";
	int c = toml_peek(s, 0);
	const char *at;

	if (multi && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) {
		toml_blanks(s);
		if (!at_newline(s))
			return fail(s, "unknown escape");
		/* a backslash at the end of a line eats all that is blank */
		while (toml_peek(s, 0) == ' ' || toml_peek(s, 0) == '\t' || at_newline(s))
			toml_skip(s);
		return 0;
	}
	if (c == 'u' || c == 'U') {
		toml_skip(s);
		return add_code_point(s, c == 'u' ? 4 : 8, ret);
	}
	at = c > 0 ? strchr(from, c) : NULL;
	if (!at)
		return fail(s, "unknown escape");
	toml_skip(s);
	text_add_bytes(ret, &to[at - from], 1);
	return 0;
}

static bool three(const struct toml_scan *s, int quote)
{
	return toml_peek(s, 0) == quote && toml_peek(s, 1) == quote && toml_peek(s, 2) == quote;
}

/* After the opening quotes of a string that may span lines. Up to two quotes may stand before the
 * closing three. */
static int multi_line(struct toml_scan *s, int quote, struct text *ret)
{
	(void)(at_newline(s) && toml_take(s, '\r'));
	(void)toml_take(s, '\n');
	for (;;) {
		int c = toml_peek(s, 0), r = 0;

		if (c < 0)
			return fail(s, "a string has no end");
		if (three(s, quote) && toml_peek(s, 3) != quote)
			break;
		if (is_control(c) && !at_newline(s))
			return fail(s, "a control character in a string");
		toml_skip(s);
		if (c == '\\' && quote == '"')
			r = add_escape(s, true, ret);
		else
			text_add_bytes(ret, &(char){ (char)c }, 1);
		if (r < 0)
			return r;
	}
	s->at += 3;
	return 0;
}

static int one_line(struct toml_scan *s, int quote, struct text *ret)
{
	while (!toml_take(s, (char)quote)) {
		int c = toml_peek(s, 0), r = 0;

		if (c < 0 || c == '\n')
			return fail(s, "a string has no end");
		if (is_control(c))
			return fail(s, "a control character in a string");
		toml_skip(s);
		if (c == '\\' && quote == '"')
			r = add_escape(s, false, ret);
		else
			text_add_bytes(ret, &(char){ (char)c }, 1);
		if (r < 0)
			return r;
	}
	return 0;
}

int toml_string(struct toml_scan *s, bool may_span_lines, struct text *ret)
{
	int quote = toml_peek(s, 0), r;

	if (may_span_lines && three(s, quote)) {
		s->at += 3;
		r = multi_line(s, quote, ret);
	} else {
		s->at++;
		r = one_line(s, quote, ret);
	}
	return r >= 0 && text_failed(ret) ? -ENOMEM : r;
}

int toml_key_part(struct toml_scan *s, struct text *ret)
{
	int c = toml_peek(s, 0);

	if (c == '"' || c == '\'')
		return toml_string(s, false, ret);
	if (c < 0 || (!isalnum(c) && c != '-' && c != '_'))
		return fail(s, "expected a key");
	for (; c >= 0 && (isalnum(c) || c == '-' || c == '_'); c = toml_peek(s, 0)) {
		text_add_bytes(ret, &(char){ (char)c }, 1);
		toml_skip(s);
	}
	return text_failed(ret) ? -ENOMEM : 0;
}

/* Digits of a base; underscores only between digits. Returns what follows, NULL: there are none. */
static const char *digits(const char *w, const char *allowed)
{
	const char *start = w;

	while (*w && (strchr(allowed, *w) || (*w == '_' && w > start && w[-1] != '_')))
		w++;
	return w == start || w[-1] == '_' ? NULL : w;
}

static bool is_number(const char *w)
{
	static const char decimal[] = "0123456789";
	static const struct {
		const char *prefix, *allowed;
	} bases[] = {
		{ "0x", "0123456789abcdefABCDEF" },
		{ "0o", "01234567" },
		{ "0b", "01" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bases); i++)
		if (text_starts(w, bases[i].prefix)) {
			w = digits(w + 2, bases[i].allowed);
			return w && !*w;
		}
	w += *w == '+' || *w == '-';
	if (strcmp(w, "inf") == 0 || strcmp(w, "nan") == 0)
		return true;
	if (w[0] == '0' && isdigit((unsigned char)w[1]))
		return false;
	w = digits(w, decimal);
	if (w && *w == '.')
		w = digits(w + 1, decimal);
	if (w && (*w == 'e' || *w == 'E'))
		w = digits(w + 1 + (w[1] == '+' || w[1] == '-'), decimal);
	return w && !*w;
}

/* Not whether that day exists: only that it is written like a date or a time. */
static bool is_date(const char *w)
{
	size_t n = strspn(w, "0123456789");

	return ((n == 4 && w[4] == '-') || (n == 2 && w[2] == ':')) &&
	       strspn(w, "0123456789-:TtZz.+ ") == strlen(w);
}

int toml_word(struct toml_scan *s, struct text *ret)
{
	const char *word;
	size_t start = ret->length;

	for (int c = toml_peek(s, 0); c > 0 && (isalnum(c) || strchr("+-._:", c) ||
						       /* "1979-05-27 07:32:00" */
						       (c == ' ' && ret->length - start == 10 &&
							       is_date(ret->data + start) &&
							       isdigit(MAX(toml_peek(s, 1), 0))));
		c = toml_peek(s, 0)) {
		text_add_bytes(ret, &(char){ (char)c }, 1);
		toml_skip(s);
	}
	if (text_failed(ret))
		return -ENOMEM;
	word = text_get(ret) + start;
	if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0 || is_date(word))
		return 0;
	if (!is_number(word))
		return fail(s, *word ? "a value that is neither a string, number, boolean nor date"
				     : "expected a value");
	/* underscores are for the eye */
	ret->length = start;
	for (; *word; word++)
		if (*word != '_')
			ret->data[ret->length++] = *word;
	ret->data[ret->length] = '\0';
	return 0;
}
