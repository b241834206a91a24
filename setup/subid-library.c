/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/subid-library.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/dl.h"
#include "base/text.h"
#include "host/helper.h"

enum {
	LIMIT_MS = 60000 /* it waits for locks of others */
};

/* shadow/subid.h */
struct range {
	const char *owner;
	unsigned long start, count;
};

typedef bool change_range(struct range *range);

struct library {
	bool (*init)(const char *program, FILE *log);
	bool (*grant_uid)(struct range *range, bool reuse);
	bool (*grant_gid)(struct range *range, bool reuse);
	change_range *ungrant_uid, *ungrant_gid;
};

static const struct library *library_get(void)
{
	/* so.3, of shadow 4.9 alone, has other names */
	static const char *const names[] = { "libsubid.so.5", "libsubid.so.4", NULL };
	static const struct dl_symbol symbols[] = {
		{ "subid_init", offsetof(struct library, init) },
		{ "subid_grant_uid_range", offsetof(struct library, grant_uid) },
		{ "subid_grant_gid_range", offsetof(struct library, grant_gid) },
		{ "subid_ungrant_uid_range", offsetof(struct library, ungrant_uid) },
		{ "subid_ungrant_gid_range", offsetof(struct library, ungrant_gid) },
	};
	static struct library library;
	static int loaded = 1;

	if (loaded == 1)
		loaded = dl_load(names, symbols, ARRAY_SIZE(symbols), &library);
	return loaded == 0 ? &library : NULL;
}

bool subid_library_is_here(void)
{
	return library_get() != NULL;
}

/* What is to be done, for the child that does it: the library prints its troubles on standard
 * output, which is ours for JSON. */
struct job {
	const struct range *range;
	int (*act)(const struct library *l, const struct range *range);
};

static int grant(const struct library *l, const struct range *range)
{
	struct range uids = *range, gids = *range;

	if (!l->grant_uid(&uids, false))
		return -EBUSY;
	if (uids.start == range->start && l->grant_gid(&gids, false)) {
		if (gids.start == range->start)
			return 0;
		(void)l->ungrant_gid(&gids);
	} else if (uids.start == range->start) {
		(void)l->ungrant_uid(&uids);
		return -EBUSY;
	}
	(void)l->ungrant_uid(&uids);
	return -EAGAIN;
}

static int ungrant(const struct library *l, const struct range *range)
{
	struct range uids = *range, gids = *range;
	bool done = l->ungrant_uid(&uids);

	return l->ungrant_gid(&gids) && done ? 0 : -EBUSY;
}

static int in_child(void *arg, int out)
{
	const struct library *l = library_get();
	const struct job *job = arg;

	if (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		return -errno;
	if (!l->init("rpod-setup", stderr))
		return -EBUSY;
	return job->act(l, job->range);
}

static int run(const struct job *job, const char *verb, struct error *err)
{
	_cleanup_text_ struct text said = { 0 };
	int r = helper_run(in_child, (void *)(uintptr_t)job, LIMIT_MS, &said);
	const char *words = text_get(&said);

	if (r == -EAGAIN)
		return error_say(err, r, "ids from %lu on were given to somebody meanwhile",
			job->range->start);
	if (r < 0)
		return error_say(err, r, "libsubid cannot %s '%s' the ids from %lu on: %.*s", verb,
			job->range->owner, job->range->start, (int)strcspn(words, "\n"),
			*words ? words : "it does not say why");
	return 0;
}

int subid_library_grant(const char *owner, uint64_t start, uint64_t count, struct error *err)
{
	struct range range = { owner, start, count };

	return run(&(struct job){ &range, grant }, "give", err);
}

int subid_library_ungrant(const char *owner, uint64_t start, uint64_t count, struct error *err)
{
	struct range range = { owner, start, count };

	return run(&(struct job){ &range, ungrant }, "take from", err);
}
