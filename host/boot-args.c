/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only what is sure: GRUB's first entry where that is the default, the newest entry of the Boot
 * Loader Specification, the one line of a Raspberry Pi's firmware. Somebody may choose another in
 * the menu.
 */
#include "host/boot-args.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "host/root.h"

static bool begins(const char *line, size_t n, const char *word)
{
	size_t length = strlen(word);

	return n > length && memcmp(line, word, length) == 0 &&
	       (line[length] == ' ' || line[length] == '\t');
}

static size_t skip_blanks(const char **line, size_t n)
{
	while (n > 0 && (**line == ' ' || **line == '\t')) {
		(*line)++;
		n--;
	}
	return n;
}

/* "linux /boot/vmlinuz-6.1 root=... ro": behind the second word. */
static void take_arguments(const char *line, size_t n, struct text *ret)
{
	for (int word = 0; word < 2; word++) {
		while (n > 0 && *line != ' ' && *line != '\t') {
			line++;
			n--;
		}
		n = skip_blanks(&line, n);
	}
	text_add_bytes(ret, line, n);
}

int boot_args_of_grub(const char *data, size_t length, struct text *ret)
{
	static const char first[] = "set default=\"0\"";
	static const char *const loads[] = { "linux", "linux16", "linuxefi" };
	const char *line;
	size_t at = 0, n;

	if (!data || !memmem(data, length, first, sizeof(first) - 1))
		return -ENODATA;
	while ((line = text_line(data, length, &at, &n))) {
		n = skip_blanks(&line, n);
		for (size_t i = 0; i < ARRAY_SIZE(loads); i++)
			if (begins(line, n, loads[i])) {
				take_arguments(line, n, ret);
				return 0;
			}
	}
	return -ENODATA;
}

int boot_args_of_entry(const char *data, size_t length, struct text *ret)
{
	const char *line;
	size_t at = 0, n;
	bool said = false;

	while ((line = text_line(data, length, &at, &n))) {
		if (!begins(line, n, "options"))
			continue;
		if (memchr(line, '$', n)) /* a variable of GRUB's */
			return -ENODATA;
		text_add_bytes(ret, line + strlen("options"), n - strlen("options"));
		said = true;
	}
	return said ? 0 : -ENODATA;
}

static int of_line(const char *data, size_t length, struct text *ret)
{
	text_add_bytes(ret, data, length);
	return 0;
}

static int read_newest_entry(struct root *root, struct text *ret, char *file, size_t size)
{
	static const char dir[] = "/boot/loader/entries";
	_cleanup_text_list_ struct text_list names = { 0 };
	_cleanup_text_ struct text data = { 0 };
	const char *newest = NULL;
	int r = root_list(root, dir, &names);

	for (size_t i = 0; i < names.count; i++)
		if (!strstr(names.items[i], "rescue") && text_ends(names.items[i], ".conf") &&
			(!newest || strverscmp(newest, names.items[i]) < 0))
			newest = names.items[i];
	if (r < 0 || !newest)
		return -ENODATA;
	(void)snprintf(file, size, "%s/%s", dir, newest);
	r = root_read(root, file, ROOT_READ_LIMIT, &data);
	return r < 0 ? r : boot_args_of_entry(data.data, data.length, ret);
}

int boot_args_read(struct root *root, struct text *ret, char *file, size_t size)
{
	static const struct {
		const char *path;
		int (*take)(const char *data, size_t length, struct text *ret);
	} rows[] = {
		{ "/boot/grub/grub.cfg", boot_args_of_grub },
		{ "/boot/grub2/grub.cfg", boot_args_of_grub },
		{ "/boot/firmware/cmdline.txt", of_line },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_text_ struct text data = { 0 };

		(void)text_copy(file, size, rows[i].path);
		if (root_read(root, rows[i].path, ROOT_READ_LIMIT, &data) >= 0 &&
			rows[i].take(data.data, data.length, ret) >= 0)
			return 0;
	}
	return read_newest_entry(root, ret, file, size) < 0 ? -ENODATA : 0;
}
