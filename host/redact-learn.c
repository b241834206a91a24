/* SPDX-License-Identifier: Apache-2.0 */
/* Where the names of a host stand: read before a record is begun, so none of it is in the record. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/redact.h"
#include "host/root.h"
#include "host/user.h"

enum {
	FILE_LIMIT = 32 << 20,
	UID_ORDINARY = 1000,
	UID_NOBODY = 65534,
};

/* Call @each with the fields of every line; at most @wanted of them, else the line is passed over. */
static int each_line(struct redact *redact, struct root *root, const char *path, size_t wanted,
	int (*each)(struct redact *redact, char *fields[]))
{
	_cleanup_text_ struct text data = { 0 };
	size_t at = 0, n;
	const char *line;
	int r = 0;

	if (root_read(root, path, FILE_LIMIT, &data) < 0)
		return 0;
	while (r >= 0 && (line = text_line(data.data, data.length, &at, &n))) {
		_cleanup_free_ char *copy = strndup(line, n);
		char *rest = copy, *fields[7] = { NULL }, *field;
		size_t count = 0;

		if (!copy)
			return -ENOMEM;
		while (count < wanted && (field = strsep(&rest, ":")))
			fields[count++] = field;
		if (count == wanted)
			r = each(redact, fields);
	}
	return r;
}

static int add_passwd(struct redact *redact, char *fields[])
{
	uint32_t uid;

	if (parse_id(fields[2], &uid) < 0 || uid < UID_ORDINARY || uid == UID_NOBODY)
		return 0;
	return redact_add_user(redact, fields[0], fields[5]);
}

static int add_owner(struct redact *redact, char *fields[])
{
	return redact_add_user(redact, fields[0], NULL);
}

static int add_asked(struct redact *redact, struct root *root, const char *name)
{
	struct user user;

	user_read(&user, root, name);
	if (user.state == FACT_KNOWN && user.uid == 0)
		return 0;
	return redact_add_user(redact, user.name, user.state == FACT_KNOWN ? user.home : NULL);
}

/* Who is in no file may have a home, or linger. */
static int add_names_in(struct redact *redact, struct root *root, const char *dir)
{
	_cleanup_text_list_ struct text_list names = { 0 };
	int r = 0;

	if (root_list(root, dir, &names) < 0)
		return 0;
	for (size_t i = 0; i < names.count && r >= 0; i++)
		if (*names.items[i] != '.' && strcmp(names.items[i], "lost+found") != 0)
			r = redact_add_user(redact, names.items[i], NULL);
	return r;
}

static int add_host_names(struct redact *redact, struct root *root)
{
	static const char *const files[] = { "/proc/sys/kernel/hostname", "/etc/hostname" };
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(files) && r >= 0; i++) {
		char name[256] = "";

		if (root_read_line(root, files[i], name, sizeof(name)) >= 0)
			r = redact_add_host(redact, name);
	}
	return r;
}

/* "server:/export" and "//server/share" in the mounts: proc_pid_mountinfo(5), after " - TYPE ". */
static int add_server(struct redact *redact, const char *source)
{
	_cleanup_free_ char *name = NULL;
	const char *end = strstr(source, ":/");

	if (text_starts(source, "//")) {
		source += 2;
		end = source + strcspn(source, "/");
	}
	if (!end || *source == '/')
		return 0;
	source = memchr(source, '@', (size_t)(end - source)) ? strchr(source, '@') + 1 : source;
	name = strndup(source, (size_t)(end - source));
	return name ? redact_add_host(redact, name) : -ENOMEM;
}

static int add_servers(struct redact *redact, struct root *root)
{
	_cleanup_text_ struct text data = { 0 };
	size_t at = 0, n;
	const char *line;
	int r = 0;

	if (root_read(root, "/proc/self/mountinfo", FILE_LIMIT, &data) < 0)
		return 0;
	while (r >= 0 && (line = text_line(data.data, data.length, &at, &n))) {
		_cleanup_free_ char *copy = strndup(line, n);
		char *rest = copy ? strstr(copy, " - ") : NULL;

		if (!rest)
			continue;
		rest += 3;
		(void)strsep(&rest, " ");
		if (rest)
			r = add_server(redact, strsep(&rest, " "));
	}
	return r;
}

int redact_learn(struct redact *ret, struct root *root, const char *user, struct error *err)
{
	int r = add_asked(ret, root, user);

	if (r >= 0)
		r = add_asked(ret, root, NULL);
	if (r >= 0)
		r = each_line(ret, root, "/etc/passwd", 7, add_passwd);
	if (r >= 0)
		r = each_line(ret, root, "/etc/subuid", 3, add_owner);
	if (r >= 0)
		r = each_line(ret, root, "/etc/subgid", 3, add_owner);
	if (r >= 0)
		r = add_names_in(ret, root, "/home");
	if (r >= 0)
		r = add_names_in(ret, root, "/var/lib/systemd/linger");
	if (r >= 0)
		r = add_host_names(ret, root);
	if (r >= 0)
		r = add_servers(ret, root);
	return r < 0 ? error_set(err, r, "cannot learn which names to leave out") : 0;
}
