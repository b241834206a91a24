/* SPDX-License-Identifier: Apache-2.0 */
#include "host/redact.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/* They say nothing of who or where, and keys of a record and words of a report are among them. */
static const char *const common[] = { "admin", "all", "alma", "arch", "bus", "cgroup", "centos",
	"container", "containers", "core", "debian", "docker", "env", "etc", "fedora", "fs", "fuse",
	"group", "home", "host", "link", "linux", "list", "local", "localhost", "map", "mode",
	"nobody", "ok", "overlay", "passwd", "podman", "proc", "read", "rhel", "rocky", "root",
	"rpod", "run", "seccomp", "server", "service", "size", "slice", "stat", "sys", "system",
	"systemd", "tmp", "tun", "ubuntu", "uid", "uname", "unknown", "user", "users", "usr", "var",
	"wsl" };

static bool is_common(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(common); i++)
		if (strcmp(common[i], name) == 0)
			return true;
	return name[strspn(name, "0123456789")] == '\0';
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* FNV-1a */
static size_t hash(const char *s, size_t n)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * UINT64_C(1099511628211);
	return (size_t)(h ^ (h >> 32));
}

/* The word that is @s, or the free place where it would stand. */
static struct redact_word *place(struct redact_word *words, size_t room, const char *s, size_t n)
{
	size_t at = hash(s, n) & (room - 1);

	while (words[at].from && (strncmp(words[at].from, s, n) != 0 || words[at].from[n]))
		at = (at + 1) & (room - 1);
	return &words[at];
}

/* What the word @s becomes, NULL: it stays. */
static const char *find(const struct redact *redact, const char *s, size_t n)
{
	return redact->room > 0 ? place(redact->words, redact->room, s, n)->to : NULL;
}

static int make_room(struct redact *redact)
{
	size_t room = redact->room ? redact->room * 2 : 64;
	struct redact_word *words;

	if (redact->count * 2 < redact->room)
		return 0;
	words = calloc(room, sizeof(*words));
	if (!words)
		return -ENOMEM;
	for (size_t i = 0; i < redact->room; i++)
		if (redact->words[i].from)
			*place(words, room, redact->words[i].from, strlen(redact->words[i].from)) =
				redact->words[i];
	free(redact->words);
	redact->words = words;
	redact->room = room;
	return 0;
}

static int make_word(const char *from, const char *to, struct redact_word *ret)
{
	struct redact_word word = { strdup(from), strdup(to) };

	if (!word.from || !word.to) {
		free(word.from);
		free(word.to);
		return -ENOMEM;
	}
	*ret = word;
	return 0;
}

/* The first word for @from stays. */
static int add_word(struct redact *redact, const char *from, const char *to)
{
	size_t length = strlen(from);
	int r;

	if (find(redact, from, length))
		return 0;
	r = make_room(redact);
	if (r >= 0)
		r = make_word(from, to, place(redact->words, redact->room, from, length));
	if (r < 0)
		return r;
	redact->count++;
	redact->longest = MAX(redact->longest, length);
	return 0;
}

/* What @name becomes: known already, or @kind and the next number. NULL: it stays, or no memory. */
static const char *placeholder(
	struct redact *redact, const char *name, const char *kind, unsigned *number, int *r)
{
	const char *known = find(redact, name, strlen(name));
	char to[32];

	if (known || is_common(name))
		return known;
	(void)snprintf(to, sizeof(to), "%s-%u", kind, *number + 1);
	*r = add_word(redact, name, to);
	*number += *r >= 0;
	return *r >= 0 ? find(redact, name, strlen(name)) : NULL;
}

static int add_path(struct redact *redact, const char *from, const char *to)
{
	int r;

	for (size_t i = 0; i < redact->path_count; i++)
		if (strcmp(redact->paths[i].from, from) == 0)
			return 0;
	if (redact->path_count == REDACT_PATHS)
		return -E2BIG;
	r = make_word(from, to, &redact->paths[redact->path_count]);
	redact->path_count += r >= 0;
	return r;
}

/* What a host keeps below these is not anybody's, and a record needs the ways there. */
static bool is_system(const char *path)
{
	static const char *const trees[] = { "/home/", "/root/", "/var/", "/usr/", "/etc/", "/run/",
		"/proc/", "/sys/", "/dev/", "/opt/", "/bin/", "/tmp/" };

	for (size_t i = 0; i < ARRAY_SIZE(trees); i++)
		if (text_starts(path, trees[i]))
			return true;
	return false;
}

/* The directories between the first and the last of a home's path: /srv/acme/alice. */
static int add_directories(struct redact *redact, const char *home)
{
	_cleanup_text_ struct text to = { 0 };
	const char *at = strchr(home + 1, '/'), *next;
	int r = 0;

	if (is_system(home) || !at)
		return 0;
	text_add_bytes(&to, home, (size_t)(at - home));
	for (; (next = strchr(at + 1, '/')) && r >= 0; at = next) {
		_cleanup_free_ char *from = strndup(home, (size_t)(next - home));
		size_t before = redact->path_count;

		text_addf(&to, "/dir-%u", redact->dirs + 1);
		r = from && !text_failed(&to) ? add_path(redact, from, text_get(&to)) : -ENOMEM;
		redact->dirs += redact->path_count > before;
	}
	return r;
}

int redact_add_user(struct redact *redact, const char *name, const char *home)
{
	const char *last = home ? strrchr(home, '/') : NULL, *to;
	int r = 0;

	if (!*name)
		return 0;
	to = placeholder(redact, name, "user", &redact->users, &r);
	if (r < 0 || !last || last == home || !last[1] || !to)
		return r;
	/* a home of another name is the same user's */
	if (!is_common(last + 1))
		r = add_word(redact, last + 1, to);
	return r < 0 ? r : add_directories(redact, home);
}

static bool is_address(const char *name)
{
	return name[strspn(name, "0123456789.")] == '\0';
}

int redact_add_host(struct redact *redact, const char *name)
{
	size_t length = is_address(name) ? strlen(name) : strcspn(name, ".");
	_cleanup_free_ char *label = strndup(name, length);
	int r = label ? 0 : -ENOMEM;

	if (r >= 0 && *label)
		(void)placeholder(redact, label, "host", &redact->hosts, &r);
	/* the domain is told by its other machines too */
	if (r >= 0 && name[length] && strchr(name + length + 1, '.'))
		r = add_word(redact, name + length + 1, "domain.example");
	return r;
}

/* The longest word that begins at @s and ends where a word may; 0: none. */
static size_t word_at(const struct redact *redact, const char *s, size_t n, const char **ret)
{
	size_t length = 0;

	n = MIN(n, redact->longest + 1);
	while (length < n &&
		(in_word(s[length]) || (length > 0 && s[length] && strchr("._-$@", s[length]))))
		length++;
	for (; length > 0; length--) {
		if (length < n && in_word(s[length - 1]) && in_word(s[length]))
			continue;
		*ret = find(redact, s, length);
		if (*ret)
			return length;
	}
	return 0;
}

static size_t path_at(const struct redact *redact, const char *s, size_t n, const char **ret)
{
	size_t best = 0;

	for (size_t i = 0; i < redact->path_count; i++) {
		size_t length = strlen(redact->paths[i].from);

		if (length <= best || length > n || memcmp(s, redact->paths[i].from, length) != 0)
			continue;
		if (length < n && (in_word(s[length]) || (s[length] && strchr("._-", s[length]))))
			continue;
		best = length;
		*ret = redact->paths[i].to;
	}
	return best;
}

void redact_bytes(const struct redact *redact, const char *s, size_t n, struct text *ret)
{
	size_t done = 0;

	for (size_t at = 0; at < n;) {
		const char *to = NULL;
		size_t length = 0;

		if (s[at] == '/')
			length = path_at(redact, s + at, n - at, &to);
		else if (in_word(s[at]) && (at == 0 || !in_word(s[at - 1])))
			length = word_at(redact, s + at, n - at, &to);
		if (length > 0) {
			text_add_bytes(ret, s + done, at - done);
			text_add(ret, to);
			done = at + length;
		}
		at += length ? length : 1;
	}
	text_add_bytes(ret, s + done, n - done);
}

int redact_in(const struct redact *redact, char *s, size_t size)
{
	_cleanup_text_ struct text to = { 0 };
	size_t length = strlen(s);
	bool full = length + 1 == size;

	/* a full buffer may end in half a name, which is not known */
	while (full && length > 0 && in_word(s[length - 1]))
		length--;
	redact_bytes(redact, s, length, &to);
	if (text_failed(&to))
		return -ENOMEM;
	(void)text_copy(s, size, text_get(&to));
	return 0;
}

void redact_passwd(const struct redact *redact, const char *s, size_t n, struct text *ret)
{
	const char *line;
	size_t at = 0, length;

	while ((line = text_line(s, n, &at, &length))) {
		_cleanup_free_ char *copy = strndup(line, length);
		char *field = copy, *end;

		for (int i = 0; i < 4 && field; i++)
			field = strchr(field, ':') ? strchr(field, ':') + 1 : NULL;
		end = field ? strchr(field, ':') : NULL;
		if (end)
			(void)memmove(field, end, strlen(end) + 1);
		if (copy)
			redact_bytes(redact, copy, strlen(copy), ret);
		text_add(ret, "\n");
	}
}

static void done(struct redact_word *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(words[i].from);
		free(words[i].to);
	}
}

void redact_done(struct redact *redact)
{
	done(redact->words, redact->room);
	done(redact->paths, redact->path_count);
	free(redact->words);
	*redact = (struct redact){ 0 };
}
