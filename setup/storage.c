/* SPDX-License-Identifier: Apache-2.0 */
#include "setup/storage.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/text.h"
#include "host/host.h"
#include "host/root.h"

enum {
	DEPTH = 24
};

/* The path and all above it, from the top. */
struct way {
	char paths[DEPTH][PATH_MAX];
	struct fact_file files[DEPTH];
	size_t count;
};

static int way_read(struct way *ret, struct root *root, const char *path, struct error *err)
{
	const char *names[DEPTH];
	struct fact_file *files[DEPTH];

	for (size_t n = 1;; n++) {
		if (path[n] && path[n] != '/')
			continue;
		if (ret->count == DEPTH || n >= PATH_MAX)
			return error_say(
				err, -ENAMETOOLONG, "--storage '%.100s...' is too deep", path);
		(void)snprintf(ret->paths[ret->count], PATH_MAX, "%.*s", (int)n, path);
		names[ret->count] = ret->paths[ret->count];
		files[ret->count] = &ret->files[ret->count];
		ret->count++;
		if (!path[n])
			break;
	}
	home_stat(root, names, files, ret->count);
	return 0;
}

/* A link, a file, or a directory whose owner could put another in place of what is below it. */
static int check_component(
	struct root *root, const char *path, const struct fact_file *file, struct error *err)
{
	char link[PATH_MAX];

	if (file->state == FACT_UNKNOWN)
		return error_set(err, -file->error, "cannot look at '%s'", path);
	if (root_readlink(root, path, link, sizeof(link)) == 0)
		return error_say(err, -ELOOP,
			"'%s' is a symbolic link to '%s'; give --storage the path it leads to: "
			"security labels go by that",
			path, link);
	if (!S_ISDIR(file->mode))
		return error_say(err, -ENOTDIR, "'%s' is no directory", path);
	return 0;
}

static int check_above(const char *path, const struct fact_file *file, struct error *err)
{
	if (file->uid != 0)
		return error_say(err, -EPERM,
			"'%s' belongs to user id %u, who decides what is below it; give --storage "
			"a "
			"directory in one of root's",
			path, (unsigned)file->uid);
	if (file->mode & 022)
		return error_say(err, -EPERM,
			"others may write to '%s'; give --storage a directory in one where only "
			"root "
			"may",
			path);
	return 0;
}

static int check_owner(
	const char *path, const struct fact_file *file, const struct user *user, struct error *err)
{
	if (user->state == FACT_KNOWN && file->uid == user->uid)
		return 0;
	return error_say(err, -EEXIST, "'%s' is there and belongs to user id %u; %s 'chown %s: %s'",
		path, (unsigned)file->uid,
		user->state == FACT_KNOWN ? "run"
					  : "make the user first without --storage, then run",
		user->name, path);
}

static int check_mount(const char *path, const struct fact_file *file, struct error *err)
{
	const char *name = home_fs_name(file->fs_type);
	const char *flag = file->fs_flags & ST_RDONLY   ? "read-only"
			   : file->fs_flags & ST_NOEXEC ? "noexec: no program of an image would run"
			   : file->fs_flags & ST_NOSUID ? "nosuid: sudo in an image would not work"
							: NULL;

	if (home_fs_is_network(file->fs_type))
		return error_say(err, -EINVAL,
			"'%s' is on %s, whose server knows no subordinate ids; give --storage a "
			"directory on a local disk",
			path, name);
	if (flag)
		return error_say(
			err, -EINVAL, "'%s' is mounted %s; see 'findmnt -T %s'", path, flag, path);
	return 0;
}

static int check_place(
	struct root *root, const struct way *way, const struct host *host, struct error *err)
{
	int r = 0;

	for (size_t i = 0; i < way->count && r >= 0; i++) {
		const char *path = way->paths[i];
		const struct fact_file *file = &way->files[i];
		bool last = i + 1 == way->count;

		if (file->state == FACT_ABSENT)
			break;
		r = check_component(root, path, file, err);
		if (r >= 0)
			r = last ? check_owner(path, file, &host->user, err)
				 : check_above(path, file, err);
		/* the mount that counts is that of the last one there is; a tree is mounted anyhow */
		if (r >= 0 && host->live && (last || way->files[i + 1].state == FACT_ABSENT))
			r = check_mount(path, file, err);
	}
	return r;
}

static const struct config_file *own_file(const struct host *host)
{
	char path[PATH_MAX];

	(void)snprintf(
		path, sizeof(path), "%.3900s/.config/containers/storage.conf", host->user.home);
	for (size_t i = 0; i < host->config.count; i++)
		if (strcmp(host->config.files[i].path, path) == 0)
			return &host->config.files[i];
	return NULL;
}

/* A storage.conf of the user's is his: it is read, never edited. */
static int check_config(const char *path, const struct host *host, struct error *err)
{
	const struct config_file *file = host->user.state == FACT_KNOWN ? own_file(host) : NULL;
	const struct config *config = &host->config;

	if (!file || strcmp(config->storage, path) == 0)
		return 0;
	if (file->state != FACT_KNOWN)
		return error_set(err, -file->error, "cannot read '%s'", file->path);
	if (file->bad_line)
		return error_say(err, -EINVAL, "'%s' does not parse: line %u: %s; mend it first",
			file->path, file->bad_line, file->why);
	if (*config->storage)
		return error_say(err, -EEXIST,
			"'%s' says graphroot = \"%s\"; change it there, or leave out --storage",
			file->path, config->graphroot.value);
	return error_say(err, -EEXIST,
		"'%s' is there and sets no graphroot; add 'graphroot = \"%s\"' to its [storage]",
		file->path, path);
}

static bool is_in_home(const char *path, const struct user *user)
{
	size_t n = strlen(user->home);

	return user->state == FACT_KNOWN && n > 1 && text_is_within(path, user->home, n);
}

int storage_check(struct root *root, const char *path, const struct host *host, struct error *err)
{
	static struct way way; /* large: not on the stack */
	int r;

	if (host->user.state == FACT_KNOWN && host->user.uid == 0)
		return error_say(err, -EINVAL,
			"--storage is for users; root's is graphroot in "
			"/etc/containers/storage.conf");
	if (is_in_home(path, &host->user))
		return error_say(err, -EINVAL,
			"--storage '%s' is in the home '%s', where storage is anyhow; leave it out",
			path, host->user.home);
	way = (struct way){ .count = 0 };
	r = way_read(&way, root, path, err);
	if (r >= 0)
		r = check_place(root, &way, host, err);
	return r < 0 ? r : check_config(path, host, err);
}
