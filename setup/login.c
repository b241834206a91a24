/* SPDX-License-Identifier: Apache-2.0 */
/*
 * users/UID has "SESSIONS=4 7", but a session that has just ended may still be named there: logind
 * writes the user's record before it drops the session, and not again after (seen with systemd 252:
 * a stale "SESSIONS=4" beside no sessions/4). So each session's own record has the last word.
 */
#include "setup/login.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/text.h"

enum {
	RECORD_LIMIT = 1 << 16
};

/* The value of "KEY=value" in a record; "" where there is none. */
static void value_of(const struct text *record, const char *key, char *ret, size_t size)
{
	size_t at = 0, length, n = strlen(key);
	const char *line;

	*ret = '\0';
	while ((line = text_line(record->data, record->length, &at, &length)))
		if (length > n && line[n] == '=' && memcmp(line, key, n) == 0)
			(void)snprintf(ret, size, "%.*s", (int)(length - n - 1), line + n + 1);
}

static bool is_open(const char *records, const char *session)
{
	_cleanup_text_ struct text record = { 0 };
	char path[PATH_MAX], state[32], class[32];

	(void)snprintf(path, sizeof(path), "%s/sessions/%s", records, session);
	if (io_read_file_at(AT_FDCWD, path, RECORD_LIMIT, &record) < 0)
		return false;
	value_of(&record, "STATE", state, sizeof(state));
	value_of(&record, "CLASS", class, sizeof(class));
	return strcmp(state, "closing") != 0 && !text_starts(class, "manager");
}

bool login_has_session(const char *records, uid_t uid)
{
	_cleanup_text_ struct text record = { 0 };
	char path[PATH_MAX], sessions[1024], *rest = sessions, *session;

	(void)snprintf(path, sizeof(path), "%s/users/%u", records, (unsigned)uid);
	if (io_read_file_at(AT_FDCWD, path, RECORD_LIMIT, &record) < 0)
		return false;
	value_of(&record, "SESSIONS", sessions, sizeof(sessions));
	while ((session = strsep(&rest, " ")))
		if (*session && !strchr(session, '/') && is_open(records, session))
			return true;
	return false;
}
