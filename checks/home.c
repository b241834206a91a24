/* SPDX-License-Identifier: Apache-2.0 */
/* The user's home: there, his, writable, able to execute. What the files in it live on: storage.c. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "checks/groups.h"
#include "checks/judge.h"

static void judge_exists(const struct host *host, struct verdict *v)
{
	const struct user *user = &host->user;
	const struct fact_file *home = &host->home.home;

	if (host->home.hung) {
		verdict_fail(v, "the home does not answer");
		verdict_evidence(v, user->home, "an answer", "none within the time limit");
		verdict_effect(v, "every engine hangs on its storage");
		verdict_fix(v, "see whether its file server lives: findmnt -T %.200s", user->home);
	} else if (home->state == FACT_ABSENT) {
		verdict_fail(v, "the home does not exist");
		verdict_evidence(v, user->home, "a directory", "absent");
		verdict_effect(v, "nowhere to keep images and containers");
		verdict_fix(v, "sudo install -d -m 0700 -o %s -g %u %.160s", user->name,
			(unsigned)user->gid, user->home);
	} else if (home->state == FACT_UNKNOWN) {
		judge_unknown(v, host, user->home, home->error);
	} else if (!S_ISDIR(home->mode)) {
		verdict_fail(v, "the home is no directory");
		verdict_evidence(v, user->home, "a directory", "mode %06o", (unsigned)home->mode);
		verdict_effect(v, "nowhere to keep images and containers");
	} else {
		verdict_pass(v, "%s", user->home);
	}
}

static bool is_foreign(const struct fact_file *file, const struct user *user)
{
	return file->state == FACT_KNOWN && file->uid != user->uid;
}

/* @fix grows by the path as long as it stays one line: what is left out is told the next time. */
static void say_foreign(
	struct verdict *v, const char *path, const struct fact_file *file, struct text *fix)
{
	if (v->kind != VERDICT_FAIL)
		verdict_fail(v, "'%.200s' belongs to somebody else", path);
	verdict_evidence(v, path, "of the user", "owner %u", (unsigned)file->uid);
	verdict_effect(v, "engines refuse or cannot write there");
	if (fix->length + 1 + strlen(path) < sizeof(v->fix[0]))
		text_addf(fix, " %s", path);
}

/* Accounts of services have the host's own directories as homes: to give these away breaks it. */
static bool is_of_system(const char *home)
{
	static const char *const theirs[] = { "/usr", "/bin", "/sbin", "/lib", "/etc", "/dev",
		"/proc", "/sys", "/run", "/boot", "/root", "/tmp", "/var/tmp", "/var/run",
		"/var/spool", "/var/log", "/var/cache" };
	static const char *const roots[] = { "/", "/home", "/var", "/var/lib", "/srv", "/opt",
		"/mnt", "/media" };

	for (size_t i = 0; i < ARRAY_SIZE(theirs); i++)
		if (text_starts(home, theirs[i]) && strchr("/", home[strlen(theirs[i])]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++)
		if (strcmp(home, roots[i]) == 0)
			return true;
	return false;
}

static void judge_owner(const struct host *host, struct verdict *v)
{
	const struct home *home = &host->home;
	_cleanup_text_ struct text fix = { 0 };

	if (home->home.state != FACT_KNOWN) {
		judge_unknown(v, host, host->user.home, home->home.error);
		return;
	}
	text_addf(&fix, "sudo chown %s:", host->user.name);
	if (is_foreign(&home->home, &host->user))
		say_foreign(v, host->user.home, &home->home, &fix);
	for (size_t i = 0; i < home->count; i++) {
		const struct home_place *place = &home->places[i];

		if (is_foreign(&place->file, &host->user))
			say_foreign(v, place->path, &place->file, &fix);
	}
	if (v->kind != VERDICT_FAIL)
		return;
	if (is_of_system(host->user.home))
		verdict_fix(v,
			"sudo install -d -m 0700 -o %s -g %u /home/%s && sudo usermod -d /home/%s "
			"%s",
			host->user.name, (unsigned)host->user.gid, host->user.name, host->user.name,
			host->user.name);
	else
		verdict_fix(v, "%s", text_get(&fix));
}

/* Can this user pass? Further groups and ACLs may say yes where this says no. */
static bool is_closed(const struct fact_file *file, const struct user *user)
{
	mode_t bit = S_IXOTH;

	if (file->state != FACT_KNOWN)
		return false;
	if (file->uid == user->uid)
		bit = S_IXUSR;
	else if (file->gid == user->gid)
		bit = S_IXGRP;
	return !(file->mode & bit);
}

static void judge_path(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_HOME_WRITE];
	const struct home *home = &host->home;

	if (probe->result == PROBE_OK)
		return;
	for (size_t i = 0; i < home->above_count; i++) {
		const struct home_place *place = &home->above[i];

		if (!is_closed(&place->file, &host->user))
			continue;
		if (probe->result == PROBE_FAILED && probe->error == EACCES)
			verdict_fail(v, "'%.160s' keeps the user from the home", place->path);
		else
			verdict_warn(v, "'%.160s' may keep the user from the home", place->path);
		verdict_evidence(v, place->path, "execute permission", "mode %04o, owner %u",
			(unsigned)(place->file.mode & 07777), (unsigned)place->file.uid);
		verdict_effect(v, "nothing below it can be reached");
		verdict_fix(v, "sudo chmod o+x %.200s", place->path);
	}
}

static void judge_writable(const struct host *host, struct verdict *v)
{
	const struct probe *probe = &host->probe.probes[PROBE_HOME_WRITE];
	const struct fact_file *home = &host->home.home;

	if (home->state == FACT_KNOWN && (home->fs_flags & ST_RDONLY)) {
		verdict_fail(v, "the home is on a read-only file system");
		verdict_evidence(v, host->user.home, "rw", "ro");
		verdict_effect(v, "no image can be pulled, no container made");
		verdict_fix(
			v, "see why: findmnt -T %.120s; dmesg | grep -i remount", host->user.home);
		return;
	}
	if (home->state == FACT_KNOWN && (home->fs_flags & ST_NOEXEC))
		return; /* home.exec says it */
	if (judge_probe_is_silent(v, host, PROBE_HOME_WRITE) || probe->result == PROBE_OK)
		return;
	verdict_fail(v, "the user cannot work in the home: %s", strerror(probe->error));
	judge_probe_evidence(v, probe, "a file made and executed");
	verdict_effect(v, "no image can be pulled, no container made");
	if (probe->error == ENOSPC || probe->error == EDQUOT)
		verdict_fix(
			v, "make room: du -xsh %.160s/.local/share/containers", host->user.home);
	else if (probe->error == EACCES)
		verdict_fix(v, "sudo chmod u+rwx %.200s", host->user.home);
}

static void judge_exec(const struct host *host, struct verdict *v)
{
	const struct fact_file *home = &host->home.home;

	if (home->state != FACT_KNOWN) {
		judge_unknown(v, host, host->user.home, home->error);
	} else if (!host->live && !host->next_boot) {
		judge_unknown(v, host, "the mount of the home", 0);
	} else if (home->fs_flags & ST_NOEXEC && host->storage.elsewhere) {
		verdict_pass(v, "the home is noexec, and images are kept in '%.160s'",
			host->storage.graphroot);
	} else if (home->fs_flags & ST_NOEXEC) {
		verdict_fail(v, "the home is mounted noexec");
		verdict_evidence(
			v, host->next_boot ? "/etc/fstab" : host->user.home, "exec", "noexec");
		verdict_effect(v, "no program of an image can be executed");
		judge_fix_mount(v, host, "exec", host->user.home);
	}
}

static const struct check checks[] = {
	{
		.id = "home.exists",
		.title = "the home exists",
		.see = "passwd(5)",
		.scope = CHECK_USER,
		.sections = HOST_HOME | HOST_USER,
		.needs = NEEDS("user.exists"),
		.judge = judge_exists,
	},
	{
		.id = "home.owner",
		.title = "it and what engines keep in it are the user's",
		.see = "chown(1)",
		.scope = CHECK_USER,
		.sections = HOST_HOME | HOST_USER,
		.needs = NEEDS("user.exists", "home.exists"),
		.judge = judge_owner,
	},
	{
		.id = "home.path",
		.title = "the way to it is open",
		.see = "path_resolution(7)",
		.scope = CHECK_USER,
		.sections = HOST_HOME | HOST_USER,
		.probes = 1u << PROBE_HOME_WRITE,
		.needs = NEEDS("user.exists", "home.exists"),
		.judge = judge_path,
	},
	{
		.id = "home.writable",
		.title = "the user can write in it",
		.see = "mount(8)",
		.scope = CHECK_USER,
		.sections = HOST_HOME | HOST_USER,
		.probes = 1u << PROBE_HOME_WRITE,
		.needs = NEEDS("user.exists", "home.exists", "home.owner", "home.path"),
		.judge = judge_writable,
	},
	{
		.id = "home.exec",
		.title = "programs in it can be executed",
		.see = "mount(8)",
		.scope = CHECK_USER,
		.sections = HOST_HOME | HOST_USER | HOST_STORAGE,
		.needs = NEEDS("user.exists", "home.exists"),
		.judge = judge_exec,
	},
};

const struct check_group home_group = { "home", checks, ARRAY_SIZE(checks) };
