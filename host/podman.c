/* SPDX-License-Identifier: Apache-2.0 */
#include "host/podman.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/json.h"
#include "host/helper.h"
#include "host/host.h"
#include "host/root.h"

enum {
	LIMIT_MS = 700,
	PAGES = 512 << 10,     /* the one row that says the driver is among the first tables */
	LOCKS_LIMIT = 1 << 20, /* 2048 locks are 82 KiB */
	DRIVER_SIZE = sizeof(((struct podman *)0)->driver),
	GROUP = 32, /* locks in a group: shm_lock.h of libpod */
};

static const char *const drivers[] = { "overlay", "vfs", "btrfs", "zfs" };

static const char *const database_words[] = {
	[DATABASE_UNKNOWN] = "unknown",
	[DATABASE_ABSENT] = "absent",
	[DATABASE_FINE] = "fine",
	[DATABASE_BAD] = "bad",
};

/* A file of the user, no link at its end. What is longer than @limit is cut. */
static int read_own(const char *path, uid_t owner, size_t limit, struct text *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_uid != owner)
		return -EACCES;
	r = io_read_all(fd, limit, ret);
	return r == -EFBIG ? 0 : r;
}

static bool is_there(const char *dir, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%.3900s/%s", dir, name);
	return stat(path, &st) == 0;
}

/*
 * A magic number, a lock, two counts, then groups of a map of 32 bits and the 32 locks it is of.
 * A lock of the C library has 40 bytes on x86_64, 48 on arm64: of these two the one whose counts
 * fit together is it.
 */
bool podman_parse_locks(const char *data, size_t length, int64_t *ret_count, int64_t *ret_used)
{
	static const size_t lock_sizes[] = { 40, 48 };

	for (size_t i = 0; i < ARRAY_SIZE(lock_sizes); i++) {
		size_t head = 8 + lock_sizes[i], group = 8 + GROUP * lock_sizes[i];
		uint32_t groups, count;
		int64_t used = 0;

		if (length < head + 8)
			continue;
		memcpy(&groups, data + head, sizeof(groups));
		memcpy(&count, data + head + 4, sizeof(count));
		if (count == 0 || groups == 0 || groups != (count + GROUP - 1) / GROUP ||
			length < head + 8 + groups * group)
			continue;
		for (size_t g = 0; g < groups; g++) {
			uint32_t map;

			memcpy(&map, data + head + 8 + g * group, sizeof(map));
			used += __builtin_popcount(map);
		}
		*ret_count = count;
		*ret_used = used;
		return true;
	}
	return false;
}

static const char *find(const char *data, size_t length, const char *word)
{
	return memmem(data, length, word, strlen(word));
}

/*
 * SQLite keeps the columns of a row one behind the other: run root, driver and volume directory are
 * ".../containersoverlay/home/alice/...": a driver between what is no '/' and one that begins the
 * graphroot again.
 */
static bool is_driver_at(
	const char *data, const char *at, const char *name, const char *graphroot, const char *end)
{
	const char *after = at + strlen(name);
	size_t n = strlen(graphroot);

	return at > data && at[-1] != '/' && (size_t)(end - after) >= n &&
	       memcmp(after, graphroot, n) == 0;
}

void podman_parse_database(
	const char *data, size_t length, const char *graphroot, struct podman *ret)
{
	static const char magic[] = "SQLite format 3";
	const char *end = data + length;

	ret->database = DATABASE_BAD;
	if (length > 0 && (length < sizeof(magic) || memcmp(data, magic, sizeof(magic)) != 0))
		return;
	ret->database = DATABASE_FINE;
	/* made, and nothing kept in it yet */
	if (length == 0 || !find(data, length, "GraphDriver") || !find(data, length, "/libpod"))
		return;
	ret->elsewhere = !find(data, length, graphroot);
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		for (const char *at = data; (at = find(at, (size_t)(end - at), drivers[i])); at++)
			if (is_driver_at(data, at, drivers[i], graphroot, end))
				(void)text_copy(ret->driver, sizeof(ret->driver), drivers[i]);
}

/* One of the first two pages says what it is, behind a head of 16 bytes; a leaf has each value behind
 * its key: page.go and db.go of bbolt. Nothing at all is a database that is about to be made. */
static bool is_bolt(const char *data, size_t length)
{
	static const unsigned char magic[] = { 0xed, 0xda, 0x0c, 0xed }; /* little endian */
	static const size_t pages[] = { 0, 4096, 16384, 65536 };

	for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
		if (length >= pages[i] + 20 && memcmp(data + pages[i] + 16, magic, 4) == 0)
			return true;
	return length == 0;
}

bool podman_parse_bolt(const char *data, size_t length, char ret[DRIVER_SIZE])
{
	static const char key[] = "graph-driver-name";
	const char *end = data + length;
	const char *at = find(data, length, key);

	for (; at; at = find(at, (size_t)(end - at), key)) {
		at += strlen(key);
		for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
			if ((size_t)(end - at) >= strlen(drivers[i]) &&
				memcmp(at, drivers[i], strlen(drivers[i])) == 0)
				(void)text_copy(ret, DRIVER_SIZE, drivers[i]);
	}
	return is_bolt(data, length);
}

/* -- in the child: a line for each thing found ------------------------------------------------- */

struct looking {
	const struct host *host;
	char graphroot[PATH_MAX];
};

/* Where the mark of the boot is: below the runtime directory, or where there was none. */
static void look_alive(const struct looking *l, struct text *out)
{
	static const char *const places[] = { "/run/user/%u/libpod/tmp/alive",
		"/tmp/podman-run-%u/libpod/tmp/alive", "/tmp/storage-run-%u/libpod/tmp/alive" };
	unsigned uid = (unsigned)l->host->user.uid;
	char dir[64];

	(void)snprintf(dir, sizeof(dir), "/run/user/%u", uid);
	for (size_t i = 0; i < (is_there(dir, ".") ? 1 : ARRAY_SIZE(places)); i++) {
		_cleanup_text_ struct text mark = { 0 };
		char path[128];

		(void)snprintf(path, sizeof(path), places[i], uid);
		if (read_own(path, (uid_t)uid, 64, &mark) < 0)
			continue;
		text_addf(out, "alive %s %.*s\n", path,
			(int)strspn(text_get(&mark), "0123456789abcdef-"), text_get(&mark));
		return;
	}
}

static void look_locks(const struct looking *l, struct text *out)
{
	_cleanup_text_ struct text data = { 0 };
	int64_t count, used;
	char path[64];

	(void)snprintf(path, sizeof(path), "/dev/shm/libpod_rootless_lock_%u",
		(unsigned)l->host->user.uid);
	if (read_own(path, l->host->user.uid, LOCKS_LIMIT, &data) == 0 &&
		podman_parse_locks(text_get(&data), data.length, &count, &used))
		text_addf(out, "locks %" PRId64 " %" PRId64 "\n", count, used);
}

static void look_bolt(const struct looking *l, struct podman *found, struct text *out)
{
	_cleanup_text_ struct text data = { 0 };
	char path[PATH_MAX], driver[DRIVER_SIZE] = "";
	bool fine;

	(void)snprintf(path, sizeof(path), "%.3900s/libpod/bolt_state.db", l->graphroot);
	if (read_own(path, l->host->user.uid, PAGES, &data) < 0)
		return;
	fine = podman_parse_bolt(text_get(&data), data.length, driver);
	text_addf(out, "bolt %s\n", fine ? "fine" : "bad");
	if (found->database == DATABASE_ABSENT)
		(void)text_copy(found->driver, sizeof(found->driver), driver);
}

/* podman 4 looks once what is installed, and keeps to it. */
static void look_network(const struct looking *l, struct text *out)
{
	_cleanup_text_ struct text data = { 0 };
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%.3900s/defaultNetworkBackend", l->graphroot);
	if (read_own(path, l->host->user.uid, 16, &data) == 0 && data.length > 0)
		text_addf(out, "network %.*s\n",
			(int)strspn(text_get(&data), "abcdefghijklmnopqrstuvwxyz"),
			text_get(&data));
}

static void look_database(const struct looking *l, struct text *out)
{
	_cleanup_text_ struct text data = { 0 };
	struct podman found = { 0 };
	char path[PATH_MAX];
	int r;

	(void)snprintf(path, sizeof(path), "%.3900s/db.sql", l->graphroot);
	r = read_own(path, l->host->user.uid, PAGES, &data);
	if (r == -ENOENT || r == -ENOTDIR)
		found.database = DATABASE_ABSENT;
	else if (r == 0)
		podman_parse_database(text_get(&data), data.length, l->graphroot, &found);
	/* /home may be a link to /var/home: podman knows one of the two names */
	if (r == 0 && found.elsewhere && realpath(l->graphroot, path))
		podman_parse_database(text_get(&data), data.length, path, &found);
	look_bolt(l, &found, out);
	text_addf(out, "database %s %s %s\n", database_words[found.database],
		found.elsewhere ? "elsewhere" : "here", found.driver);
}

/* The first that is there counts: containers-policy.json(5). */
static void look_policy(const struct looking *l, struct text *out)
{
	const char *home = l->host->user.home;
	char own[PATH_MAX];
	const char *paths[] = { own, "/etc/containers/policy.json",
		"/usr/share/containers/policy.json" };

	(void)snprintf(own, sizeof(own), "%.3900s/.config/containers/policy.json", home);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_text_ struct text data = { 0 };
		_cleanup_json_ struct json *policy = NULL;
		struct error ignored = { 0 };
		_cleanup_close_ int fd = open(paths[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC);

		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0 || io_read_all(fd, ROOT_READ_LIMIT, &data) < 0)
			return; /* there, and not for us to read */
		text_addf(out, "policy %s %s\n",
			json_parse(text_get(&data), data.length, paths[i], &policy, &ignored) < 0
				? "bad"
				: "fine",
			paths[i]);
		return;
	}
	text_add(out, "policy absent\n");
}

static int look(void *arg, int out)
{
	const struct looking *l = arg;
	_cleanup_text_ struct text said = { 0 };
	int r = helper_become(l->host->user.uid, l->host->user.gid);

	if (r < 0)
		return r;
	look_alive(l, &said);
	look_locks(l, &said);
	look_policy(l, &said);
	/* the last: it may be elsewhere, and hang */
	r = io_write_all(out, text_get(&said), said.length);
	text_done(&said);
	said = (struct text){ 0 };
	look_database(l, &said);
	look_network(l, &said);
	return r < 0 ? r : io_write_all(out, text_get(&said), said.length);
}

/* -- in the parent ----------------------------------------------------------------------------- */

static int ask(void *arg, struct text *ret)
{
	return helper_run(look, arg, LIMIT_MS, ret);
}

static void take_database(struct podman *ret, const char *words)
{
	char state[16] = "", where[16] = "";

	(void)sscanf(words, "%15s %15s %15s", state, where, ret->driver);
	for (size_t i = 0; i < ARRAY_SIZE(database_words); i++)
		if (strcmp(state, database_words[i]) == 0)
			ret->database = i;
	ret->elsewhere = strcmp(where, "elsewhere") == 0;
}

static void take_policy(struct podman *ret, const char *words)
{
	ret->policy_absent = strcmp(words, "absent") == 0;
	if (ret->policy_absent)
		return;
	ret->policy_bad = text_starts(words, "bad ");
	(void)text_copy(ret->policy, sizeof(ret->policy), words + strcspn(words, "/"));
}

static void take_alive(struct podman *ret, const char *words)
{
	if (sscanf(words, "%127s %255s", ret->alive_path, ret->alive.value) == 2)
		ret->alive.state = FACT_KNOWN;
}

static void take_locks(struct podman *ret, const char *words)
{
	if (sscanf(words, "%" SCNd64 " %" SCNd64, &ret->lock_count.value, &ret->locks_used.value) ==
		2)
		ret->lock_count.state = ret->locks_used.state = FACT_KNOWN;
}

static void take_bolt(struct podman *ret, const char *words)
{
	ret->bolt = true;
	ret->bolt_bad = strcmp(words, "bad") == 0;
}

static void take_network(struct podman *ret, const char *words)
{
	(void)text_copy(ret->network, sizeof(ret->network), words);
}

static void take_line(struct podman *ret, const char *line)
{
	static const struct {
		const char *word;
		void (*take)(struct podman *ret, const char *words);
	} rows[] = {
		{ "alive", take_alive },
		{ "locks", take_locks },
		{ "policy", take_policy },
		{ "database", take_database },
		{ "bolt", take_bolt },
		{ "network", take_network },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t n = strlen(rows[i].word);

		if (text_starts(line, rows[i].word) && strchr(" ", line[n]))
			rows[i].take(ret, line + n + (line[n] == ' '));
	}
}

static void take(struct podman *ret, const struct text *said)
{
	const char *line;
	size_t at = 0, n;

	while ((line = text_line(said->data, said->length, &at, &n))) {
		char copy[PATH_MAX + 32];

		(void)snprintf(copy, sizeof(copy), "%.*s", (int)MIN(n, sizeof(copy) - 1), line);
		take_line(ret, copy);
	}
}

void podman_read(struct podman *ret, struct root *root, const struct host *host)
{
	struct looking looking = { .host = host };
	_cleanup_text_ struct text said = { 0 };
	char key[96];
	int r;

	*ret = (struct podman){ .alive.state = FACT_ABSENT };
	ret->lock_count.state = ret->locks_used.state = FACT_ABSENT;
	if (host->user.state != FACT_KNOWN || host->home.hung)
		return;
	if (*host->config.storage)
		(void)text_copy(ret->graphroot, PATH_MAX, host->config.storage);
	else
		(void)snprintf(ret->graphroot, PATH_MAX, "%.3900s/.local/share/containers/storage",
			host->user.home);
	(void)text_copy(looking.graphroot, PATH_MAX, ret->graphroot);
	(void)snprintf(ret->locks_path, sizeof(ret->locks_path), "/dev/shm/libpod_rootless_lock_%u",
		(unsigned)host->user.uid);
	root_stat(root, ret->locks_path, &ret->locks);
	root_read_text(root, "/proc/sys/kernel/random/boot_id", &ret->boot);
	(void)snprintf(key, sizeof(key), "podman %.64s", host->user.name);
	r = root_ask(root, key, ask, &looking, &said);
	ret->state = fact_state_of(r);
	ret->error = r < 0 ? -r : 0;
	take(ret, &said);
}
