/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the ids as a whole, whoever they are about: can they be read, can they be edited. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"

static void say_bad_line(struct verdict *v, enum idmap_kind kind, const struct idmap_bad_line *bad)
{
	char source[64];

	(void)snprintf(
		source, sizeof(source), "%s:%u:%u", idmap_path(kind), bad->line, bad->column);
	verdict_evidence(v, source, NULL, "%.90s: '%.60s'", bad->why, bad->text);
}

/* Then idmap.subuid or idmap.subgid fails, and names the line. */
static bool is_told(const struct host *host)
{
	return host->user.state == FACT_KNOWN && host->user.uid != 0 &&
	       (idmap_own_count(&host->idmap.files[IDMAP_UID]) == 0 ||
		       idmap_own_count(&host->idmap.files[IDMAP_GID]) == 0);
}

/* Shadow skips such a line without a word: its owner has no range, and nobody tells him. */
static void judge_lines(const struct host *host, struct verdict *v)
{
	size_t count = 0;

	for (int kind = 0; kind < IDMAP_KIND_COUNT; kind++) {
		const struct idmap_file *file = &host->idmap.files[kind];

		if (file->state == FACT_UNKNOWN && v->kind == VERDICT_PASS)
			judge_unknown(v, host, idmap_path(kind), file->error);
		count += file->bad_count;
		for (size_t i = 0; i < file->bad_count && i < IDMAP_BAD_LINES; i++) {
			verdict_warn(v, "%zu line%s of the files cannot be read", count,
				count == 1 ? "" : "s");
			say_bad_line(v, kind, &file->bad[i]);
		}
	}
	if (v->kind == VERDICT_WARN && is_told(host)) {
		*v = (struct verdict){ 0 };
		verdict_pass(v, "%zu cannot: see idmap.subuid, idmap.subgid", count);
	} else if (v->kind == VERDICT_WARN) {
		verdict_effect(v, "they count for nothing, and no range is given beside them");
		verdict_fix(v, "write them as NAME:START:COUNT, one a line, nothing behind");
	}
}

/* Who edits these files, and ends soon. */
static bool is_editor(const char *command)
{
	static const char *const words[] = { "user", "group", "passwd", "gpasswd", "vipw", "vigr",
		"chage", "chfn", "chsh", "chpasswd", "chgpasswd", "newusers", "pwck", "grpck",
		"pwconv", "grpconv", "rpod-setup", "systemd-sysuser" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (text_starts(command, words[i]))
			return true;
	return false;
}

/* Why nobody will take the lock away; false: somebody will. */
static bool is_stale(const struct host *host, const struct lock *lock, char ret[static 128])
{
	bool stale = true;

	if (lock->state != FACT_KNOWN)
		stale = false;
	else if (!host->live)
		(void)text_copy(ret, 128, "a lock in a tree that nobody edits");
	else if (lock->holder == FACT_ABSENT)
		(void)text_copy(ret, 128, "a lock whose text is no process id");
	else if (lock->command.state == FACT_KNOWN && !is_editor(lock->command.value))
		(void)snprintf(ret, 128, "a lock of process %" PRIu64 ", which is '%.40s'",
			lock->pid, lock->command.value);
	else
		stale = false;
	return stale;
}

static void judge_locks(const struct host *host, struct verdict *v)
{
	for (size_t i = 0; i < LOCKS; i++) {
		const struct lock *lock = &host->idmap.locks[i];
		char why[128];

		if (is_stale(host, lock, why)) {
			verdict_warn(v, "the accounts cannot be edited: '%s' stays", lock->path);
			verdict_evidence(v, lock->path, "absent", "%s", why);
			verdict_effect(v, "useradd and usermod fail; no ids are given to anybody");
			verdict_fix(v, "sudo rm %s", lock->path);
		} else if (lock->state == FACT_KNOWN && lock->holder == FACT_UNKNOWN &&
			   v->kind == VERDICT_PASS) {
			verdict_skip(
				v, "'%s' is there; only root can tell whose it is", lock->path);
		}
	}
}

static const struct check checks[] = {
	{
		.id = "idmap.lines",
		.title = "every line of subuid and subgid can be read",
		.see = "subuid(5)",
		.scope = CHECK_HOST,
		.sections = HOST_IDMAP | HOST_USER,
		.judge = judge_lines,
	},
	{
		.id = "idmap.locks",
		.title = "the files of the accounts can be edited",
		.see = "usermod(8)",
		.scope = CHECK_HOST,
		.sections = HOST_IDMAP,
		.judge = judge_locks,
	},
};

const struct check_group idmap_files_group = { "idmap", checks, ARRAY_SIZE(checks) };
