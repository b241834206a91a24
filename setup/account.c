/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/account.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "setup/target.h"

static int keep(struct account *ret, const char *name, uid_t uid, gid_t gid, const char *home)
{
	*ret = (struct account){ .uid = uid, .gid = gid };
	if (!text_copy(ret->name, sizeof(ret->name), name) ||
		!text_copy(ret->home, sizeof(ret->home), home))
		return -ENAMETOOLONG;
	return 0;
}

static int find_live(const char *name, struct account *ret)
{
	char buffer[16384];
	struct passwd entry, *found = NULL;
	int r = getpwnam_r(name, &entry, buffer, sizeof(buffer), &found);

	if (!found) /* getpwnam(3): many errnos mean "not there" */
		return r == EIO || r == EMFILE || r == ENFILE || r == ERANGE ? -r : -ENOENT;
	return keep(ret, found->pw_name, found->pw_uid, found->pw_gid, found->pw_dir);
}

/* name:password:uid:gid:comment:home:shell */
static int parse_line(char *line, const char *name, struct account *ret)
{
	char *fields[7];
	uint32_t uid, gid;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		fields[i] = strsep(&line, ":");
		if (!fields[i])
			return -ENOENT;
	}
	if (strcmp(fields[0], name) != 0)
		return -ENOENT;
	if (parse_id(fields[2], &uid) < 0 || parse_id(fields[3], &gid) < 0)
		return -EINVAL;
	return keep(ret, fields[0], uid, gid, fields[5]);
}

static int find_in_tree(struct target *t, const char *name, struct account *ret)
{
	_cleanup_text_ struct text passwd = { 0 };
	size_t at = 0, length;
	const char *line;
	int r = target_read(t, "/etc/passwd", &passwd, NULL);

	while (r >= 0 && (line = text_line(passwd.data, passwd.length, &at, &length))) {
		_cleanup_free_ char *own = strndup(line, length);

		r = own ? parse_line(own, name, ret) : -ENOMEM;
		if (r != -ENOENT)
			return r;
		r = 0;
	}
	return r < 0 ? r : -ENOENT;
}

int account_find(struct target *t, const char *name, struct account *ret, struct error *err)
{
	int r = t->live ? find_live(name, ret) : find_in_tree(t, name, ret);

	if (r == -ENOENT)
		return error_say(err, r, "there is no user '%s'", name);
	return r < 0 ? error_set(err, r, "cannot look up the user '%s'", name) : 0;
}

bool account_has_uid(struct target *t, uid_t uid)
{
	char buffer[16384];
	struct passwd entry, *found = NULL;

	return t->live && getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found;
}

/* "KEY value" of login.defs; the last one counts. */
static bool find_default(struct target *t, const char *key, char *ret, size_t size)
{
	_cleanup_text_ struct text defs = { 0 };
	size_t at = 0, length, n = strlen(key);
	bool found = false;
	const char *line;

	if (target_read(t, "/etc/login.defs", &defs, NULL) < 0)
		return false;
	while ((line = text_line(defs.data, defs.length, &at, &length))) {
		size_t from = n;

		if (length <= n || memcmp(line, key, n) != 0 || !isblank((unsigned char)line[n]))
			continue;
		while (from < length && isblank((unsigned char)line[from]))
			from++;
		while (length > from && isspace((unsigned char)line[length - 1]))
			length--;
		(void)snprintf(ret, size, "%.*s", (int)(length - from), line + from);
		found = true;
	}
	return found;
}

uint64_t account_default(struct target *t, const char *key, uint64_t otherwise)
{
	uint64_t value = otherwise;
	char word[32];

	if (find_default(t, key, word, sizeof(word)) && parse_u64(word, &value) < 0)
		return otherwise;
	return value;
}

bool account_default_is_yes(struct target *t, const char *key)
{
	char word[32];

	return find_default(t, key, word, sizeof(word)) && strcasecmp(word, "yes") == 0;
}

static int become(const struct account *who, bool live)
{
	char runtime[64];

	(void)snprintf(runtime, sizeof(runtime), "/run/user/%u", (unsigned)who->uid);
	(void)umask(077);
	/* a user who acts for himself is that already */
	if ((geteuid() == 0 || geteuid() != who->uid) &&
		((live ? initgroups(who->name, who->gid) : setgroups(0, NULL)) < 0 ||
			setresgid(who->gid, who->gid, who->gid) < 0 ||
			setresuid(who->uid, who->uid, who->uid) < 0))
		return -errno;
	if (clearenv() != 0 || setenv("HOME", who->home, 1) < 0 ||
		setenv("USER", who->name, 1) < 0 || setenv("LOGNAME", who->name, 1) < 0 ||
		setenv("XDG_RUNTIME_DIR", runtime, 1) < 0)
		return -ENOMEM;
	return 0;
}

/* What the child sends: plain bytes (base/error.h). */
struct answer {
	int result;
	struct error err;
};

static void NORETURN child(
	const struct account *who, bool live, account_act *act, void *arg, int pipe_fd)
{
	struct answer answer = { 0 };

	answer.result = become(who, live);
	if (answer.result < 0)
		(void)error_set(
			&answer.err, answer.result, "cannot become the user '%s'", who->name);
	else
		answer.result = act(arg, &answer.err);
	_exit(io_write_all(pipe_fd, &answer, sizeof(answer)) < 0);
}

int account_run(
	const struct account *who, bool live, account_act *act, void *arg, struct error *err)
{
	_cleanup_close_ int in = -1, out = -1;
	_cleanup_text_ struct text bytes = { 0 };
	struct answer answer;
	int fds[2], r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set(err, -errno, "cannot act as the user '%s'", who->name);
	in = fds[0];
	out = fds[1];
	(void)fflush(NULL);
	pid = fork();
	if (pid < 0)
		return error_set(err, -errno, "cannot act as the user '%s'", who->name);
	if (pid == 0)
		child(who, live, act, arg, out);
	cleanup_close(&out);
	out = -1;
	r = io_read_all(in, sizeof(answer), &bytes);
	(void)waitpid(pid, NULL, 0);
	if (r < 0 || bytes.length != sizeof(answer))
		return error_say(err, -EIO, "the process that acts as '%s' died", who->name);
	memcpy(&answer, bytes.data, sizeof(answer));
	if (answer.result != 0 && err)
		*err = answer.err;
	return answer.result;
}
