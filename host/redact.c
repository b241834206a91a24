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

static int compare(const char *s, size_t n, const char *word)
{
	int r = strncmp(s, word, n);

	return r ? r : word[n] ? -1 : 0;
}

/* The word that is @s, or where it would stand. */
static bool find(const struct redact *redact, const char *s, size_t n, size_t *ret)
{
	size_t low = 0, high = redact->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int r = compare(s, n, redact->words[middle].from);

		if (r == 0) {
			*ret = middle;
			return true;
		}
		if (r < 0)
			high = middle;
		else
			low = middle + 1;
	}
	*ret = low;
	return false;
}

static int grow(
	struct redact_word **list, size_t count, size_t at, const char *from, const char *to)
{
	struct redact_word word = { strdup(from), strdup(to) };
	struct redact_word *more = reallocarray(*list, count + 1, sizeof(word));

	if (more)
		*list = more;
	if (!more || !word.from || !word.to) {
		free(word.from);
		free(word.to);
		return -ENOMEM;
	}
	(void)memmove(more + at + 1, more + at, (count - at) * sizeof(word));
	more[at] = word;
	return 0;
}

/* What @name becomes: known already, or @kind and the next number. NULL: it stays, or no memory. */
static const char *placeholder(
	struct redact *redact, const char *name, const char *kind, unsigned *number, int *r)
{
	char to[32];
	size_t at;

	if (is_common(name))
		return NULL;
	if (find(redact, name, strlen(name), &at))
		return redact->words[at].to;
	(void)snprintf(to, sizeof(to), "%s-%u", kind, *number + 1);
	*r = grow(&redact->words, redact->count, at, name, to);
	if (*r < 0)
		return NULL;
	redact->count++;
	(*number)++;
	return redact->words[at].to;
}

static int add_word(struct redact *redact, const char *from, const char *to)
{
	size_t at;
	int r;

	if (find(redact, from, strlen(from), &at))
		return 0;
	r = grow(&redact->words, redact->count, at, from, to);
	redact->count += r >= 0;
	return r;
}

static int add_path(struct redact *redact, const char *from, const char *to)
{
	int r;

	for (size_t i = 0; i < redact->path_count; i++)
		if (strcmp(redact->paths[i].from, from) == 0)
			return 0;
	r = grow(&redact->paths, redact->path_count, redact->path_count, from, to);
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
	size_t length = 0, at;

	while (length < n && (in_word(s[length]) || (length > 0 && strchr("._-$@", s[length]))))
		length++;
	length = MIN(length, 256);
	for (; length > 0; length--) {
		if (in_word(s[length - 1]) && length < n && in_word(s[length]))
			continue;
		if (find(redact, s, length, &at)) {
			*ret = redact->words[at].to;
			return length;
		}
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
		if (length < n && (in_word(s[length]) || strchr("._-", s[length])))
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

	redact_bytes(redact, s, strlen(s), &to);
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
	free(words);
}

void redact_done(struct redact *redact)
{
	done(redact->words, redact->count);
	done(redact->paths, redact->path_count);
	*redact = (struct redact){ 0 };
}
