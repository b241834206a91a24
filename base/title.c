/* SPDX-License-Identifier: Apache-2.0 */
#include "base/title.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/text.h"

enum {
	LIMIT = 4096,
	NAME_FIELD = 2,
	ARG_START_FIELD = 48
};

/* Fields 48 and 49 of proc_pid_stat(5); the name in field 2 may hold blanks and brackets. */
static int find_arguments(uint64_t *ret_start, uint64_t *ret_end)
{
	_cleanup_text_ struct text stat = { 0 };
	char *at, *second;
	int r = io_read_file_at(AT_FDCWD, "/proc/self/stat", LIMIT, &stat);

	at = r < 0 ? NULL : strrchr(text_get(&stat), ')');
	for (int field = NAME_FIELD; at && field < ARG_START_FIELD; field++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	second = at ? strchr(at, ' ') : NULL;
	if (!second)
		return -1;
	*second++ = '\0';
	second[strcspn(second, " \n")] = '\0';
	r = parse_u64(at, ret_start);
	return r < 0 ? r : parse_u64(second, ret_end);
}

void title_set(const char *title)
{
	uint64_t start, end;
	size_t room;
	char *words;

	if (find_arguments(&start, &end) < 0 || start == 0 || end <= start)
		return;
	words = (char *)(uintptr_t)start;
	room = (size_t)(end - start);
	memset(words, 0, room);
	/* the last byte stays NUL: else the kernel reads on into the environment */
	memcpy(words, title, MIN(strlen(title), room - 1));
}
