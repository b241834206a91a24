/* SPDX-License-Identifier: Apache-2.0 */
/* The files that boot loaders are told by, with one argument more: nothing else in them changes. */
#include <errno.h>
#include <string.h>

#include "checks/dropin.h"
#include "setup/bootloader.h"

/* A line of shell that adds to what the main file and the cloud image's drop-in have set. */
int bootloader_edit_drop_in(const char *now, const char *argument, struct text *ret)
{
	_cleanup_text_ struct text line = { 0 };

	text_addf(&line, "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX %s\"\n", argument);
	text_add(ret, *now ? now : DROPIN_HEADER);
	if (strstr(now, text_get(&line)))
		return 1;
	if (*now && !text_ends(now, "\n"))
		text_add(ret, "\n");
	text_add(ret, text_get(&line));
	return 0;
}

/* "a b\nc" has the words a, b and c: kernel-install(8) reads its file so. */
static bool has_word(const char *now, const char *argument)
{
	size_t length = strlen(argument);

	while (*(now += strspn(now, " \t\n"))) {
		size_t n = strcspn(now, " \t\n");

		if (n == length && memcmp(now, argument, n) == 0)
			return true;
		now += n;
	}
	return false;
}

/* The argument goes to the end of the first line. */
int bootloader_edit_words(const char *now, const char *argument, struct text *ret)
{
	size_t first = strcspn(now, "\n");

	if (has_word(now, argument)) {
		text_add(ret, now);
		return 1;
	}
	while (first > 0 && now[first - 1] == ' ')
		first--;
	text_add_bytes(ret, now, first);
	text_addf(ret, "%s%s", first ? " " : "", argument);
	text_add(ret, now + strcspn(now, "\n"));
	return 0;
}

/* Firmware reads one line and no second: a file with more is another kind of file. Raspberry Pi OS
 * leaves a notice of several lines at the place its file had before. */
int bootloader_edit_line(const char *now, const char *argument, struct text *ret)
{
	const char *rest = now + strcspn(now, "\n");

	if (rest[strspn(rest, " \t\r\n")])
		return -EINVAL;
	return bootloader_edit_words(now, argument, ret);
}

/* The last assignment of a shell variable in @text: where its value is, without quotes. */
struct value {
	const char *at;
	size_t length;
	bool plain; /* on one line, in one pair of quotes or none */
};

static bool find_value(const char *text, const char *name, struct value *ret)
{
	size_t at = 0, n, skip = strlen(name);
	bool found = false;
	const char *line;

	while ((line = text_line(text, strlen(text), &at, &n))) {
		const char *value = line + skip + 1;
		size_t length;

		if (n <= skip || memcmp(line, name, skip) != 0 || line[skip] != '=')
			continue;
		found = true;
		n -= skip + 1;
		if (n > 0 && (*value == '"' || *value == '\'')) {
			const char *end = memchr(value + 1, *value, n - 1);

			length = end ? (size_t)(end - value - 1) : 0;
			*ret = (struct value){ value + 1, length, end && end == value + n - 1 };
		} else {
			*ret = (struct value){ value, n, n == 0 };
		}
	}
	return found;
}

/*
 * GRUB_CMDLINE_LINUX_DEFAULT of /etc/default/grub: within its quotes, as YaST and people would
 * write it. A value that is written otherwise stays, and a line of shell after it adds to it.
 */
int bootloader_edit_default(const char *now, const char *argument, struct text *ret)
{
	static const char name[] = "GRUB_CMDLINE_LINUX_DEFAULT";
	_cleanup_text_ struct text words = { 0 }, line = { 0 };
	struct value value = { .at = "" };
	bool found = find_value(now, name, &value);

	text_addf(&line, "%s=\"$%s %s\"\n", name, name, argument);
	text_add_bytes(&words, value.at, value.length);
	if (has_word(text_get(&words), argument) || strstr(now, text_get(&line))) {
		text_add(ret, now);
		return 1;
	}
	if (found && value.plain) {
		text_add_bytes(ret, now, (size_t)(value.at + value.length - now));
		if (value.length == 0 && (value.at[0] == '\n' || value.at[0] == '\0'))
			text_addf(ret, "\"%s\"", argument); /* NAME= */
		else
			text_addf(ret, "%s%s", value.length ? " " : "", argument);
		text_add(ret, value.at + value.length);
		return 0;
	}
	text_add(ret, now);
	if (*now && !text_ends(now, "\n"))
		text_add(ret, "\n");
	if (found)
		text_add(ret, text_get(&line));
	else
		text_addf(ret, "%s=\"%s\"\n", name, argument);
	return 0;
}

/* Our own file of an image for bootc: one list in TOML. */
int bootloader_edit_kargs(const char *now, const char *argument, struct text *ret)
{
	_cleanup_text_ struct text quoted = { 0 };
	const char *end = strrchr(now, ']');

	text_addf(&quoted, "\"%s\"", argument);
	if (strstr(now, text_get(&quoted))) {
		text_add(ret, now);
		return 1;
	}
	if (!*now) {
		text_addf(ret, DROPIN_HEADER "kargs = [%s]\n", text_get(&quoted));
		return 0;
	}
	if (!strstr(now, "kargs = [\"") || !end)
		return -EINVAL;
	text_add_bytes(ret, now, (size_t)(end - now));
	text_addf(ret, ", %s%s", text_get(&quoted), end);
	return 0;
}

void bootloader_drop_word(const char *words, const char *argument, struct text *ret)
{
	size_t length = strlen(argument);

	while (*(words += strspn(words, " \t\n"))) {
		size_t n = strcspn(words, " \t\n");

		if (n != length || memcmp(words, argument, n) != 0)
			text_addf(ret, "%s%.*s", ret->length ? " " : "", (int)n, words);
		words += n;
	}
}
