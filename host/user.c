/* SPDX-License-Identifier: Apache-2.0 */
#include "host/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <shadow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "host/helper.h"
#include "host/root.h"

enum {
	NSS_LIMIT_MS = 1000,  /* a directory server may be far, or gone */
	NSS_BUFFER = 1 << 16, /* a group's members come with it */
	USERS_LIMIT = 32 << 20,
};

bool user_name_is_valid(const char *name)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz_";
	static const char more[] = "abcdefghijklmnopqrstuvwxyz_0123456789-";
	size_t length = strlen(name), n;

	if (length == 0 || length > 32 || !strchr(first, name[0]))
		return false;
	n = strspn(name, more);
	return n == length || (n + 1 == length && name[n] == '$');
}

/* In a child: the passwd(5) line of a name or a number, as the name service says. */
static int look_up_user(void *arg, int out)
{
	_cleanup_text_ struct text line = { 0 };
	_cleanup_free_ char *buffer = malloc(NSS_BUFFER);
	struct passwd entry, *found = NULL;
	uint32_t uid;
	int r;

	if (!buffer)
		return -ENOMEM;
	r = getpwnam_r(arg, &entry, buffer, NSS_BUFFER, &found);
	if (!found && parse_id(arg, &uid) == 0)
		r = getpwuid_r(uid, &entry, buffer, NSS_BUFFER, &found);
	/* getpwnam(3): several errors all mean "no such entry" */
	if (!found)
		return r == EIO || r == EMFILE || r == ENFILE || r == EINTR || r == ERANGE
			       ? -r
			       : -ENOENT;
	text_addf(&line, "%s:x:%u:%u::%s:%s", found->pw_name, (unsigned)found->pw_uid,
		(unsigned)found->pw_gid, found->pw_dir, found->pw_shell);
	return io_write_all(out, text_get(&line), line.length);
}

static int look_up_group(void *arg, int out)
{
	_cleanup_free_ char *buffer = malloc(NSS_BUFFER);
	struct group entry, *found = NULL;
	uint32_t gid;

	if (!buffer || parse_id(arg, &gid) < 0)
		return -EINVAL;
	(void)getgrgid_r(gid, &entry, buffer, NSS_BUFFER, &found);
	return found ? io_write_all(out, found->gr_name, strlen(found->gr_name)) : -ENOENT;
}

/* In a child: what pam_unix(8) makes of the account's days. Days count from 1970. */
static int look_up_account(void *arg, int out)
{
	_cleanup_free_ char *buffer = malloc(NSS_BUFFER);
	long today = (long)(time(NULL) / (24 * 60 * 60));
	struct spwd entry, *found = NULL;
	const char *word = "fine";
	int r;

	if (!buffer)
		return -ENOMEM;
	r = getspnam_r(arg, &entry, buffer, NSS_BUFFER, &found);
	if (!found)
		return r > 0 ? -r : -ENOENT;
	if (found->sp_expire >= 0 && found->sp_expire <= today)
		word = "expired";
	else if (found->sp_lstchg == 0 || (found->sp_max >= 0 && found->sp_lstchg > 0 &&
						  found->sp_lstchg + found->sp_max < today))
		word = "password";
	return io_write_all(out, word, strlen(word));
}

struct question {
	helper_look *look;
	void *what;
	unsigned limit_ms;
};

static int ask_service(void *arg, struct text *ret)
{
	const struct question *q = arg;

	return helper_run(q->look, q->what, q->limit_ms, ret);
}

/* The only place that asks who runs us. */
static int ask_caller(void *arg, struct text *ret)
{
	const char *name = arg;

	if (name)
		text_add(ret, name);
	else
		text_addf(ret, "%u", (unsigned)getuid());
	return 0;
}

/* Fields of a line, parted at colons in place; returns how many. */
static size_t split(char *line, char *fields[], size_t room)
{
	size_t n = 0;

	while (line && n < room) {
		fields[n++] = line;
		line = strchr(line, ':');
		if (line)
			*line++ = '\0';
	}
	return n;
}

static int parse_passwd(const char *text, struct user *ret)
{
	_cleanup_free_ char *line = strndup(text, strcspn(text, "\n"));
	char *fields[8];
	uint32_t uid, gid;

	if (!line || split(line, fields, ARRAY_SIZE(fields)) != 7 ||
		parse_id(fields[2], &uid) < 0 || parse_id(fields[3], &gid) < 0)
		return -EINVAL;
	*ret = (struct user){ .state = FACT_KNOWN, .uid = uid, .gid = gid };
	if (!text_copy(ret->name, sizeof(ret->name), fields[0]) ||
		!text_copy(ret->home, sizeof(ret->home), fields[5]))
		return -ENAMETOOLONG;
	(void)text_copy(ret->shell, sizeof(ret->shell), fields[6]);
	return 0;
}

/* The line of @path whose field 0 is @key, or whose field 2 is. */
static int find_line(struct root *root, const char *path, const char *key, struct text *ret)
{
	_cleanup_text_ struct text data = { 0 };
	const char *line;
	size_t at = 0, n;
	int r;

	r = root_read(root, path, USERS_LIMIT, &data);
	if (r < 0)
		return r;
	while ((line = text_line(data.data, data.length, &at, &n))) {
		_cleanup_free_ char *copy = strndup(line, n);
		char *fields[4];

		if (!copy)
			return -ENOMEM;
		if (split(copy, fields, ARRAY_SIZE(fields)) < 3 ||
			(strcmp(fields[0], key) != 0 && strcmp(fields[2], key) != 0))
			continue;
		text_add_bytes(ret, line, n);
		return 0;
	}
	return -ENOENT;
}

/* In the tree: /etc first, then what image-based systems keep in /usr (nss-altfiles). */
static int find_in_tree(struct root *root, const char *file, const char *key, struct text *ret)
{
	char path[64];
	int r;

	(void)snprintf(path, sizeof(path), "/etc/%s", file);
	r = find_line(root, path, key, ret);
	if (r >= 0)
		return r;
	(void)snprintf(path, sizeof(path), "/usr/lib/%s", file);
	return find_line(root, path, key, ret) < 0 ? r : 0;
}

static void read_group(struct user *user, struct root *root)
{
	_cleanup_text_ struct text line = { 0 };
	char key[32], gid[16];
	struct question q;
	int r;

	(void)snprintf(gid, sizeof(gid), "%u", (unsigned)user->gid);
	(void)snprintf(key, sizeof(key), "group %s", gid);
	q = (struct question){ look_up_group, gid, root_limit(root, NSS_LIMIT_MS) };
	r = root_ask(root, key, ask_service, &q, &line);
	if (r == -ENODATA)
		r = find_in_tree(root, "group", gid, &line);
	if (r >= 0)
		(void)snprintf(user->group, sizeof(user->group), "%.*s",
			(int)strcspn(text_get(&line), ":"), text_get(&line));
}

static void read_account(struct user *user, struct root *root)
{
	_cleanup_text_ struct text word = { 0 };
	struct question q = { look_up_account, user->name, root_limit(root, NSS_LIMIT_MS) };
	char key[300];
	int r;

	(void)snprintf(key, sizeof(key), "account %s", user->name);
	r = root_ask(root, key, ask_service, &q, &word);
	user->account = (struct fact_text){ .state = fact_state_of(r) };
	if (user->account.state == FACT_UNKNOWN)
		user->account.error = -r;
	(void)text_copy(user->account.value, sizeof(user->account.value), text_get(&word));
}

void user_read(struct user *ret, struct root *root, const char *name)
{
	_cleanup_text_ struct text asked = { 0 }, line = { 0 };
	struct question q;
	char key[300];
	uint32_t uid;
	int r;

	*ret = (struct user){ 0 };
	/* on a replay it is the user the recorder was asked about, unless another is named */
	r = root_ask(root, "user", ask_caller, (void *)(uintptr_t)name, &asked);
	if (!name && r < 0)
		return;
	name = name ? name : text_get(&asked);
	(void)text_copy(ret->name, sizeof(ret->name), name);
	if (parse_id(name, &uid) == 0)
		ret->uid = uid;
	(void)snprintf(key, sizeof(key), "passwd %.250s", name);
	q = (struct question){ look_up_user, (void *)(uintptr_t)name,
		root_limit(root, NSS_LIMIT_MS) };
	r = root_ask(root, key, ask_service, &q, &line);
	if (r == -ENODATA)
		r = find_in_tree(root, "passwd", name, &line);
	if (r >= 0)
		r = parse_passwd(text_get(&line), ret);
	if (r < 0) {
		ret->state = fact_state_of(r);
		ret->error = ret->state == FACT_UNKNOWN ? -r : 0;
		return;
	}
	read_group(ret, root);
	read_account(ret, root);
}
