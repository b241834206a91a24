/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What podman keeps between two starts. Its errors over these speak of locks, databases and boots,
 * and hardly ever of the file that is amiss.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"

enum {
	LOCKS_DEFAULT = 2048,
	LOCKS_GROUP = 32, /* podman takes them by as many */
};

/* True: nothing is to be said, or has been. */
static bool is_silent(const struct host *host, struct verdict *v)
{
	if (host->tool.tools[TOOL_PODMAN].file.state != FACT_KNOWN)
		verdict_pass(v, "podman is not installed");
	else if (host->podman.state != FACT_KNOWN)
		judge_unknown(v, host, host->podman.graphroot, host->podman.error);
	else
		return false;
	return true;
}

static void judge_boot_id(const struct host *host, struct verdict *v)
{
	const struct podman *p = &host->podman;
	unsigned uid = (unsigned)host->user.uid;

	if (is_silent(host, v) || p->alive.state != FACT_KNOWN || p->boot.state != FACT_KNOWN ||
		strcmp(p->alive.value, p->boot.value) == 0)
		return;
	verdict_fail(v, "podman's runtime files are of another boot");
	verdict_evidence(v, p->alive_path, p->boot.value, "%.100s", p->alive.value);
	verdict_effect(v, "podman ends with 'current system boot ID differs from cached boot ID'");
	if (text_starts(p->alive_path, "/run/"))
		verdict_fix(v, "rm -rf /run/user/%u/libpod /run/user/%u/containers", uid, uid);
	else
		verdict_fix(v, "rm -rf %.*s",
			(int)(strlen(p->alive_path) - strlen("/libpod/tmp/alive")), p->alive_path);
}

static int64_t rounded(int64_t locks)
{
	return (locks + LOCKS_GROUP - 1) / LOCKS_GROUP * LOCKS_GROUP;
}

static void say_count(const struct host *host, struct verdict *v, int64_t wanted)
{
	const struct podman *p = &host->podman;
	char words[32];

	(void)snprintf(words, sizeof(words), "%lld locks", (long long)wanted);
	verdict_fail(v, "podman's locks are not as many as it wants");
	if (p->lock_count.state == FACT_KNOWN)
		verdict_evidence(
			v, p->locks_path, words, "%lld locks", (long long)p->lock_count.value);
	else
		verdict_evidence(v, p->locks_path, words, "%llu bytes that are no locks",
			(unsigned long long)p->locks.size);
	verdict_effect(v, "podman ends with 'failed to open 2048 locks'");
	if (p->lock_count.state == FACT_KNOWN) /* of a file that is cut podman makes no number */
		verdict_fix(v, "podman system renumber");
	verdict_fix(v, "rm %s # while no container runs", p->locks_path);
}

/* Of other machines the layout is not known. */
static bool knows_layout(const struct host *host)
{
	return strcmp(host->kernel.machine, "x86_64") == 0 ||
	       strcmp(host->kernel.machine, "aarch64") == 0;
}

static void judge_locks(const struct host *host, struct verdict *v)
{
	const struct podman *p = &host->podman;
	const struct fact_number *set = &host->config.num_locks;
	int64_t wanted = set->state == FACT_KNOWN ? set->value : LOCKS_DEFAULT;

	if (is_silent(host, v) || p->locks.state != FACT_KNOWN)
		return;
	if (p->locks.uid != host->user.uid) {
		verdict_fail(v, "podman's locks belong to somebody else");
		verdict_evidence(
			v, p->locks_path, "of the user", "owner %u", (unsigned)p->locks.uid);
		verdict_effect(v, "podman ends with 'failed to open 2048 locks'");
		verdict_fix(v, "sudo rm %s", p->locks_path);
	} else if (p->lock_count.state == FACT_KNOWN
			   ? rounded(p->lock_count.value) != rounded(wanted)
			   : knows_layout(host)) {
		say_count(host, v, wanted);
	} else if (p->locks_used.value > p->lock_count.value / 10 * 9) {
		verdict_warn(v, "podman's locks are nearly used up");
		verdict_evidence(v, p->locks_path, "a tenth free", "%lld of %lld taken",
			(long long)p->locks_used.value, (long long)p->lock_count.value);
		verdict_effect(v, "no more containers, pods and volumes: 'exceeded num_locks'");
		verdict_fix(
			v, "podman system renumber, after num_locks in containers.conf is raised");
	}
}

static void say_other_driver(const struct host *host, struct verdict *v)
{
	const struct podman *p = &host->podman;
	const struct fact_text *set = &host->config.storage_driver;

	if (set->state == FACT_KNOWN && *set->value && strcmp(set->value, p->driver) != 0) {
		verdict_warn(v, "podman's storage was made with '%s', and '%.60s' is set",
			p->driver, set->value);
		verdict_evidence(v, host->config.storage_file, NULL, "driver = %.60s", set->value);
		verdict_effect(v, "podman goes on with the one of its database, or refuses: 'does "
				  "not match our graph driver'");
	} else if (set->state != FACT_KNOWN && strcmp(p->driver, "vfs") == 0 &&
		   host->probe.probes[PROBE_OVERLAY].result == PROBE_OK) {
		verdict_warn(v, "podman's storage was made with 'vfs', though overlay works");
		verdict_effect(v, "every layer and every container is a full copy");
	} else {
		return;
	}
	verdict_evidence(v, p->database == DATABASE_ABSENT ? "libpod/bolt_state.db" : "db.sql",
		NULL, "GraphDriver %s", p->driver);
	verdict_fix(v, "podman system reset # takes all images and containers away");
}

/* SQLite came with 4.5 and is what a new storage gets since 4.8; one that has bbolt alone keeps it. */
static bool reads_bolt(const struct host *host)
{
	const struct engine_part *podman = &host->engine.parts[ENGINE_PODMAN];

	return podman->major > 0 &&
	       (podman->major < 4 || (podman->major == 4 && podman->minor < 8));
}

static void say_damaged(struct verdict *v, const char *path, const char *wanted, const char *effect)
{
	verdict_fail(v, "podman's database is damaged");
	verdict_evidence(v, path, wanted, "something else");
	verdict_effect(v, effect);
	verdict_fix(v, "podman system reset # takes all images and containers away");
}

static void judge_database(const struct host *host, struct verdict *v)
{
	const struct podman *p = &host->podman;
	char path[160];

	if (is_silent(host, v))
		return;
	(void)snprintf(path, sizeof(path), "%.140s/db.sql", p->graphroot);
	if (p->database == DATABASE_UNKNOWN) {
		judge_unknown(v, host, path, 0);
	} else if (p->database == DATABASE_BAD && !reads_bolt(host)) {
		say_damaged(
			v, path, "an SQLite database", "podman ends with 'file is not a database'");
	} else if (p->bolt_bad && (reads_bolt(host) || p->database == DATABASE_ABSENT)) {
		(void)snprintf(path, sizeof(path), "%.130s/libpod/bolt_state.db", p->graphroot);
		say_damaged(v, path, "a bbolt database", "podman ends with 'invalid database'");
	} else if (p->bolt && host->engine.parts[ENGINE_PODMAN].major >= 6) {
		verdict_fail(v, "podman's database is of a kind that podman 6 does not read");
		verdict_evidence(v, "libpod/bolt_state.db", "db.sql", "there");
		verdict_effect(v, "podman does not see the containers made before");
		verdict_fix(v, "podman system migrate, with podman 5");
	} else if (*p->driver) {
		say_other_driver(host, v);
	}
	if (v->kind != VERDICT_PASS || !p->elsewhere)
		return;
	verdict_warn(v, "podman's database was made for another directory");
	verdict_evidence(v, path, p->graphroot, "does not name it");
	verdict_effect(v, "podman ends with 'database static dir does not match our static dir'");
	verdict_fix(v, "move the storage back, or: podman system reset");
}

static void judge_policy(const struct host *host, struct verdict *v)
{
	const struct podman *p = &host->podman;

	if (!engine_is_installed(host)) {
		verdict_pass(v, "neither podman nor buildah is installed");
	} else if (p->state != FACT_KNOWN) {
		judge_unknown(v, host, "policy.json", p->error);
	} else if (p->policy_absent) {
		verdict_fail(v, "there is no policy.json");
		verdict_evidence(v, "/etc/containers/policy.json", "a file", "absent");
		verdict_effect(v, "podman and buildah pull no image: 'open "
				  "/etc/containers/policy.json: no such file or directory'");
		verdict_fix(v, "install the package anew that podman takes its configuration from");
	} else if (p->policy_bad) {
		verdict_fail(v, "'%.200s' is no JSON", p->policy);
		verdict_evidence(v, p->policy, "JSON", "does not parse");
		verdict_effect(v, "podman and buildah pull no image");
	} else if (*p->policy) {
		verdict_pass(v, "%.200s", p->policy);
	}
}

enum {
	SECTIONS = HOST_ENGINE | HOST_TOOL | HOST_CONFIG | HOST_USER,
};

static const struct check checks[] = {
	{
		.id = "engine.boot-id",
		.title = "podman's runtime files are of this boot",
		.see = "podman(1)",
		.scope = CHECK_ENGINE,
		.sections = SECTIONS,
		.needs = NEEDS("user.exists", "home.exists"),
		.judge = judge_boot_id,
	},
	{
		.id = "engine.locks",
		.title = "podman's locks are its own and enough",
		.see = "podman-system-renumber(1)",
		.scope = CHECK_ENGINE,
		.sections = SECTIONS | HOST_KERNEL,
		.needs = NEEDS("user.exists", "home.exists"),
		.judge = judge_locks,
	},
	{
		.id = "engine.database",
		.title = "podman's database can be read and is of this storage",
		.see = "podman-system-check(1)",
		.scope = CHECK_ENGINE,
		.sections = SECTIONS,
		.probes = 1u << PROBE_OVERLAY,
		.needs = NEEDS("user.exists", "home.exists", "config.storage"),
		.judge = judge_database,
	},
	{
		.id = "engine.policy",
		.title = "there is a policy that lets images in",
		.see = "containers-policy.json(5)",
		.scope = CHECK_ENGINE,
		.sections = SECTIONS,
		.needs = NEEDS("user.exists", "home.exists"),
		.judge = judge_policy,
	},
};

const struct check_group engine_state_group = { "engine", checks, ARRAY_SIZE(checks) };
