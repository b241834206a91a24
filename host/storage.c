/* SPDX-License-Identifier: Apache-2.0 */
#include "host/storage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/helper.h"
#include "host/host.h"
#include "host/root.h"

enum {
	LIMIT_MS = 500,
	ABOVE = 10,   /* directories on the way up to one that is there */
	LAYERS = 64,  /* looked at, and files in each of two levels of them */
	FILES = 3000, /* at most, of all */
};

/* The places to look at for @path: itself, and all above it. */
struct way {
	char paths[ABOVE][PATH_MAX];
	struct fact_file files[ABOVE];
	size_t count;
};

static void find_way(struct way *ret, const char *path)
{
	char left[PATH_MAX];

	(void)text_copy(left, sizeof(left), path);
	while (*left == '/' && ret->count < ABOVE) {
		char *slash = strrchr(left, '/');

		(void)text_copy(ret->paths[ret->count++], PATH_MAX, left);
		*slash = '\0';
		if (slash == left)
			break;
	}
}

static void look_up(struct storage_place *ret, struct root *root, const char *path)
{
	static struct way way; /* large: not on the stack */
	const char *paths[ABOVE];
	struct fact_file *files[ABOVE];

	way = (struct way){ 0 };
	find_way(&way, path);
	for (size_t i = 0; i < way.count; i++) {
		/* from the top: what hangs hides only what is below it */
		paths[way.count - 1 - i] = way.paths[i];
		files[way.count - 1 - i] = &way.files[i];
	}
	home_stat(root, paths, files, way.count);
	for (size_t i = 0; i < way.count; i++) {
		(void)text_copy(ret->path, PATH_MAX, way.paths[i]);
		ret->file = way.files[i];
		if (ret->file.state != FACT_ABSENT)
			return;
	}
}

/* -- owners in the layers, in a child that is the user ----------------------------------------- */

struct sampling {
	const struct host *host;
	const char *graphroot;
	struct storage_owners found;
};

static bool is_own_id(const struct host *host, enum idmap_kind kind, unsigned id)
{
	const struct idmap_file *file = &host->idmap.files[kind];

	if (id == (kind == IDMAP_UID ? host->user.uid : host->user.gid))
		return true;
	for (size_t i = 0; i < file->count; i++)
		if (file->ranges[i].ours && id >= file->ranges[i].start &&
			id - file->ranges[i].start < file->ranges[i].count)
			return true;
	return false;
}

static void judge_file(struct sampling *s, int dir, const char *name, const char *below)
{
	struct stat st;
	bool uid, gid;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	s->found.seen++;
	uid = is_own_id(s->host, IDMAP_UID, st.st_uid);
	gid = is_own_id(s->host, IDMAP_GID, st.st_gid);
	if ((uid && gid) || s->found.foreign++)
		return;
	s->found.id = uid ? st.st_gid : st.st_uid;
	(void)snprintf(s->found.path, sizeof(s->found.path), "%.180s/%.60s", below, name);
}

/* Two levels: /etc and /home of an image, and what is in them. */
static void sample(struct sampling *s, int at, const char *name, const char *below, int levels)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char path[256];

	if (fd >= 0 && !dir)
		(void)close(fd);
	(void)snprintf(path, sizeof(path), "%.180s/%.60s", below, name);
	while (dir && (entry = readdir(dir)) && s->found.seen < FILES) {
		if (entry->d_name[0] == '.')
			continue;
		judge_file(s, dirfd(dir), entry->d_name, path);
		if (levels > 1 && entry->d_type == DT_DIR)
			sample(s, dirfd(dir), entry->d_name, path, levels - 1);
	}
}

static int sample_layers(void *arg, int out)
{
	struct sampling *s = arg;
	_cleanup_closedir_ DIR *layers = NULL;
	struct dirent *entry;
	char path[PATH_MAX];
	int r = helper_become(s->host->user.uid, s->host->user.gid);

	(void)snprintf(path, sizeof(path), "%.4000s/overlay", s->graphroot);
	layers = r < 0 ? NULL : opendir(path);
	if (!layers)
		return r < 0 ? r : -errno;
	for (size_t n = 0; n < LAYERS && (entry = readdir(layers)); n++) {
		char diff[PATH_MAX];

		if (entry->d_name[0] == '.' || strlen(entry->d_name) != 64)
			continue;
		(void)snprintf(diff, sizeof(diff), "%s/diff", entry->d_name);
		sample(s, dirfd(layers), diff, path, 2);
	}
	return dprintf(out, "%u %u %u %s\n", s->found.seen, s->found.foreign, s->found.id,
		       s->found.path) < 0
		       ? -errno
		       : 0;
}

static int ask_owners(void *arg, struct text *ret)
{
	return helper_run(sample_layers, arg, LIMIT_MS, ret);
}

/* Whose ids come from a directory service is not known to be foreign. */
static bool knows_ids(const struct host *host)
{
	for (int kind = 0; kind < IDMAP_KIND_COUNT; kind++)
		if (host->idmap.files[kind].state != FACT_KNOWN ||
			idmap_own_count(&host->idmap.files[kind]) == 0)
			return false;
	return host->idmap.source.state == FACT_ABSENT;
}

static void read_owners(struct storage *ret, struct root *root, const struct host *host)
{
	struct sampling sampling = { .host = host, .graphroot = ret->graphroot };
	_cleanup_text_ struct text said = { 0 };
	struct storage_owners found = { .state = FACT_KNOWN };
	char key[96];
	int r;

	if (!knows_ids(host))
		return;
	(void)snprintf(key, sizeof(key), "owners of layers %.64s", host->user.name);
	r = root_ask(root, key, ask_owners, &sampling, &said);
	ret->owners.state = fact_state_of(r);
	if (r >= 0 && sscanf(text_get(&said), "%u %u %u %255[^\n]", &found.seen, &found.foreign,
			      &found.id, found.path) >= 3)
		ret->owners = found;
}

void storage_read(struct storage *ret, struct root *root, const struct host *host)
{
	char runtime[64];

	*ret = (struct storage){ 0 };
	look_up(&ret->places[STORAGE_TMP], root, "/tmp");
	look_up(&ret->places[STORAGE_VAR_TMP], root, "/var/tmp");
	if (host->config.copy_tmp.state == FACT_KNOWN && host->config.copy_tmp.value[0] == '/')
		look_up(&ret->places[STORAGE_COPY_TMP], root, host->config.copy_tmp.value);
	if (host->user.state != FACT_KNOWN || host->home.hung)
		return;
	(void)snprintf(runtime, sizeof(runtime), "/run/user/%u", (unsigned)host->user.uid);
	look_up(&ret->places[STORAGE_RUNROOT], root, runtime);
	if (*host->config.storage)
		(void)text_copy(ret->graphroot, PATH_MAX, host->config.storage);
	else
		(void)snprintf(ret->graphroot, PATH_MAX, "%.3900s/.local/share/containers/storage",
			host->user.home);
	ret->elsewhere = !text_starts(ret->graphroot, host->user.home);
	look_up(&ret->places[STORAGE_GRAPHROOT], root, ret->graphroot);
	ret->quota.error = ret->places[STORAGE_GRAPHROOT].file.error;
	if (ret->places[STORAGE_GRAPHROOT].file.state != FACT_KNOWN)
		return;
	read_owners(ret, root, host);
	quota_read(&ret->quota, root, &host->user, ret->places[STORAGE_GRAPHROOT].path);
}
