/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two helpers that write id maps. Their one message "write to uid_map failed: Operation not
 * permitted" has six causes; each is a check of its own here, in idmap.c or in userns.c.
 */
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "checks/groups.h"
#include "checks/judge.h"
#include "checks/plan.h"

#define NO_MAP "containers cannot have users of their own"

/* linux/capability.h */
static const struct {
	enum tool_name tool;
	unsigned capability;
	const char *word;
} helpers[] = {
	[IDMAP_UID] = { TOOL_NEWUIDMAP, 7, "cap_setuid" },
	[IDMAP_GID] = { TOOL_NEWGIDMAP, 6, "cap_setgid" },
};
_Static_assert(ARRAY_SIZE(helpers) == IDMAP_KIND_COUNT, "a helper per kind");

static bool is_privileged(const struct fact_file *file, enum idmap_kind kind)
{
	return ((file->mode & S_ISUID) && file->uid == 0) ||
	       (file->caps & (UINT64_C(1) << helpers[kind].capability));
}

/* A tree is mounted otherwise when it is booted. */
static bool is_nosuid(const struct host *host, const struct fact_file *file)
{
	return (host->live || host->next_boot) && file->fs_flags & ST_NOSUID;
}

static bool lacks_privilege(const struct host *host, enum idmap_kind kind)
{
	const struct fact_file *file = &host->tool.tools[helpers[kind].tool].file;

	return file->state == FACT_KNOWN && !is_privileged(file, kind);
}

/* One package and one mount hold both, and what takes the bits of one takes the other's. */
static bool has_same_fault(const struct host *host)
{
	const struct fact_file *uid = &host->tool.tools[TOOL_NEWUIDMAP].file;
	const struct fact_file *gid = &host->tool.tools[TOOL_NEWGIDMAP].file;

	return (uid->state == FACT_ABSENT && gid->state == FACT_ABSENT) ||
	       (is_nosuid(host, uid) && is_nosuid(host, gid)) ||
	       (lacks_privilege(host, IDMAP_UID) && lacks_privilege(host, IDMAP_GID));
}

static void fix_install(const struct host *host, struct verdict *v)
{
	const char *command = os_install_command(&host->os, OS_PACKAGE_UIDMAP);

	if (command)
		verdict_fix(v, "sudo %s", command);
	else
		verdict_fix(v, "install newuidmap and newgidmap (package uidmap or shadow-utils)");
}

/* @like: the other one where it has the same fault, else NULL. */
static void fix_privilege(
	struct verdict *v, const struct tool *tool, const struct tool *like, enum idmap_kind kind)
{
	verdict_fix(v, "sudo chmod u+s %.110s%s%.110s", tool->path, like ? " " : "",
		like ? like->path : "");
	if (!like)
		verdict_fix(v, "sudo setcap %s+ep %.200s", helpers[kind].word, tool->path);
}

static void judge_helper(const struct host *host, struct verdict *v, enum idmap_kind kind)
{
	bool both = has_same_fault(host);
	const struct tool *tool = &host->tool.tools[helpers[kind].tool];
	const char *word = tool_word(helpers[kind].tool);

	if (tool->file.state == FACT_UNKNOWN) {
		judge_unknown(v, host, word, tool->file.error);
	} else if (tool->file.state == FACT_ABSENT) {
		verdict_fail(v, "%s is not installed", word);
		verdict_evidence(v, word, "a program", "absent");
		verdict_effect(v, NO_MAP);
		fix_install(host, v);
	} else if (is_nosuid(host, &tool->file)) {
		verdict_fail(v, "%s is on a file system mounted nosuid", word);
		verdict_evidence(v, host->next_boot ? "/etc/fstab" : tool->path,
			"a mount without nosuid", "nosuid");
		verdict_effect(v, NO_MAP);
		judge_fix_mount(v, host, "suid", tool->path);
	} else if (!is_privileged(&tool->file, kind)) {
		verdict_fail(v, "%s has no privilege", word);
		verdict_evidence(v, tool->path, "setuid root, or the capability",
			"mode %04o, owner %u, no file capability",
			(unsigned)(tool->file.mode & 07777), (unsigned)tool->file.uid);
		verdict_effect(v, NO_MAP);
		fix_privilege(v, tool, both ? &host->tool.tools[TOOL_NEWGIDMAP] : NULL, kind);
	} else {
		verdict_pass(v, "%.120s, %s", tool->path,
			tool->file.mode & S_ISUID ? "setuid root" : "file capability");
	}
}

/* As its packages have it: both do as well, but rpm -V and image diffs tell what differs. */
static void plan_privilege(const struct host *host, struct plan *plan, enum idmap_kind kind)
{
	const struct tool *tool = &host->tool.tools[helpers[kind].tool];

	if (host->os.family == OS_REDHAT || host->os.family == OS_SUSE)
		plan_caps(plan, tool->path, UINT64_C(1) << helpers[kind].capability,
			helpers[kind].word);
	else
		plan_mode(plan, tool->path, (tool->file.mode & 07777) | S_ISUID);
}

static void mend_helper(const struct host *host, struct plan *plan, enum idmap_kind kind)
{
	const struct tool *tool = &host->tool.tools[helpers[kind].tool];
	const char *package = os_package_name(&host->os, OS_PACKAGE_UIDMAP);

	/* what is on an image's /usr is the image's */
	bool fixed = host->os.ostree || host->os.transactional;

	if (tool->file.state == FACT_ABSENT && package)
		plan_package(plan, package);
	else if (!fixed && tool->file.state == FACT_KNOWN && !is_nosuid(host, &tool->file) &&
		 tool->file.uid == 0 && !is_privileged(&tool->file, kind))
		plan_privilege(host, plan, kind);
}

/*
 * A namespace with one id: `unshare -r`, bubblewrap. No setuid program gains anything in it, and
 * podman takes who is root in it for the host's root.
 */
static void judge_root(const struct host *host, struct verdict *v)
{
	const struct idmap_map *map = &host->idmap.outer[IDMAP_UID];

	if (map->state != FACT_KNOWN)
		judge_unknown(v, host, "/proc/self/uid_map", 0);
	if (map->state != FACT_KNOWN || map->count > 1 ||
		(map->count == 1 && map->extents[0].count > 1))
		return;
	verdict_fail(v, "we are in a user namespace with %s%s", map->count ? "one id" : "no ids",
		host->context.uid == 0 ? ": not the host's root" : "");
	if (map->count == 0)
		verdict_evidence(v, "/proc/self/uid_map", "0 0 4294967295", "(empty)");
	else
		verdict_evidence(v, "/proc/self/uid_map", "0 0 4294967295", "%llu %llu 1",
			(unsigned long long)map->extents[0].inside,
			(unsigned long long)map->extents[0].outside);
	if (host->context.setgroups.state == FACT_KNOWN)
		verdict_evidence(
			v, "/proc/self/setgroups", "allow", "%.20s", host->context.setgroups.value);
	verdict_effect(v, host->context.uid == 0
				  ? "engines take us for the host's root and fail below /var/lib"
				  : "no ids can be given to a container");
	verdict_fix(v, "leave the shell that 'unshare -r' or a sandbox made");
}

static void judge_newuidmap(const struct host *host, struct verdict *v)
{
	judge_helper(host, v, IDMAP_UID);
}

static void judge_newgidmap(const struct host *host, struct verdict *v)
{
	if (has_same_fault(host)) {
		verdict_skip(v, "because of idmap.newuidmap");
		v->skipped_because = "idmap.newuidmap";
		return;
	}
	judge_helper(host, v, IDMAP_GID);
}

static void mend_newuidmap(
	const struct host *host, const struct request *request, struct plan *plan)
{
	(void)request;
	mend_helper(host, plan, IDMAP_UID);
	if (has_same_fault(host) && host->tool.tools[TOOL_NEWGIDMAP].file.state == FACT_KNOWN)
		mend_helper(host, plan, IDMAP_GID);
}

static void mend_newgidmap(
	const struct host *host, const struct request *request, struct plan *plan)
{
	(void)request;
	mend_helper(host, plan, IDMAP_GID);
}

/* Nobody's but this session's; what needs it cannot be tried from here either. */
static void skip_foreign(const struct host *host, struct verdict *v, const char *id)
{
	verdict_skip(v, "this session of uid %u may not gain privileges; the user's may",
		(unsigned)host->context.uid);
	v->skipped_because = id;
}

static void judge_no_new_privs(const struct host *host, struct verdict *v)
{
	const struct context *context = &host->context;

	if (context->no_new_privs.state != FACT_KNOWN) {
		judge_unknown(v, host, "/proc/self/status", context->no_new_privs.error);
	} else if (context->no_new_privs.value != 0 && !judge_is_own(host)) {
		skip_foreign(host, v, "idmap.no-new-privs");
	} else if (context->no_new_privs.value != 0) {
		verdict_fail(v, "this session may not gain privileges");
		verdict_evidence(v, "/proc/self/status", "NoNewPrivs: 0", "NoNewPrivs: 1");
		if (context->unprivileged_by.state == FACT_KNOWN)
			verdict_evidence(
				v, "first so", NULL, "%.150s", context->unprivileged_by.value);
		else if (*context->cgroup.value)
			verdict_evidence(
				v, "/proc/self/cgroup", NULL, "%.150s", context->cgroup.value);
		verdict_effect(v, "newuidmap and newgidmap fail here; in a login session they may "
				  "work");
		verdict_fix(v,
			"log in as the user and try there, or take NoNewPrivileges= (or what "
			"implies it: SystemCallFilter=, Protect...=) out of the unit");
	}
}

/* newgidmap(1) serves only who has the group of his account. */
static void judge_group(const struct host *host, struct verdict *v)
{
	const struct fact_number *gid = &host->context.gid;

	if (!judge_is_own(host) || gid->state != FACT_KNOWN ||
		gid->value == (int64_t)host->user.gid)
		return;
	verdict_fail(v, "this session has another group than the account");
	verdict_evidence(v, "/proc/self/status", NULL, "Gid: %lld", (long long)gid->value);
	verdict_evidence(v, host->live ? "getpwuid" : "/etc/passwd", "the same", "gid %u",
		(unsigned)host->user.gid);
	verdict_effect(v, "newuidmap and newgidmap refuse: no container can start");
	verdict_fix(v, "leave the shell that newgrp or sg made, or: newgrp %s",
		*host->user.group ? host->user.group : "\"$(id -gn)\"");
}

static const struct check checks[] = {
	{
		.id = "idmap.root",
		.title = "we live in a namespace with many ids",
		.see = "user_namespaces(7)",
		.scope = CHECK_HOST,
		.sections = HOST_IDMAP | HOST_CONTEXT,
		.judge = judge_root,
	},
	{
		.id = "idmap.newuidmap",
		.title = "newuidmap is there and privileged",
		.see = "newuidmap(1)",
		.scope = CHECK_HOST,
		.sections = HOST_TOOL | HOST_OS,
		.needs = NEEDS("idmap.root"),
		.judge = judge_newuidmap,
		.mend = mend_newuidmap,
	},
	{
		.id = "idmap.newgidmap",
		.title = "newgidmap is there and privileged",
		.see = "newgidmap(1)",
		.scope = CHECK_HOST,
		.sections = HOST_TOOL | HOST_OS,
		.needs = NEEDS("idmap.root"),
		.judge = judge_newgidmap,
		.mend = mend_newgidmap,
	},
	{
		.id = "idmap.no-new-privs",
		.title = "this session may gain privileges",
		.see = "PR_SET_NO_NEW_PRIVS(2const)",
		.scope = CHECK_USER,
		.sections = HOST_CONTEXT | HOST_USER,
		.judge = judge_no_new_privs,
	},
	{
		.id = "idmap.group",
		.title = "this session has the account's group",
		.see = "newgrp(1)",
		.scope = CHECK_USER,
		.sections = HOST_CONTEXT | HOST_USER,
		.needs = NEEDS("user.exists"),
		.judge = judge_group,
	},
};

const struct check_group idmap_tools_group = { "idmap", checks, ARRAY_SIZE(checks) };
