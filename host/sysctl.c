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

static const struct {
	const char *name, *path;
} keys[] = {
#define KEY(name, path)                                                                            \
	{                                                                                          \
		name, "/proc/sys/" path                                                            \
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

/* What the lines of one file do to one key. */
struct said {
	bool named, matched; /* assigned by name; by a pattern */
	bool taken_out;      /* "-key" alone */
	int64_t value, matched_value;
	unsigned line, matched_line;
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

static bool parse_value(const char *s, int64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoll(s, &end, 10);
	return !errno && end != s && !*end;
}

static void take_line(char *line, const char *path, unsigned number, struct said *said)
{
	char *key = strip(line), *value = strchr(key, '=');
	bool minus = *key == '-';
	int64_t n = 0;

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
	if (!parse_value(value, &n))
		return;
	if (strcmp(key, path) == 0) {
		said->named = true;
		said->value = n;
		said->line = number;
	} else if (strpbrk(key, "*?[") && fnmatch(key, path, FNM_PATHNAME | FNM_PERIOD) == 0) {
		said->matched = true;
		said->matched_value = n;
		said->matched_line = number;
	}
}

static void scan(const char *data, size_t length, const char *name, struct said *said)
{
	char path[128];
	const char *line;
	size_t at = 0, n;

	(void)text_copy(path, sizeof(path), name);
	normalise(path);
	for (unsigned number = 1; (line = text_line(data, length, &at, &n)); number++) {
		char copy[512];

		/* no assignment of a number is that long */
		if (n >= sizeof(copy))
			continue;
		memcpy(copy, line, n);
		copy[n] = '\0';
		take_line(copy, path, number, said);
	}
}

bool sysctl_parse(
	const char *data, size_t length, const char *key, int64_t *ret_value, unsigned *ret_line)
{
	struct said said = { 0 };

	scan(data, length, key, &said);
	if (said.named) {
		*ret_value = said.value;
		*ret_line = said.line;
		return true;
	}
	if (!said.matched || said.taken_out)
		return false;
	*ret_value = said.matched_value;
	*ret_line = said.matched_line;
	return true;
}

struct boot_key {
	bool named, matched, taken_out;
	struct sysctl pattern; /* what a pattern would make it */
};

static void set_boot(struct sysctl *to, const char *path, int64_t value, unsigned line)
{
	to->boot = (struct fact_number){ .state = FACT_KNOWN, .value = value };
	(void)text_copy(to->boot_file, sizeof(to->boot_file), path);
	to->boot_line = line;
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

		scan(data.data, data.length, keys[i].name, &said);
		if (said.named)
			set_boot(&ret->keys[i], path, said.value, said.line);
		if (said.matched)
			set_boot(&state[i].pattern, path, said.matched_value, said.matched_line);
		state[i].named |= said.named;
		state[i].matched |= said.matched;
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
				state[i].pattern.boot.value, state[i].pattern.boot_line);
	free(state);
}

void sysctl_read(struct sysctls *ret, struct root *root)
{
	_cleanup_text_ struct text ours = { 0 };

	*ret = (struct sysctls){ 0 };
	for (size_t i = 0; i < SYSCTL_KEY_COUNT; i++) {
		root_read_number(root, keys[i].path, &ret->keys[i].live);
		ret->keys[i].boot.state = FACT_ABSENT;
	}
	read_boot(ret, root);
	if (root_read(root, SYSCTL_OURS_PATH, SYSCTL_OURS - 1, &ours) >= 0)
		(void)text_copy(ret->ours, sizeof(ret->ours), text_get(&ours));
}
