/* SPDX-License-Identifier: Apache-2.0 */
#include "host/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/dropin.h"
#include "host/root.h"
#include "host/toml.h"
#include "host/user.h"

enum conf {
	CONF_CONTAINERS,
	CONF_STORAGE,
	CONF_REGISTRIES,
	CONF_COUNT
};

static const char *const conf_names[] = {
	[CONF_CONTAINERS] = "containers.conf",
	[CONF_STORAGE] = "storage.conf",
	[CONF_REGISTRIES] = "registries.conf",
};
_Static_assert(ARRAY_SIZE(conf_names) == CONF_COUNT, "a name for every file");

static const struct row {
	enum conf conf;
	const char *table, *key;
	size_t to;   /* the struct fact_text in struct config */
	size_t file; /* the path of who set it; 0: nobody asks */
	bool own;    /* counts only in the user's own file: containers-storage.conf(5) */
} rows[] = {
#define TO(field)    .to = offsetof(struct config, field)
#define FILE_(field) .file = offsetof(struct config, field)
	{ CONF_CONTAINERS, "engine", "cgroup_manager", TO(cgroup_manager),
		FILE_(cgroup_manager_file) },
	{ CONF_CONTAINERS, "engine", "runtime", TO(runtime), FILE_(runtime_file) },
	{ CONF_CONTAINERS, "containers", "oom_score_adj", TO(oom_score_adj),
		FILE_(oom_score_adj_file) },
	{ CONF_CONTAINERS, "engine", "image_copy_tmp_dir", TO(copy_tmp) },
	{ CONF_CONTAINERS, "engine", "conmon_path", TO(conmon) },
	{ CONF_CONTAINERS, "network", "default_rootless_network_cmd", TO(network_cmd),
		FILE_(network_cmd_file) },
	{ CONF_STORAGE, "storage", "driver", TO(storage_driver), FILE_(storage_file) },
	{ CONF_STORAGE, "storage.options", "mount_program", TO(mount_program),
		FILE_(mount_program_file) },
	{ CONF_STORAGE, "storage.options.overlay", "mount_program", TO(mount_program),
		FILE_(mount_program_file) },
	{ CONF_STORAGE, "storage", "rootless_storage_path", TO(graphroot), FILE_(graphroot_file) },
	{ CONF_STORAGE, "storage", "graphroot", TO(graphroot), FILE_(graphroot_file), .own = true },
	{ CONF_STORAGE, "storage", "runroot", TO(runroot), .own = true },
};

struct reading {
	struct config *config;
	enum conf conf;
	const char *path;
	bool own;       /* below the home */
	bool effective; /* not one that another file replaces whole */
};

/* An array of a file that is read later stands instead of the one before. */
static void add_to(char *to, size_t size, char separator, int index, const char *value)
{
	size_t n = index > 0 ? strlen(to) : 0;

	if (n > 0 && n + 1 < size)
		to[n++] = separator;
	(void)snprintf(to + n, size - n, "%s", value);
}

static void take_containers(
	struct reading *r, const char *table, const char *key, int index, const char *value)
{
	static const char name[] = "helper_binaries_dir";
	struct config *c = r->config;
	uint32_t number;

	if (strcmp(table, "engine.runtimes") == 0)
		c->own_runtimes = true;
	/* containers.conf(5): an array ends in {append=true} where it does not stand alone */
	if (text_starts(table, "engine.") && text_starts(table + strlen("engine."), name) &&
		strcmp(key, "append") == 0)
		add_to(c->helper_dirs, sizeof(c->helper_dirs), ':', 1, CONFIG_HELPER_DIRS);
	if (strcmp(table, "containers") == 0 && strcmp(key, "default_ulimits") == 0 && index >= 0) {
		add_to(c->ulimits, sizeof(c->ulimits), ' ', index, value);
		(void)text_copy(c->ulimits_file, PATH_MAX, r->path);
	}
	if (strcmp(table, "engine") != 0)
		return;
	if (strcmp(key, name) == 0 && index >= 0) {
		add_to(c->helper_dirs, sizeof(c->helper_dirs), ':', index, value);
		(void)text_copy(c->helper_dirs_file, PATH_MAX, r->path);
	}
	if (strcmp(key, "num_locks") == 0 && parse_u32(value, &number) == 0)
		r->config->num_locks = (struct fact_number){ .state = FACT_KNOWN, .value = number };
}

static int take_value(
	const char *table, const char *key, int index, const char *value, unsigned line, void *arg)
{
	struct reading *r = arg;

	(void)line;
	if (!r->effective)
		return 0;
	if (r->conf == CONF_REGISTRIES && !*table &&
		strcmp(key, "unqualified-search-registries") == 0 && index >= 0)
		r->config->search_registries = true;
	if (r->conf == CONF_CONTAINERS)
		take_containers(r, table, key, index, value);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct fact_text *to = (void *)((char *)r->config + row->to);

		if (row->conf != r->conf || strcmp(row->table, table) != 0 ||
			strcmp(row->key, key) != 0 || (row->own && !r->own))
			continue;
		*to = (struct fact_text){ .state = FACT_KNOWN };
		(void)text_copy(to->value, sizeof(to->value), value);
		if (row->file)
			(void)text_copy((char *)r->config + row->file, PATH_MAX, r->path);
	}
	return 0;
}

static void read_file(struct reading *reading, struct root *root, const struct user *user)
{
	_cleanup_text_ struct text data = { 0 };
	struct config *c = reading->config;
	struct config_file *file;
	const char *why = NULL;
	unsigned line = 0;
	int r;

	if (c->count == CONFIG_FILES)
		return;
	r = reading->own ? root_read_owned(root, reading->path, ROOT_READ_LIMIT, user->uid, &data)
			 : root_read(root, reading->path, ROOT_READ_LIMIT, &data);
	if (r < 0 && fact_state_of(r) == FACT_ABSENT)
		return;
	/* an image or a record that does not say is nothing to report */
	if (r == -ENODATA)
		return;
	file = &c->files[c->count++];
	*file = (struct config_file){ .state = fact_state_of(r) };
	(void)text_copy(file->path, sizeof(file->path), reading->path);
	if (r < 0) {
		file->error = -r;
		return;
	}
	r = toml_parse_at(data.data, data.length, take_value, reading, &line, &why);
	if (r == -ENOMEM)
		*file = (struct config_file){ .error = ENOMEM };
	file->bad_line = line;
	(void)text_copy(file->why, sizeof(file->why), why ? why : "");
}

static void read_dropins(
	struct reading *reading, struct root *root, const struct user *user, const char *file)
{
	_cleanup_text_list_ struct text_list paths = { 0 };
	char dir[PATH_MAX];
	const char *dirs[] = { dir, NULL };

	(void)snprintf(dir, sizeof(dir), "%.4000s.d", file);
	if (dropin_list(root, dirs, ".conf", &paths) < 0)
		return;
	for (size_t i = 0; i < paths.count; i++) {
		reading->path = paths.items[i];
		reading->effective = true;
		read_file(reading, root, user);
	}
}

static bool is_there(struct root *root, const char *path)
{
	struct fact_file file;

	root_stat(root, path, &file);
	return file.state == FACT_KNOWN;
}

/*
 * All that is there is parsed. containers.conf(5) files add up, the last word wins; of storage.conf
 * and registries.conf only the one nearest to the user counts.
 */
static void read_conf(
	struct config *ret, struct root *root, const struct user *user, enum conf conf)
{
	char paths[3][PATH_MAX];
	size_t n = 0;

	(void)snprintf(paths[n++], PATH_MAX, "/usr/share/containers/%s", conf_names[conf]);
	(void)snprintf(paths[n++], PATH_MAX, "/etc/containers/%s", conf_names[conf]);
	if (user->state == FACT_KNOWN && user->home[0] == '/')
		(void)snprintf(paths[n++], PATH_MAX, "%.3900s/.config/containers/%s", user->home,
			conf_names[conf]);
	for (size_t i = 0; i < n; i++) {
		struct reading reading = {
			.config = ret,
			.conf = conf,
			.path = paths[i],
			.own = i == 2,
			.effective = true,
		};

		for (size_t k = i + 1; k < n && conf != CONF_CONTAINERS; k++)
			reading.effective &= !is_there(root, paths[k]);
		read_file(&reading, root, user);
		read_dropins(&reading, root, user, paths[i]);
	}
}

/* containers-storage.conf(5): a path may hold $HOME, $USER and $UID. */
static void expand(const struct fact_text *path, const struct user *user, char *ret)
{
	_cleanup_text_ struct text made = { 0 };
	const char *at = path->state == FACT_KNOWN ? path->value : "";

	while (*at) {
		if (text_starts(at, "$HOME")) {
			text_add(&made, user->home);
			at += strlen("$HOME");
		} else if (text_starts(at, "$USER")) {
			text_add(&made, user->name);
			at += strlen("$USER");
		} else if (text_starts(at, "$UID")) {
			text_addf(&made, "%u", (unsigned)user->uid);
			at += strlen("$UID");
		} else {
			text_add_bytes(&made, at++, 1);
		}
	}
	(void)text_copy(ret, PATH_MAX, text_get(&made));
}

static void read_these(struct config *ret, struct root *root, const struct user *user,
	enum conf from, enum conf to)
{
	*ret = (struct config){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		((struct fact_text *)(void *)((char *)ret + rows[i].to))->state = FACT_ABSENT;
	for (unsigned i = from; i <= to; i++)
		read_conf(ret, root, user, i);
	if (user->state == FACT_KNOWN)
		expand(&ret->graphroot, user, ret->storage);
}

void config_read(struct config *ret, struct root *root, const struct user *user)
{
	read_these(ret, root, user, 0, CONF_COUNT - 1);
}

void config_read_storage(struct config *ret, struct root *root, const struct user *user)
{
	read_these(ret, root, user, CONF_STORAGE, CONF_STORAGE);
}
