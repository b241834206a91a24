/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/export-quote.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

void quote_shell(struct text *ret, const char *s)
{
	text_add(ret, "'");
	for (; *s; s++) {
		if (*s == '\'')
			text_add(ret, "'\\''");
		else if (*s == '\n' && s[1] == '%')
			text_add(ret, "\n''");
		else
			text_add_bytes(ret, s, 1);
	}
	text_add(ret, "'");
}

void quote_yaml(struct text *ret, const char *s)
{
	text_add(ret, "\"");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			text_addf(ret, "\\%c", c);
		else if (c == '\n')
			text_add(ret, "\\n");
		else if (c == '\t')
			text_add(ret, "\\t");
		else if (c < ' ' || c == 0x7f)
			text_addf(ret, "\\x%02X", c);
		else
			text_add_bytes(ret, s, 1);
	}
	text_add(ret, "\"");
}

/* YAML 1.2, 8.1: printable lines, the first of which shows the indentation, one newline at the end.
 * Beyond ASCII some characters are no printable ones, and some are line breaks of YAML 1.1. */
static bool fits_block(const char *s)
{
	if (!*s || *s == ' ' || *s == '\n' || !text_ends(s, "\n") || text_ends(s, "\n\n"))
		return false;
	for (; *s; s++)
		if ((unsigned char)*s >= 0x7f ||
			((unsigned char)*s < ' ' && *s != '\n' && *s != '\t'))
			return false;
	return true;
}

void quote_yaml_block(struct text *ret, unsigned indent, const char *s)
{
	size_t at = 0, n, length = strlen(s);
	const char *line;

	if (!fits_block(s)) {
		quote_yaml(ret, s);
		text_add(ret, "\n");
		return;
	}
	text_add(ret, "|\n");
	while ((line = text_line(s, length, &at, &n)))
		text_addf(ret, "%*s%.*s\n", n ? (int)indent : 0, "", (int)n, line);
}

static void unsafe(struct text *ret, const char *s)
{
	if (strstr(s, "{{") || strstr(s, "{%") || strstr(s, "{#"))
		text_add(ret, "!unsafe ");
}

void quote_ansible(struct text *ret, const char *s)
{
	unsafe(ret, s);
	quote_yaml(ret, s);
}

void quote_ansible_block(struct text *ret, unsigned indent, const char *s)
{
	unsafe(ret, s);
	quote_yaml_block(ret, indent, s);
}

void quote_comment(struct text *ret, const char *s)
{
	text_add(ret, "# ");
	for (; *s; s++)
		text_addf(ret, "%c", (unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s);
	text_add(ret, "\n");
}
