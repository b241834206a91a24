/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ids that are somebody's: the host's own files, what an image keeps in /usr (nss-altfiles), and on a
 * running host what a directory service lists. The service is asked only where nsswitch.conf(5)
 * names one, and only for as long as one may wait; most do not list their users at all, and then the
 * files are all there is to know.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "host/helper.h"
#include "host/idmap-real.h"
#include "host/root.h"

enum {
	LIST_LIMIT_MS = 1000
};

/* Of each kind: its files, the database of nsswitch.conf, the question for a record. */
static const struct {
	const char *files[2], *database, *question;
} kinds[] = {
	[IDMAP_UID] = { { "/etc/passwd", "/usr/lib/passwd" }, "passwd", "list passwd" },
	[IDMAP_GID] = { { "/etc/group", "/usr/lib/group" }, "group", "list group" },
};
_Static_assert(ARRAY_SIZE(kinds) == IDMAP_KIND_COUNT, "both kinds are read");

/* Services whose entries are in the files, or in no subordinate range by their own rules. */
static const char local_services[] = "files compat db altfiles systemd mymachines";

static int add_id(struct idmap_real *real, uint64_t id)
{
	/* room doubles at every power of two */
	if ((real->count & (real->count - 1)) == 0) {
		uint64_t *grown =
			reallocarray(real->ids, MAX(real->count * 2, (size_t)1), sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		real->ids = grown;
	}
	real->ids[real->count++] = id;
	return 0;
}

/* Third field of "name:password:id:...". */
static bool parse_entry(const char *line, size_t n, uint32_t *ret)
{
	const char *field = memchr(line, ':', n);
	char number[16];

	field = field ? memchr(field + 1, ':', (size_t)(line + n - field - 1)) : NULL;
	if (!field)
		return false;
	field++;
	(void)snprintf(number, sizeof(number), "%.*s",
		(int)MIN((size_t)(line + n - field), sizeof(number) - 1), field);
	number[strcspn(number, ":")] = '\0';
	return parse_id(number, ret) == 0;
}

static int add_file(struct idmap_real *real, struct root *root, const char *path)
{
	_cleanup_text_ struct text data = { 0 };
	int r = root_read(root, path, IDMAP_READ_LIMIT, &data);
	const char *line;
	size_t at = 0, n;
	uint32_t id;

	if (r < 0)
		return r == -ENOENT || r == -ENODATA ? 0 : r;
	while ((line = text_line(data.data, data.length, &at, &n)))
		if (parse_entry(line, n, &id) && add_id(real, id) < 0)
			return -ENOMEM;
	return 0;
}

static bool names_a_service(const char *services)
{
	char word[32];

	while (*(services += strspn(services, " \t"))) {
		size_t n = strcspn(services, " \t");

		(void)snprintf(word, sizeof(word), "%.*s", (int)n, services);
		/* "[NOTFOUND=return]" is what to do, not whom to ask */
		if (*word != '[' && !text_has_word(local_services, word))
			return true;
		services += n;
	}
	return false;
}

static bool has_service(struct root *root, const char *database)
{
	_cleanup_text_ struct text data = { 0 };
	size_t at = 0, n, length = strlen(database);
	const char *line;

	if (root_read(root, "/etc/nsswitch.conf", ROOT_READ_LIMIT, &data) < 0)
		return false;
	while ((line = text_line(data.data, data.length, &at, &n))) {
		char copy[256];

		(void)snprintf(copy, sizeof(copy), "%.*s", (int)MIN(n, sizeof(copy) - 1), line);
		copy[strcspn(copy, "#")] = '\0';
		if (strncmp(copy, database, length) == 0 && copy[length] == ':')
			return names_a_service(copy + length + 1);
	}
	return false;
}

/* In a child: every id the services list, a line each. */
static int list_ids(void *arg, int out)
{
	_cleanup_text_ struct text ids = { 0 };
	const enum idmap_kind *kind = arg;
	const struct passwd *user;
	const struct group *group;

	if (*kind == IDMAP_UID)
		while ((user = getpwent()))
			text_addf(&ids, "%u\n", (unsigned)user->pw_uid);
	else
		while ((group = getgrent()))
			text_addf(&ids, "%u\n", (unsigned)group->gr_gid);
	return text_failed(&ids) ? -ENOMEM : io_write_all(out, text_get(&ids), ids.length);
}

struct question {
	enum idmap_kind kind;
	unsigned limit_ms;
};

static int ask_service(void *arg, struct text *ret)
{
	struct question *q = arg;

	return helper_run(list_ids, &q->kind, q->limit_ms, ret);
}

/* A service that does not answer lists nobody. */
static int add_listed(struct idmap_real *real, struct root *root, enum idmap_kind kind)
{
	struct question q = { kind, root_limit(root, LIST_LIMIT_MS) };
	_cleanup_text_ struct text ids = { 0 };
	size_t at = 0, n;
	const char *line;
	int r;

	if (!has_service(root, kinds[kind].database))
		return 0;
	r = root_ask(root, kinds[kind].question, ask_service, &q, &ids);
	if (r < 0)
		return r == -EFBIG ? r : 0;
	while ((line = text_line(ids.data, ids.length, &at, &n))) {
		char number[16];
		uint32_t id;

		(void)snprintf(
			number, sizeof(number), "%.*s", (int)MIN(n, sizeof(number) - 1), line);
		if (parse_id(number, &id) == 0 && add_id(real, id) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

void idmap_real_read(struct idmap_real *ret, struct root *root, enum idmap_kind kind)
{
	int r = 0;

	*ret = (struct idmap_real){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(kinds[kind].files) && r >= 0; i++)
		r = add_file(ret, root, kinds[kind].files[i]);
	if (r >= 0)
		r = add_listed(ret, root, kind);
	if (r < 0)
		ret->error = -r;
	if (ret->count > 1)
		qsort(ret->ids, ret->count, sizeof(*ret->ids), by_id);
}
