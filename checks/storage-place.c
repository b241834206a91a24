/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The places that images and containers are made of, where they are not the home itself: a mount of
 * its own below it, a directory of storage.conf elsewhere, the directories for temporary files.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"

static const struct storage_place *place(const struct host *host, enum storage_role role)
{
	return &host->storage.places[role];
}

/* Further groups and ACLs may say yes where this says no. */
static bool may_write(const struct host *host, const struct fact_file *file)
{
	if (file->uid == host->user.uid)
		return (file->mode & 0700) == 0700;
	if (file->gid == host->user.gid)
		return (file->mode & 0070) == 0070;
	return (file->mode & 0007) == 0007;
}

/* -- where images are kept --------------------------------------------------------------------- */

static void say_flag(const struct host *host, struct verdict *v, const char *wanted,
	const char *found, const char *effect)
{
	const char *path = place(host, STORAGE_GRAPHROOT)->path;

	verdict_fail(v, "images are kept on a file system mounted %s", found);
	verdict_evidence(v, path, wanted, "%s", found);
	verdict_effect(v, effect);
	judge_fix_mount(v, host, wanted, path);
}

/* It is there and another's, or is to be made where the user may not. */
static void judge_rights(const struct host *host, struct verdict *v)
{
	const struct storage_place *p = place(host, STORAGE_GRAPHROOT);
	bool is_there = strcmp(p->path, host->storage.graphroot) == 0;

	if (is_there && p->file.uid != host->user.uid) {
		verdict_fail(v, "where images are kept belongs to somebody else");
		verdict_evidence(v, p->path, "of the user", "owner %u", (unsigned)p->file.uid);
		verdict_fix(v, "sudo chown %s: %.200s", host->user.name, p->path);
	} else if (!is_there && host->storage.elsewhere && !may_write(host, &p->file)) {
		verdict_fail(
			v, "the directory for images is not there, and the user cannot make it");
		verdict_evidence(v, host->storage.graphroot, "a directory of the user", "absent");
		verdict_evidence(v, p->path, NULL, "mode %04o, owner %u",
			(unsigned)(p->file.mode & 07777), (unsigned)p->file.uid);
		verdict_fix(v, "sudo install -d -m 0700 -o %s -g %u %.160s", host->user.name,
			(unsigned)host->user.gid, host->storage.graphroot);
	} else if (is_there && (p->file.mode & 0700) != 0700) {
		verdict_fail(v, "the user may not work where images are kept");
		verdict_evidence(v, p->path, "rwx", "mode %04o", (unsigned)(p->file.mode & 07777));
		verdict_fix(v, "chmod u+rwx %.200s", p->path);
	}
	verdict_effect(v, "no image can be pulled, no container made");
}

static void say_plain(const struct host *host, struct verdict *v)
{
	const struct storage_place *p = place(host, STORAGE_GRAPHROOT);
	const char *name = home_fs_name(p->file.fs_type);

	verdict_fail(v, "images are kept on %s, which knows neither owners nor attributes", name);
	verdict_evidence(v, p->path, "ext4, xfs, btrfs", "%s", name);
	verdict_effect(v, "no image can be unpacked");
	verdict_fix(
		v, "keep them elsewhere: sudo rpod-setup --storage DIR user %s", host->user.name);
}

static void judge_storage(const struct host *host, struct verdict *v)
{
	const struct storage_place *p = place(host, STORAGE_GRAPHROOT);
	uint64_t flags = p->file.fs_flags;

	/* what the home has too is said there */
	if (!host->storage.elsewhere)
		flags &= ~host->home.home.fs_flags;
	if (host->live && p->file.error == ETIMEDOUT) {
		verdict_fail(v, "where images are kept does not answer");
		verdict_evidence(v, p->path, "an answer", "none within the time limit");
		verdict_effect(v, "every engine hangs on its storage");
		verdict_fix(v, "see whether its file server lives: findmnt -T %.200s", p->path);
	} else if (!host->live || p->file.state != FACT_KNOWN) {
		judge_unknown(v, host, host->storage.graphroot, p->file.error);
	} else if (!S_ISDIR(p->file.mode)) {
		verdict_fail(v, "'%.200s' is no directory", p->path);
		verdict_evidence(v, p->path, "a directory", "mode %06o", (unsigned)p->file.mode);
		verdict_effect(v, "nowhere to keep images");
	} else if (flags & ST_RDONLY) {
		say_flag(host, v, "rw", "ro", "no image can be pulled, no container made");
	} else if (flags & ST_NOEXEC) {
		say_flag(host, v, "exec", "noexec", "no program of an image can be executed");
	} else if (home_fs_is_plain(p->file.fs_type)) {
		say_plain(host, v);
	} else {
		judge_rights(host, v);
	}
	if (v->kind == VERDICT_PASS)
		v->effect[0] = '\0';
	if (v->kind == VERDICT_PASS && host->storage.elsewhere)
		verdict_pass(v, "%.200s", host->storage.graphroot);
}

static void judge_layers(const struct host *host, struct verdict *v)
{
	const struct storage_owners *o = &host->storage.owners;

	if (o->state != FACT_KNOWN || o->foreign == 0)
		return;
	verdict_warn(v, "files of images belong to ids that are not the user's");
	verdict_evidence(v, o->path, "an id of the user", "id %u", o->id);
	verdict_evidence(v, "of those looked at", NULL, "%u of %u", o->foreign, o->seen);
	verdict_effect(v, "'lchown: operation not permitted'; images cannot be used or removed");
	verdict_fix(
		v, "pull them anew: podman system reset # takes all images and containers away");
	verdict_fix(v, "give the range back that they were made with: 'rpod-doctor --check idmap'");
}

/* -- temporary files --------------------------------------------------------------------------- */

/* Where the home is so too, the whole disk is, and home.writable says it. */
static bool is_read_only(const struct host *host, const struct storage_place *p)
{
	return p->file.fs_flags & ~host->home.home.fs_flags & ST_RDONLY;
}

static void judge_tmp(const struct host *host, struct verdict *v)
{
	static const struct {
		enum storage_role role;
		const char *path; /* NULL: containers.conf says */
	} rows[] = {
		{ STORAGE_TMP, "/tmp" },
		{ STORAGE_VAR_TMP, "/var/tmp" },
		{ STORAGE_COPY_TMP, NULL },
	};

	if (!host->live) {
		judge_unknown(v, host, "/tmp", 0);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct storage_place *p = place(host, rows[i].role);
		const char *path = rows[i].path ? rows[i].path : host->config.copy_tmp.value;
		bool is_there = strcmp(p->path, path) == 0 && p->file.state == FACT_KNOWN;

		if (!*p->path || p->file.state == FACT_UNKNOWN ||
			(is_there && may_write(host, &p->file) && !is_read_only(host, p)))
			continue;
		if (v->kind == VERDICT_PASS)
			verdict_warn(v, "the user can make no temporary files in '%.180s'", path);
		if (is_there)
			verdict_evidence(v, path, "mode 1777, rw", "mode %04o%s",
				(unsigned)(p->file.mode & 07777),
				p->file.fs_flags & ST_RDONLY ? ", ro" : "");
		else
			verdict_evidence(v, path, "a directory, mode 1777", "absent");
		if (is_there && p->file.fs_flags & ST_RDONLY)
			verdict_fix(v, "see why: findmnt -T %.200s", path);
		else
			verdict_fix(v, "sudo install -d -m 1777 %.200s", path);
	}
	if (v->kind == VERDICT_WARN)
		verdict_effect(v, "pulling and building fail: 'permission denied'");
}

static const struct check checks[] = {
	{
		.id = "home.storage",
		.title = "images are kept where they can be used",
		.see = "containers-storage.conf(5)",
		.scope = CHECK_USER,
		.sections = HOST_STORAGE | HOST_HOME | HOST_USER,
		.needs = NEEDS(
			"user.exists", "home.exists", "home.owner", "home.writable", "home.exec"),
		.judge = judge_storage,
	},
	{
		.id = "home.layers",
		.title = "files of images belong to the user's ids",
		.see = "subuid(5)",
		.scope = CHECK_USER,
		.sections = HOST_STORAGE | HOST_HOME | HOST_USER,
		.needs = NEEDS("user.exists", "home.exists", "idmap.subuid", "idmap.subgid",
			"home.storage"),
		.judge = judge_layers,
	},
	{
		.id = "home.tmp",
		.title = "there are places for temporary files",
		.see = "tmpfiles.d(5)",
		.scope = CHECK_USER,
		.sections = HOST_STORAGE | HOST_CONFIG | HOST_USER | HOST_HOME,
		.needs = NEEDS("user.exists"),
		.judge = judge_tmp,
	},
};

const struct check_group storage_place_group = { "home", checks, ARRAY_SIZE(checks) };
