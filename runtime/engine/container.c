/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/engine/container.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

enum {
	NAME_ATTEMPTS = 32,
	OPEN_DIR = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW
};

void container_close(struct container *container)
{
	cleanup_close(&container->dir_fd);
	cleanup_close(&container->run_fd);
	cleanup_close(&container->state_fd);
	container->dir_fd = container->run_fd = container->state_fd = -1;
}

void container_path(const struct container *container, const struct place *place, const char *name,
	char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s/containers/%s%s%s", place->store.path, container->id,
		*name ? "/" : "", name);
}

void container_run_path(const struct container *container, const struct place *place,
	const char *name, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s/%s%s%s", place->run, container->id, *name ? "/" : "", name);
}

static int name_holder(const struct place *place, const char *name, char ret[ID_SIZE])
{
	ssize_t n = readlinkat(place->names_fd, name, ret, ID_SIZE - 1);

	if (n < 0)
		return -errno;
	ret[n] = '\0';
	return 0;
}

/* A name whose container is gone: taken back under a lock, lest two who saw it dead remove each
 * other's new link. */
static int reclaim_name(const struct place *place, const char *name, const char *id)
{
	_cleanup_close_ int lock = openat(place->names_fd, ".", OPEN_DIR);
	char holder[ID_SIZE];

	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return -errno;
	if (name_holder(place, name, holder) >= 0) {
		if (faccessat(place->containers_fd, holder, F_OK, 0) == 0)
			return -EEXIST;
		if (unlinkat(place->names_fd, name, 0) < 0)
			return -errno;
	}
	return symlinkat(id, place->names_fd, name) < 0 ? -errno : 0;
}

static int claim_name(const struct place *place, const char *name, const char *id)
{
	char holder[ID_SIZE];

	if (symlinkat(id, place->names_fd, name) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (name_holder(place, name, holder) >= 0 &&
		faccessat(place->containers_fd, holder, F_OK, 0) == 0)
		return -EEXIST;
	return reclaim_name(place, name, id);
}

static int claim_some_name(const struct place *place, struct container *container)
{
	int r = -EEXIST;

	for (unsigned i = 0; r == -EEXIST && i < NAME_ATTEMPTS; i++) {
		name_generate(container->id, i, container->name);
		r = claim_name(place, container->name, container->id);
	}
	return r;
}

static int say_taken(const struct place *place, const char *name, struct error *err)
{
	char holder[ID_SIZE] = "another container";

	(void)name_holder(place, name, holder);
	return error_say(err, -EEXIST,
		"the container name '%s' is already in use by %s; remove "
		"that container ('rpod rm -f %s') or use --replace",
		name, holder, name);
}

static int name_container(
	const struct place *place, struct container *c, const char *name, struct error *err)
{
	int r;

	if (name && !name_is_valid(name))
		return error_say(err, -EINVAL,
			"bad container name '%s': names must match "
			"[a-zA-Z0-9][a-zA-Z0-9_.-]*",
			name);
	if (name)
		(void)text_copy(c->name, sizeof(c->name), name);
	r = name ? claim_name(place, name, c->id) : claim_some_name(place, c);
	if (r == -EEXIST && name)
		return say_taken(place, name, err);
	if (r < 0)
		return error_set(
			err, r, "cannot name the container in '%s/names'", place->store.path);
	return 0;
}

static int make_directory(
	int parent_fd, const char *parent, const char *id, int *ret, struct error *err)
{
	if (mkdirat(parent_fd, id, 0700) < 0 && errno != EEXIST)
		return error_set(err, -errno, "cannot make '%s/%s'", parent, id);
	*ret = openat(parent_fd, id, OPEN_DIR);
	if (*ret < 0)
		return error_set(err, -errno, "cannot open '%s/%s'", parent, id);
	return 0;
}

static int make_directories(struct container *c, const struct place *place, struct error *err)
{
	int r;

	r = make_directory(place->containers_fd, place->store.path, c->id, &c->dir_fd, err);
	if (r < 0)
		return r;
	return make_directory(place->run_fd, place->run, c->id, &c->run_fd, err);
}

int container_create(
	struct container *ret, const struct place *place, const char *name, struct error *err)
{
	struct container c = { .dir_fd = -1, .run_fd = -1, .state_fd = -1 };
	int r;

	r = name_make_id(c.id);
	if (r < 0)
		return error_set(err, r, "cannot make an id");
	r = make_directories(&c, place, err);
	if (r >= 0)
		r = name_container(place, &c, name, err);
	if (r < 0) {
		container_close(&c);
		(void)unlinkat(place->containers_fd, c.id, AT_REMOVEDIR);
		(void)unlinkat(place->run_fd, c.id, AT_REMOVEDIR);
		return r;
	}
	*ret = c;
	return 0;
}

static bool is_id_part(const char *word)
{
	size_t n = strspn(word, "0123456789abcdef");

	return n > 0 && n < ID_SIZE && !word[n];
}

int container_list(const struct place *place, struct text_list *ret, struct error *err)
{
	_cleanup_closedir_ DIR *dir = NULL;
	int fd = openat(place->containers_fd, ".", OPEN_DIR);
	struct dirent *entry;

	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir)
		return error_set(err, -errno, "cannot list '%s/containers'", place->store.path);
	while ((entry = readdir(dir)))
		if (strlen(entry->d_name) == ID_SIZE - 1 && is_id_part(entry->d_name) &&
			text_list_add(ret, entry->d_name) < 0)
			return error_set(err, -ENOMEM, "cannot list the containers");
	return 0;
}

static int find_by_part(
	const struct place *place, const char *part, char ret[ID_SIZE], struct error *err)
{
	_cleanup_text_list_ struct text_list ids = { 0 };
	size_t found = 0;
	int r;

	r = container_list(place, &ids, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ids.count; i++)
		if (text_starts(ids.items[i], part) && found++ == 0)
			(void)text_copy(ret, ID_SIZE, ids.items[i]);
	if (found > 1)
		return error_say(err, -ENOTUNIQ,
			"more than one container has an id that begins with "
			"'%s'; give more of it",
			part);
	return found ? 0 : -ENOENT;
}

static int find(const struct place *place, const char *word, char ret[ID_SIZE], struct error *err)
{
	int r = -ENOENT;

	if (name_is_valid(word) && name_holder(place, word, ret) >= 0 &&
		faccessat(place->containers_fd, ret, F_OK, 0) == 0)
		return 0;
	if (is_id_part(word))
		r = find_by_part(place, word, ret, err);
	if (r == -ENOENT)
		return error_say(err, r,
			"no container with name or ID '%s' found: no such container; "
			"'rpod ps -a' lists them",
			word);
	return r;
}

/* The name is the link's; a container that lost it, or never got one, has none. */
static void find_name(const struct place *place, struct container *c)
{
	_cleanup_closedir_ DIR *dir = NULL;
	int fd = openat(place->names_fd, ".", OPEN_DIR);
	char holder[ID_SIZE];
	struct dirent *entry;

	dir = fd >= 0 ? fdopendir(fd) : NULL;
	while (dir && (entry = readdir(dir)))
		if (name_holder(place, entry->d_name, holder) >= 0 && strcmp(holder, c->id) == 0 &&
			text_copy(c->name, sizeof(c->name), entry->d_name))
			return;
	c->name[0] = '\0';
}

int container_open(
	struct container *ret, const struct place *place, const char *word, struct error *err)
{
	struct container c = { .dir_fd = -1, .run_fd = -1, .state_fd = -1 };
	int r;

	r = find(place, word, c.id, err);
	if (r < 0)
		return r;
	r = make_directories(&c, place, err);
	if (r < 0) {
		container_close(&c);
		return r;
	}
	if (strcmp(word, c.id) == 0 || text_starts(c.id, word))
		find_name(place, &c);
	else
		(void)text_copy(c.name, sizeof(c.name), word);
	*ret = c;
	return 0;
}

void container_free_name(const struct container *container, const struct place *place)
{
	char holder[ID_SIZE];

	if (container->name[0] && name_holder(place, container->name, holder) >= 0 &&
		strcmp(holder, container->id) == 0)
		(void)unlinkat(place->names_fd, container->name, 0);
}
