/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/oci/who.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "runtime/oci/spec.h"
#include "runtime/oci/within.h"

enum {
	FILE_LIMIT = 4 << 20,
	FIELDS = 7
};

/* Cut a line at its colons into copies of bounded length: how many fields it has. */
struct line {
	char room[8192];
	char *fields[FIELDS];
};

static size_t cut(struct line *line, const char *data, size_t length)
{
	size_t n = 0;
	char *at = line->room;

	if (length >= sizeof(line->room) || memchr(data, '\0', length))
		return 0;
	memcpy(line->room, data, length);
	line->room[length] = '\0';
	while (n < FIELDS && at) {
		char *colon = strchr(at, ':');

		line->fields[n++] = at;
		if (colon)
			*colon++ = '\0';
		at = colon;
	}
	return n;
}

int who_parse_passwd(
	const char *data, size_t length, const char *name, uid_t uid, struct who_passwd *ret)
{
	struct line line;
	const char *at;
	size_t position = 0, n;

	while ((at = text_line(data, length, &position, &n))) {
		struct who_passwd found = { 0 };

		if (cut(&line, at, n) < 6 || parse_id(line.fields[2], &found.uid) < 0 ||
			parse_id(line.fields[3], &found.gid) < 0)
			continue;
		if (name ? strcmp(line.fields[0], name) != 0 : found.uid != uid)
			continue;
		if (!text_copy(found.name, sizeof(found.name), line.fields[0]) ||
			!text_copy(found.home, sizeof(found.home), line.fields[5]))
			continue;
		*ret = found;
		return 0;
	}
	return -ENOENT;
}

int who_parse_group(const char *data, size_t length, const char *name, gid_t *ret)
{
	struct line line;
	const char *at;
	size_t position = 0, n;

	while ((at = text_line(data, length, &position, &n)))
		if (cut(&line, at, n) >= 3 && strcmp(line.fields[0], name) == 0 &&
			parse_id(line.fields[2], ret) == 0)
			return 0;
	return -ENOENT;
}

static void add_group(struct who *who, gid_t gid)
{
	for (size_t i = 0; i < who->group_count; i++)
		if (who->groups[i] == gid)
			return;
	if (who->group_count < WHO_GROUPS)
		who->groups[who->group_count++] = gid;
}

static bool lists(const char *members, const char *member)
{
	size_t length = strlen(member);

	while (*members) {
		size_t n = strcspn(members, ",");

		if (n == length && memcmp(members, member, n) == 0)
			return true;
		members += n + (members[n] == ',');
	}
	return false;
}

void who_parse_member(const char *data, size_t length, const char *member, struct who *ret)
{
	struct line line;
	const char *at;
	size_t position = 0, n;
	gid_t gid;

	while ((at = text_line(data, length, &position, &n)))
		if (cut(&line, at, n) >= 4 && lists(line.fields[3], member) &&
			parse_id(line.fields[2], &gid) == 0)
			add_group(ret, gid);
}

/* What @path holds; nothing where it is absent, a device, a FIFO or too large (CVE-2024-9676). */
static void read_table(int root, const char *path, struct text *ret)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int opened = within_open(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	if (opened < 0)
		return;
	fd = opened;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || io_read_all(fd, FILE_LIMIT, ret) < 0)
		text_done(ret);
}

struct tables {
	struct text passwd, group;
	bool read_group;
};

static const struct text *group_table(int root, struct tables *t)
{
	if (!t->read_group)
		read_table(root, "/etc/group", &t->group);
	t->read_group = true;
	return &t->group;
}

static int find_group(int root, struct tables *t, const char *name, gid_t *ret, struct error *err)
{
	const struct text *group;

	if (parse_id(name, ret) == 0)
		return 0;
	group = group_table(root, t);
	if (who_parse_group(text_get(group), group->length, name, ret) == 0)
		return 0;
	return error_say(err, -ENOENT, "no group '%s' in the container's /etc/group", name);
}

static int find_user(
	int root, struct tables *t, const char *name, struct who_passwd *ret, struct error *err)
{
	bool number = parse_id(name, &ret->uid) == 0;
	uid_t uid = number ? ret->uid : 0;

	read_table(root, "/etc/passwd", &t->passwd);
	if (who_parse_passwd(
		    text_get(&t->passwd), t->passwd.length, number ? NULL : name, uid, ret) == 0)
		return 0;
	/* root needs no entry: an image of one program has no passwd */
	if (number || strcmp(name, "root") == 0) {
		*ret = (struct who_passwd){ .uid = uid };
		(void)text_copy(ret->home, sizeof(ret->home), uid == 0 ? "/root" : "/");
		return 0;
	}
	return error_say(err, -ENOENT, "no user '%s' in the container's /etc/passwd", name);
}

static int find(struct who *ret, int root, const struct spec_process *p, struct tables *t,
	struct error *err)
{
	struct who_passwd passwd = { 0 };
	const char *colon = p->user ? strchr(p->user, ':') : NULL;
	char name[256] = "0";
	int r;

	if (p->user && *p->user && p->user != colon) {
		size_t n = colon ? (size_t)(colon - p->user) : strlen(p->user);

		if (n >= sizeof(name))
			return error_say(err, -EINVAL, "user '%s' is too long", p->user);
		memcpy(name, p->user, n);
		name[n] = '\0';
	}
	r = find_user(root, t, name, &passwd, err);
	if (r == 0 && colon && colon[1])
		r = find_group(root, t, colon + 1, &passwd.gid, err);
	if (r < 0)
		return r;
	*ret = (struct who){ .uid = passwd.uid, .gid = passwd.gid };
	(void)text_copy(ret->home, sizeof(ret->home), *passwd.home ? passwd.home : "/");
	if (!colon && *passwd.name) {
		const struct text *group = group_table(root, t);

		who_parse_member(text_get(group), group->length, passwd.name, ret);
	}
	for (size_t i = 0; i < p->group_count; i++)
		add_group(ret, p->groups[i]);
	for (size_t i = 0; r == 0 && p->group_names && p->group_names[i]; i++) {
		gid_t gid;

		r = find_group(root, t, p->group_names[i], &gid, err);
		if (r == 0)
			add_group(ret, gid);
	}
	return r;
}

int who_find(struct who *ret, int root, const struct spec_process *process, struct error *err)
{
	struct tables tables = { 0 };
	int r = find(ret, root, process, &tables, err);

	text_done(&tables.passwd);
	text_done(&tables.group);
	return r;
}
