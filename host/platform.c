/* SPDX-License-Identifier: Apache-2.0 */
#include "host/platform.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "host/root.h"

enum {
	ROUTES_LIMIT = 1 << 20,
	CPU_LIMIT = 64 << 10 /* one of them is enough, and its flags are among the first lines */
};

/* The x86-64 psABI's level 2, in the kernel's words: pni is SSE3. */
static const char *const v2[] = { "cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3" };

bool platform_parse_cpu(const char *data, size_t length, char *ret, size_t size)
{
	const char *line;
	size_t at = 0, n;

	while ((line = text_line(data, length, &at, &n))) {
		_cleanup_text_ struct text flags = { 0 };
		const char *words;

		if (n < 5 || memcmp(line, "flags", 5) != 0)
			continue;
		text_add_bytes(&flags, line, n);
		words = strchr(text_get(&flags), ':');
		*ret = '\0';
		for (size_t i = 0; words && i < ARRAY_SIZE(v2); i++)
			if (!text_has_word(words + 1, v2[i]))
				(void)snprintf(ret + strlen(ret), size - strlen(ret), "%s%s",
					*ret ? " " : "", v2[i]);
		return words;
	}
	return false;
}

/* "eth0 00000000 0102A8C0 ...": interface, destination. */
bool platform_parse_route(const char *data, size_t length, char *ret, size_t size)
{
	const char *line;
	size_t at = 0, n;

	while ((line = text_line(data, length, &at, &n))) {
		char copy[128], name[32], to[16], mask[16];

		(void)snprintf(copy, sizeof(copy), "%.*s", (int)MIN(n, sizeof(copy) - 1), line);
		if (sscanf(copy, "%31s %15s %*s %*s %*s %*s %*s %15s", name, to, mask) == 3 &&
			strcmp(to, "00000000") == 0 && strcmp(mask, "00000000") == 0)
			return text_copy(ret, size, name);
	}
	return false;
}

/* Destination and its bits first, the interface last. The kernel's own reject route is on lo. */
bool platform_parse_route6(const char *data, size_t length, char *ret, size_t size)
{
	static const char any[] = "00000000000000000000000000000000 00 ";
	const char *line;
	size_t at = 0, n;

	while ((line = text_line(data, length, &at, &n))) {
		char copy[256], *name;

		(void)snprintf(copy, sizeof(copy), "%.*s", (int)MIN(n, sizeof(copy) - 1), line);
		if (!text_starts(copy, any))
			continue;
		name = strrchr(copy, ' ');
		if (name && strcmp(name + 1, "lo") != 0)
			return text_copy(ret, size, name + 1);
	}
	return false;
}

static int look_at_clock(void *arg, struct text *ret)
{
	(void)arg;
	text_addf(ret, "%lld", (long long)time(NULL));
	return 0;
}

static void read_clock(struct platform *ret, struct root *root)
{
	_cleanup_text_ struct text said = { 0 };
	long long now;

	if (root_ask(root, "clock", look_at_clock, NULL, &said) >= 0 &&
		sscanf(text_get(&said), "%lld", &now) == 1)
		ret->clock = (struct fact_number){ .state = FACT_KNOWN, .value = now };
}

static void read_with(struct fact_text *ret, struct root *root, const char *path, size_t limit,
	bool (*parse)(const char *data, size_t length, char *to, size_t size))
{
	_cleanup_text_ struct text data = { 0 };
	int r = root_read(root, path, limit, &data);

	if (r < 0 && r != -EFBIG) {
		ret->state = fact_state_of(r);
		ret->error = ret->state == FACT_UNKNOWN ? -r : 0;
		return;
	}
	ret->state = parse(data.data, data.length, ret->value, sizeof(ret->value)) ? FACT_KNOWN
										   : FACT_ABSENT;
}

static bool is_there(struct root *root, const char *path)
{
	struct fact_file file;

	root_stat(root, path, &file);
	return file.state == FACT_KNOWN;
}

static void read_kind(struct platform *ret, struct root *root)
{
	char version[256] = "";

	ret->kind.state = FACT_ABSENT;
	(void)!root_read_line(root, "/proc/version", version, sizeof(version));
	/* what it says of itself has been the same since its first release */
	if (text_starts(version, "Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016"))
		ret->kind = (struct fact_text){ .state = FACT_KNOWN, .value = "gVisor" };
	else if (is_there(root, "/proc/user_beancounters") || is_there(root, "/proc/vz"))
		ret->kind = (struct fact_text){ .state = FACT_KNOWN, .value = "OpenVZ" };
}

void platform_read(struct platform *ret, struct root *root)
{
	const char *name;
	char path[PATH_MAX];

	*ret = (struct platform){ 0 };
	read_clock(ret, root);
	read_kind(ret, root);
	read_with(&ret->lacks_v2, root, "/proc/cpuinfo", CPU_LIMIT, platform_parse_cpu);
	read_with(&ret->route4, root, "/proc/net/route", ROUTES_LIMIT, platform_parse_route);
	read_with(&ret->route6, root, "/proc/net/ipv6_route", ROUTES_LIMIT, platform_parse_route6);
	root_read_number(root, "/proc/sys/net/ipv6/conf/all/disable_ipv6", &ret->ipv6_off);
	name = ret->route4.state == FACT_KNOWN ? ret->route4.value : ret->route6.value;
	(void)snprintf(path, sizeof(path), "/sys/class/net/%.64s/mtu", name);
	if (*name)
		root_read_number(root, path, &ret->mtu);
}
