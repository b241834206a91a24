/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/engine/place.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/text.h"
#include "host/config.h"
#include "host/root.h"
#include "host/user.h"
#include "runtime/oci/userns.h"

static int say_too_long(const char *path, struct error *err)
{
	return error_set(err, -ENAMETOOLONG, "cannot keep containers below '%.64s...'", path);
}

static int find_home(char *ret, size_t size, struct error *err)
{
	const char *home = getenv("HOME");
	const struct passwd *entry;

	if (home && home[0] == '/')
		return text_copy(ret, size, home) ? 0 : say_too_long(home, err);
	entry = getpwuid(getuid());
	if (!entry || entry->pw_dir[0] != '/')
		return error_say(err, -ENOENT, "cannot find a home for user id %u; set HOME",
			(unsigned)getuid());
	return text_copy(ret, size, entry->pw_dir) ? 0 : say_too_long(entry->pw_dir, err);
}

/* The file nearest to the user decides; to go on without it would be to look in another place. */
static int check_config(const struct config *config, struct error *err)
{
	const struct config_file *file = config->count ? &config->files[config->count - 1] : NULL;

	if (file && file->bad_line)
		return error_say(err, -EINVAL,
			"cannot find the storage: '%s' does not parse: line %u: %s", file->path,
			file->bad_line, file->why);
	if (file && file->state == FACT_UNKNOWN)
		return error_set(
			err, -file->error, "cannot find the storage: cannot read '%s'", file->path);
	return 0;
}

/* The directory of storage.conf(5), "" where nobody chose one. */
static int find_configured(const char *home, char *ret, size_t size, struct error *err)
{
	_cleanup_free_ struct config *config = calloc(1, sizeof(*config));
	_cleanup_root_ struct root root = { .fd = -1, .record_fd = -1 };
	struct user user = { .state = FACT_KNOWN, .uid = geteuid() };
	const char *name = getenv("USER");
	int r;

	if (!config)
		return error_set(err, -ENOMEM, "cannot find the storage");
	r = root_open("/", &root, err);
	if (r < 0)
		return r;
	(void)text_copy(user.home, sizeof(user.home), home);
	(void)text_copy(user.name, sizeof(user.name), name ? name : "");
	config_read_storage(config, &root, &user);
	r = check_config(config, err);
	if (r >= 0)
		(void)text_copy(ret, size, config->storage);
	return r;
}

static int find_store(struct store *ret, struct error *err)
{
	const char *data = getenv("XDG_DATA_HOME");
	char home[4096], configured[PATH_MAX] = "";
	int r;

	if (userns_owner() == 0)
		return store_open(ret, "/var/lib", "/root", err);
	r = find_home(home, sizeof(home), err);
	if (r >= 0)
		r = find_configured(home, configured, sizeof(configured), err);
	return r < 0 ? r : store_open(ret, *configured ? configured : data, home, err);
}

static int find_run(char *ret, size_t size, struct error *err)
{
	char directory[4000];
	int r;

	r = userns_runtime_dir(directory, sizeof(directory), err);
	if (r < 0)
		return r;
	(void)snprintf(ret, size, "%s/containers", directory);
	return 0;
}

/* Anybody may have made a directory of that name in /tmp. */
static int check_owner(int fd, const char *path, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_set(err, -errno, "cannot look at '%s'", path);
	if (st.st_uid != geteuid())
		return error_say(err, -EPERM,
			"'%s' belongs to user id %u, not to %u; remove it or "
			"set XDG_RUNTIME_DIR",
			path, (unsigned)st.st_uid, (unsigned)geteuid());
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return error_say(
			err, -EPERM, "others may write to '%s'; run 'chmod 700 %s'", path, path);
	return 0;
}

static int open_own(const char *path, int *ret, struct error *err)
{
	enum {
		FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW
	};
	_cleanup_close_ int fd = open(path, FLAGS);
	int r;

	if (fd < 0 && errno == ENOENT) {
		r = io_mkdirs(path, 0700);
		if (r < 0)
			return error_set(err, r, "cannot make '%s'", path);
		fd = open(path, FLAGS);
	}
	if (fd < 0)
		return error_set(err, -errno, "cannot open '%s'", path);
	r = check_owner(fd, path, err);
	if (r < 0)
		return r;
	*ret = take_fd(&fd);
	return 0;
}

static int open_below(const char *directory, const char *name, int *ret, struct error *err)
{
	char path[4096 + 32];

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	return open_own(path, ret, err);
}

int place_open(struct place *ret, struct error *err)
{
	struct place place = { .containers_fd = -1, .names_fd = -1, .run_fd = -1 };
	int r;

	r = find_store(&place.store, err);
	if (r >= 0)
		r = find_run(place.run, sizeof(place.run), err);
	if (r >= 0)
		r = open_below(place.store.path, "containers", &place.containers_fd, err);
	if (r >= 0)
		r = open_below(place.store.path, "names", &place.names_fd, err);
	if (r >= 0)
		r = open_own(place.run, &place.run_fd, err);
	if (r < 0) {
		place_close(&place);
		return r;
	}
	*ret = place;
	return 0;
}

void place_close(struct place *place)
{
	cleanup_close(&place->containers_fd);
	cleanup_close(&place->names_fd);
	cleanup_close(&place->run_fd);
	place->containers_fd = place->names_fd = place->run_fd = -1;
}
