/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a key will be after the next boot, by sysctl.d(5): all directories' files in the order of
 * their names; the last assignment of the key itself wins, wherever a pattern stands that matches
 * it too; patterns count only for keys that nobody names, and "-key" without a value takes a key out
 * of them. systemd-sysctl never reads /etc/sysctl.conf but through a link in sysctl.d; procps'
 * "sysctl --system", on hosts without systemd, reads it last.
 */
#include "host/sysctl.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/dropin.h"
#include "host/root.h"

/* What the kernel begins with: net/ipv4/af_inet.c, security/keys/key.c, inotify_user.c. The others
 * hang on its memory or on who built it. */
static const struct sysctl_line kernels[SYSCTL_KEY_COUNT] = {
	[SYSCTL_PORT_START] = { .value = 1024 },
	[SYSCTL_MAX_KEYS] = { .value = 200 },
	[SYSCTL_MAX_KEY_BYTES] = { .value = 20000 },
	[SYSCTL_INOTIFY_INSTANCES] = { .value = 128 },
	[SYSCTL_PING_RANGE] = { .value = 1, .last = 0 },
};

static const struct {
	const char *name, *path;
	bool is_range;
} keys[] = {
#define KEY(name, path)                                                                            \
	{                                                                                          \
		name, "/proc/sys/" path, false                                                     \
	}
#define RANGE(name, path)                                                                          \
	{                                                                                          \
		name, "/proc/sys/" path, true                                                      \
	}
	[SYSCTL_MAX_USER_NAMESPACES] = KEY("user.max_user_namespaces", "user/max_user_namespaces"),
	[SYSCTL_USERNS_CLONE] =
		KEY("kernel.unprivileged_userns_clone", "kernel/unprivileged_userns_clone"),
	[SYSCTL_APPARMOR_USERNS] = KEY("kernel.apparmor_restrict_unprivileged_userns",
		"kernel/apparmor_restrict_unprivileged_userns"),
	[SYSCTL_PORT_START] =
		KEY("net.ipv4.ip_unprivileged_port_start", "net/ipv4/ip_unprivileged_port_start"),
	[SYSCTL_MAX_KEYS] = KEY("kernel.keys.maxkeys", "kernel/keys/maxkeys"),
	[SYSCTL_MAX_KEY_BYTES] = KEY("kernel.keys.maxbytes", "kernel/keys/maxbytes"),
	[SYSCTL_INOTIFY_INSTANCES] =
		KEY("fs.inotify.max_user_instances", "fs/inotify/max_user_instances"),
	[SYSCTL_MAX_MNT_NAMESPACES] = KEY("user.max_mnt_namespaces", "user/max_mnt_namespaces"),
	[SYSCTL_MAX_NET_NAMESPACES] = KEY("user.max_net_namespaces", "user/max_net_namespaces"),
	[SYSCTL_MAX_PID_NAMESPACES] = KEY("user.max_pid_namespaces", "user/max_pid_namespaces"),
	[SYSCTL_INOTIFY_WATCHES] =
		KEY("fs.inotify.max_user_watches", "fs/inotify/max_user_watches"),
	[SYSCTL_PING_RANGE] = RANGE("net.ipv4.ping_group_range", "net/ipv4/ping_group_range"),
};
_Static_assert(ARRAY_SIZE(keys) == SYSCTL_KEY_COUNT, "a row for every key");

const char *sysctl_name(enum sysctl_key key)
{
	return (unsigned)key < SYSCTL_KEY_COUNT ? keys[key].name : NULL;
}

const char *sysctl_path(enum sysctl_key key)
{
	return (unsigned)key < SYSCTL_KEY_COUNT ? keys[key].path : NULL;
}

bool sysctl_is_range(enum sysctl_key key)
{
	return (unsigned)key < SYSCTL_KEY_COUNT && keys[key].is_range;
}

/* What the lines of one file do to one key. A line 0: none does. */
struct said {
	struct sysctl_line named, matched; /* assigned by name; by a pattern */
	bool taken_out;                    /* "-key" alone */
};

/* Keys may be written with dots or slashes; whichever comes first parts the words, and the other
 * then stands for itself (net.ipv4.conf.eth0/1.rp_filter). The result has slashes. */
static void normalise(char *key)
{
	size_t first = strcspn(key, "./");

	if (key[first] != '.')
		return;
	for (; *key; key++)
		*key = *key == '.' ? '/' : *key == '/' ? '.' : *key;
}

static char *strip(char *s)
{
	char *end = s + strlen(s);

	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

/* One number, or of a range two. */
static bool parse_value(const char *s, bool is_range, struct sysctl_line *ret)
{
	char *end;

	errno = 0;
	ret->value = strtoll(s, &end, 10);
	if (!errno && end != s && is_range && isspace((unsigned char)*end)) {
		s = end;
		ret->last = strtoll(s, &end, 10);
	} else if (is_range) {
		return false;
	}
	return !errno && end != s && !*end;
}

static void take_line(
	char *line, enum sysctl_key which, const char *path, unsigned number, struct said *said)
{
	char *key = strip(line), *value = strchr(key, '=');
	struct sysctl_line assigned = { .line = number };
	bool minus = *key == '-';

	if (*key == '#' || *key == ';')
		return;
	if (minus)
		key++;
	if (value) {
		*value = '\0';
		value = strip(value + 1);
	}
	key = strip(key);
	normalise(key);
	if (!value) {
		said->taken_out = said->taken_out || (minus && strcmp(key, path) == 0);
		return;
	}
	/* the kernel would refuse it, and the value from before would stay */
	if (!parse_value(value, keys[which].is_range, &assigned))
		return;
	if (strcmp(key, path) == 0)
		said->named = assigned;
	else if (strpbrk(key, "*?[") && fnmatch(key, path, FNM_PATHNAME | FNM_PERIOD) == 0)
		said->matched = assigned;
}

static void scan(const char *data, size_t length, enum sysctl_key key, struct said *said)
{
	char path[128];
	const char *line;
	size_t at = 0, n;

	(void)text_copy(path, sizeof(path), keys[key].name);
	normalise(path);
	for (unsigned number = 1; (line = text_line(data, length, &at, &n)); number++) {
		char copy[512];

		/* no assignment of a number is that long */
		if (n >= sizeof(copy))
			continue;
		memcpy(copy, line, n);
		copy[n] = '\0';
		take_line(copy, key, path, number, said);
	}
}

bool sysctl_parse(const char *data, size_t length, enum sysctl_key key, struct sysctl_line *ret)
{
	struct said said = { 0 };

	scan(data, length, key, &said);
	if (!said.named.line && (!said.matched.line || said.taken_out))
		return false;
	*ret = said.named.line ? said.named : said.matched;
	return true;
}

struct boot_key {
	bool named, matched, taken_out;
	struct sysctl pattern; /* what a pattern would make it */
};

static void set_boot(struct sysctl *to, const char *path, const struct sysctl_line *line)
{
	to->boot = (struct fact_number){ .state = FACT_KNOWN, .value = line->value };
	to->boot_last = line->last;
	(void)text_copy(to->boot_file, sizeof(to->boot_file), path);
	to->boot_line = line->line;
}

static void read_file(struct sysctls *ret, struct boot_key state[SYSCTL_KEY_COUNT],
	struct root *root, const char *path)
{
	_cleanup_text_ struct text data = { 0 };
	int r = root_read(root, path, ROOT_READ_LIMIT, &data);

	if (r < 0 && r != -EFBIG)
		return;
	for (size_t i = 0; i < SYSCTL_KEY_COUNT; i++) {
		struct said said = { 0 };

		scan(data.data, data.length, (enum sysctl_key)i, &said);
		if (said.named.line)
			set_boot(&ret->keys[i], path, &said.named);
		if (said.matched.line)
			set_boot(&state[i].pattern, path, &said.matched);
		state[i].named |= said.named.line > 0;
		state[i].matched |= said.matched.line > 0;
		state[i].taken_out |= said.taken_out;
	}
}

static bool has_systemd_sysctl(struct root *root)
{
	struct fact_file file;

	root_stat(root, "/usr/lib/systemd/systemd-sysctl", &file);
	if (file.state != FACT_KNOWN)
		root_stat(root, "/lib/systemd/systemd-sysctl", &file);
	return file.state == FACT_KNOWN;
}

static void read_boot(struct sysctls *ret, struct root *root)
{
	static const char *const dirs[] = { "/etc/sysctl.d", "/run/sysctl.d",
		"/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d", NULL };
	_cleanup_text_list_ struct text_list paths = { 0 };
	static const struct boot_key none[SYSCTL_KEY_COUNT];
	struct boot_key *state = calloc(1, sizeof(none));

	if (!state)
		return;
	if (dropin_list(root, dirs, ".conf", &paths) >= 0)
		for (size_t i = 0; i < paths.count; i++)
			read_file(ret, state, root, paths.items[i]);
	if (!has_systemd_sysctl(root))
		read_file(ret, state, root, "/etc/sysctl.conf");
	for (size_t i = 0; i < SYSCTL_KEY_COUNT; i++)
		if (!state[i].named && state[i].matched && !state[i].taken_out)
			set_boot(&ret->keys[i], state[i].pattern.boot_file,
				&(struct sysctl_line){ state[i].pattern.boot.value,
					state[i].pattern.boot_last, state[i].pattern.boot_line });
	free(state);
}

/* The kernel prints a range with a tab between its numbers. */
static void read_range(struct sysctl *ret, struct root *root, const char *path)
{
	struct fact_text text;
	struct sysctl_line range = { 0 };

	root_read_text(root, path, &text);
	ret->live = (struct fact_number){ .state = text.state, .error = text.error };
	if (text.state != FACT_KNOWN)
		return;
	if (!parse_value(text.value, true, &range)) {
		ret->live = (struct fact_number){ .state = FACT_UNKNOWN, .error = EINVAL };
		return;
	}
	ret->live.value = range.value;
	ret->live_last = range.last;
}

/* Nothing but the files and the kernel sets it before anybody can log in. */
static void foresee(struct sysctl *to, enum sysctl_key key)
{
	to->live = to->boot;
	to->live_last = to->boot_last;
	if (to->boot.state == FACT_KNOWN)
		return;
	to->live = (struct fact_number){ .state = FACT_UNKNOWN, .error = ENODATA };
	if (!kernels[key].value)
		return;
	to->live = (struct fact_number){ .state = FACT_KNOWN, .value = kernels[key].value };
	to->live_last = kernels[key].last;
}

void sysctl_read(struct sysctls *ret, struct root *root)
{
	_cleanup_text_ struct text ours = { 0 };

	*ret = (struct sysctls){ 0 };
	for (size_t i = 0; i < SYSCTL_KEY_COUNT; i++) {
		if (keys[i].is_range)
			read_range(&ret->keys[i], root, keys[i].path);
		else
			root_read_number(root, keys[i].path, &ret->keys[i].live);
		ret->keys[i].boot.state = FACT_ABSENT;
	}
	read_boot(ret, root);
	for (size_t i = 0; i < SYSCTL_KEY_COUNT && root->next_boot; i++)
		foresee(&ret->keys[i], (enum sysctl_key)i);
	if (root_read(root, SYSCTL_OURS_PATH, SYSCTL_OURS - 1, &ours) >= 0)
		(void)text_copy(ret->ours, sizeof(ret->ours), text_get(&ours));
}
