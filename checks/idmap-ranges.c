/* SPDX-License-Identifier: Apache-2.0 */
/* The user's ranges in subuid(5) and subgid(5): there, readable, large enough. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"
#include "checks/request.h"
#include "checks/subid.h"

#define SINGLE "containers get one id only: most images do not unpack, no other user in them"

enum {
	WANTED_IDS = 65536,
	SOURCE = 160
};

static const char *at_line(char ret[static SOURCE], enum idmap_kind kind, unsigned line)
{
	(void)snprintf(ret, SOURCE, "%s:%u", idmap_path(kind), line);
	return ret;
}

/* nsswitch.conf(5) may send the question elsewhere: then the files say nothing. */
static bool is_elsewhere(const struct host *host)
{
	return idmap_is_elsewhere(&host->idmap);
}

static void fix_by_service(const struct host *host, struct verdict *v)
{
	if (strcmp(host->idmap.source.value, "sss") == 0)
		verdict_fix(v, "ipa subid-generate --owner %s", host->user.name);
}

static void judge_plugin(const struct host *host, struct verdict *v)
{
	const char *source = host->idmap.source.value;

	verdict_warn(v, "ranges are to come from '%.60s', whose plugin is not installed", source);
	verdict_evidence(v, "/etc/nsswitch.conf", "subid: files", "subid: %.140s", source);
	verdict_evidence(v, "library directories", NULL, "no libsubid_%.60s.so", source);
	verdict_effect(v, "shadow reads the files instead; ranges of the service are not seen");
	verdict_fix(v, "sudo sed -i '/^subid:/d' /etc/nsswitch.conf");
	verdict_fix(v, "install the package that has libsubid_%.60s.so", source);
	fix_by_service(host, v);
}

static void judge_source(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_MAP];

	if (host->idmap.source.state != FACT_KNOWN)
		return;
	if (!is_elsewhere(host)) {
		judge_plugin(host, v);
		return;
	}
	if (probe->result == PROBE_OK || probe->result == PROBE_FAILED) {
		verdict_pass(
			v, "ranges come from '%s', not from the files", host->idmap.source.value);
		return;
	}
	verdict_warn(v, "ranges come from '%s', which was not asked", host->idmap.source.value);
	verdict_evidence(
		v, "/etc/nsswitch.conf", "subid: files", "subid: %.140s", host->idmap.source.value);
	verdict_effect(v, "programs built without libsubid read the files all the same");
	verdict_fix(v, "getsubids %s", host->user.name);
	fix_by_service(host, v);
}

/* Is @bad a line somebody meant for this user? Its text begins with his name or uid. */
static bool is_about(const struct idmap_bad_line *bad, const struct user *user)
{
	char uid[16];
	const char *text = bad->text + strspn(bad->text, " \t\xef\xbb\xbf");
	size_t n = strcspn(text, ":");

	(void)snprintf(uid, sizeof(uid), "%u", (unsigned)user->uid);
	return (n == strlen(user->name) && strncmp(text, user->name, n) == 0) ||
	       (n == strlen(uid) && strncmp(text, uid, n) == 0);
}

static const struct idmap_bad_line *bad_line_of(const struct host *host, enum idmap_kind kind)
{
	const struct idmap_file *file = &host->idmap.files[kind];

	for (size_t i = 0; i < file->bad_count && i < IDMAP_BAD_LINES; i++)
		if (is_about(&file->bad[i], &host->user))
			return &file->bad[i];
	return NULL;
}

static void judge_bad_line(const struct host *host, struct verdict *v, enum idmap_kind kind,
	const struct idmap_bad_line *bad)
{
	char source[SOURCE];

	verdict_fail(v, "the user's line is malformed: %.90s", bad->why);
	(void)snprintf(
		source, sizeof(source), "%s:%u:%u", idmap_path(kind), bad->line, bad->column);
	verdict_evidence(v, source, "NAME:START:COUNT", "%.100s", bad->text);
	if (strstr(bad->why, "carriage return"))
		verdict_fix(v, "sudo sed -i 's/\\r$//' %s", idmap_path(kind));
	else
		verdict_fix(v, "write line %u of %s anew, as %s:START:%d", bad->line,
			idmap_path(kind), host->user.name, WANTED_IDS);
}

/* By login.defs' rule where it has one. A user who is still to be made has no uid yet: he is asked
 * about again when he is there. */
static int choose(const struct host *host, uint64_t wanted, struct subid_grant *ret)
{
	if (host->idmap.defs.by_rule && host->user.state == FACT_KNOWN)
		return subid_grant_by_rule(&host->idmap, host->user.uid, wanted, ret);
	return subid_grant(&host->idmap, wanted, ret);
}

/* Why setup will not give him any. */
static void judge_no_room(const struct host *host, struct verdict *v)
{
	const struct idmap *idmap = &host->idmap;
	struct subid_grant grant;
	int error = idmap->real[IDMAP_UID].error ? idmap->real[IDMAP_UID].error
						 : idmap->real[IDMAP_GID].error;

	if (error) {
		verdict_evidence(
			v, "/etc/passwd, /etc/group", "all accounts", "%s", strerror(error));
		verdict_fix(v,
			"see why they cannot be read: no range is given beside accounts that "
			"are not known");
	} else if (choose(host, WANTED_IDS, &grant) == -ENOSPC && idmap->defs.by_rule) {
		verdict_evidence(
			v, "/etc/login.defs", "the rule's range free", "SUB_UID_DETERMINISTIC yes");
		verdict_fix(v, "free the range that follows from uid %u, or give one by hand",
			(unsigned)host->user.uid);
	} else if (choose(host, WANTED_IDS, &grant) == -ENOSPC) {
		verdict_evidence(v, "/etc/login.defs", "room for 65536 ids",
			"SUB_UID_MIN %" PRIu64 ", SUB_UID_MAX %" PRIu64, idmap->defs.min[IDMAP_UID],
			idmap->defs.max[IDMAP_UID]);
		verdict_fix(v, "raise SUB_UID_MAX and SUB_GID_MAX in /etc/login.defs");
	}
}

/* "Alice", "alice@corp.example", "CORP\\alice": who wrote the line meant this user. */
static bool is_alike(const char *owner, const char *name)
{
	const char *part = strrchr(owner, '\\');

	part = part ? part + 1 : owner;
	return strlen(name) == strcspn(part, "@") && strncasecmp(part, name, strlen(name)) == 0;
}

/* A name that a shell and sed(1) take as it stands. */
static bool is_plain(const char *owner)
{
	return owner[strspn(owner, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-@")] == '\0';
}

static void judge_alike(const struct host *host, struct verdict *v, enum idmap_kind kind)
{
	const struct idmap_file *file = &host->idmap.files[kind];
	char source[SOURCE];

	for (size_t i = 0; i < file->count; i++) {
		const struct idmap_range *r = &file->ranges[i];

		if (!is_alike(r->owner, host->user.name))
			continue;
		verdict_evidence(v, at_line(source, kind, r->line), host->user.name,
			"another name: '%.64s'", r->owner);
		if (is_plain(r->owner))
			verdict_fix(v, "sudo sed -i '%us/^%s:/%s:/' %s", r->line, r->owner,
				host->user.name, idmap_path(kind));
		return;
	}
}

/* A line nobody can read may be in the way of a new one: setup then keeps its hands off. */
static void judge_no_line(const struct host *host, struct verdict *v, enum idmap_kind kind)
{
	const struct idmap_file *file = &host->idmap.files[kind];
	char source[SOURCE];

	verdict_fail(v, "no ids for this user");
	verdict_evidence(v, idmap_path(kind), "NAME:START:65536",
		file->state == FACT_ABSENT ? "no such file" : "no line for '%s' or %u",
		host->user.name, (unsigned)host->user.uid);
	judge_alike(host, v, kind);
	if (host->idmap.source.state == FACT_KNOWN)
		fix_by_service(host, v);
	if (file->bad_count > 0) {
		verdict_evidence(v, at_line(source, kind, file->bad[0].line),
			"a line that can be read", "%s", file->bad[0].why);
		verdict_fix(v, "mend line %u of %s first", file->bad[0].line, idmap_path(kind));
	} else {
		judge_no_room(host, v);
	}
}

static void judge_count(const struct host *host, struct verdict *v, enum idmap_kind kind)
{
	const struct idmap_file *file = &host->idmap.files[kind];
	const struct idmap_bad_line *bad = bad_line_of(host, kind);
	uint64_t own = idmap_own_count(file);

	if (own >= WANTED_IDS) {
		verdict_pass(v, "%" PRIu64 " ids", own);
	} else if (own > 0) {
		verdict_warn(v, "only %" PRIu64 " ids for this user", own);
		verdict_evidence(v, idmap_path(kind), ">= 65536", "%" PRIu64, own);
		verdict_effect(v, "images with higher ids do not unpack; '--userns' modes run out");
	} else if (bad) {
		judge_bad_line(host, v, kind, bad);
		verdict_effect(v, SINGLE);
	} else {
		judge_no_line(host, v, kind);
		verdict_effect(v, SINGLE);
	}
}

/* Engines read it as the user. What his other groups are is not known here. */
static bool is_hidden(const struct host *host, const struct fact_file *at)
{
	const struct user *user = &host->user;
	mode_t mode = at->mode;

	return at->state == FACT_KNOWN && user->state == FACT_KNOWN && !(mode & S_IROTH) &&
	       at->uid != user->uid && (at->gid == user->gid ? !(mode & S_IRGRP) : at->gid == 0);
}

static void judge_hidden(const struct host *host, struct verdict *v, enum idmap_kind kind)
{
	const struct fact_file *at = &host->idmap.files[kind].at;

	verdict_fail(v, "the user may not read %s", idmap_path(kind));
	verdict_evidence(v, idmap_path(kind), "mode 0644", "mode %04o, owner %u:%u",
		(unsigned)(at->mode & 07777), (unsigned)at->uid, (unsigned)at->gid);
	verdict_effect(v, SINGLE);
	verdict_fix(v, "sudo chmod 644 %s", idmap_path(kind));
}

static void judge_file(const struct host *host, struct verdict *v, enum idmap_kind kind)
{
	const struct idmap_file *file = &host->idmap.files[kind];

	if (is_elsewhere(host))
		verdict_skip(v, "ranges come from '%s'", host->idmap.source.value);
	else if (is_hidden(host, &file->at))
		judge_hidden(host, v, kind);
	else if (file->state == FACT_UNKNOWN)
		judge_unknown(v, host, idmap_path(kind), file->error);
	else
		judge_count(host, v, kind);
}

static void judge_subuid(const struct host *host, struct verdict *v)
{
	judge_file(host, v, IDMAP_UID);
}

static bool is_whole(const struct idmap_file *file)
{
	return file->state != FACT_UNKNOWN && file->bad_count == 0;
}

/* Nobody gave the user ids, or few: one fault in two files, mended in both at once. */
static bool has_same_lack(const struct host *host)
{
	const struct idmap_file *uids = &host->idmap.files[IDMAP_UID];
	const struct idmap_file *gids = &host->idmap.files[IDMAP_GID];
	uint64_t own = idmap_own_count(uids);

	return !is_elsewhere(host) && is_whole(uids) && is_whole(gids) && own < WANTED_IDS &&
	       own == idmap_own_count(gids);
}

static void judge_subgid(const struct host *host, struct verdict *v)
{
	if (has_same_lack(host)) {
		verdict_skip(v, "because of idmap.subuid");
		v->skipped_because = "idmap.subuid";
		return;
	}
	judge_file(host, v, IDMAP_GID);
}

/* What a service is to give is not written to the files, even where its plugin is missing: nobody
 * would read them once it is there. */
static void mend_ranges(const struct host *host, const struct request *request, struct plan *plan)
{
	struct subid_grant grant;

	if (host->idmap.source.state == FACT_KNOWN ||
		(host->user.state == FACT_KNOWN && host->user.uid == 0) ||
		choose(host, request->subid_count, &grant) < 0 || grant.count == 0)
		return;
	plan_subid(plan, host->user.name, grant.start, grant.count);
}

static const struct check checks[] = {
	{
		.id = "idmap.source",
		.title = "the source of the ranges is known",
		.see = "nsswitch.conf(5)",
		.scope = CHECK_USER,
		.sections = HOST_IDMAP | HOST_USER,
		.probes = 1u << PROBE_MAP,
		.needs = NEEDS("user.exists"),
		.judge = judge_source,
	},
	{
		.id = "idmap.subuid",
		.title = "the user has subordinate uids",
		.see = "subuid(5)",
		.scope = CHECK_USER,
		.sections = HOST_IDMAP | HOST_USER,
		.needs = NEEDS("user.exists"),
		.judge = judge_subuid,
		.mend = mend_ranges,
	},
	{
		.id = "idmap.subgid",
		.title = "the user has subordinate gids",
		.see = "subgid(5)",
		.scope = CHECK_USER,
		.sections = HOST_IDMAP | HOST_USER,
		.needs = NEEDS("user.exists"),
		.judge = judge_subgid,
		.mend = mend_ranges,
	},
};

const struct check_group idmap_ranges_group = { "idmap", checks, ARRAY_SIZE(checks) };
